package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.Usage;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * What one request used and cost. Immutable, and without any of its text.
 *
 * @param id a ULID, which sorts by time; clients see it as the generation's id
 * @param at when the request began
 * @param node which process served it
 * @param key the id of the key; empty without keys
 * @param account whom the key belongs to
 * @param app what the client calls itself; empty where it does not
 * @param payerCountry ISO 3166-1 alpha-2 of the account; empty where it is not known
 * @param dialect what the client speaks: {@code chat}, {@code completions}, {@code responses}, {@code messages}, {@code ollama},
 *     {@code embeddings}
 * @param requestedModel the name that was asked for
 * @param endpoint the id of the endpoint that answered; empty where none did
 * @param model the id of its model; empty where none answered
 * @param provider the id of its provider; empty where none answered
 * @param priceVersion the version of the prices that it cost
 * @param attempts in order; the last is the one that answered, if any did
 * @param usage tokens of the attempt that answered
 * @param bytesIn UTF-8 bytes of the request's text
 * @param bytesOut UTF-8 bytes of the reply's text
 * @param firstTokenMicros from the request to the first content; −1 without content
 * @param durationMicros from the request to the end
 * @param status the HTTP status that the client was given
 * @param finish why the reply ended: {@code stop}, {@code length}, {@code tool_calls}, {@code content_filter}, {@code error},
 *     {@code cancelled}
 * @param streamed whether the client took it piece by piece
 * @param toolCalls how many tools the reply calls
 * @param costNanos what it cost, in nano-dollars
 * @param upstreamCostNanos what the provider says it cost, in nano-dollars
 * @param quality where the counts come from
 * @param cancelCause why it was cut: {@code client}, {@code deadline}, {@code crash}, {@code shutdown}; empty where it was not
 * @param service at which service tier it was processed, and which of the provider's own tools were used, as the reply says
 * @param unpriced what of that has no price, in words with commas between: {@code service_tier}, which then cost usual prices, and names
 *     of tools, which then cost nothing; empty where everything has one
 * @param category what it is about, of the operator's categories; empty where there are none
 */
public record UsageEvent(
        String id,
        Instant at,
        String node,
        String key,
        String account,
        String app,
        String payerCountry,
        String dialect,
        String requestedModel,
        String endpoint,
        String model,
        String provider,
        String priceVersion,
        List<Attempt> attempts,
        Usage usage,
        long bytesIn,
        long bytesOut,
        long firstTokenMicros,
        long durationMicros,
        int status,
        String finish,
        boolean streamed,
        int toolCalls,
        long costNanos,
        OptionalLong upstreamCostNanos,
        Quality quality,
        String cancelCause,
        Service service,
        String unpriced,
        String category) {
    public UsageEvent {
        attempts = List.copyOf(attempts);
        if (costNanos < 0) {
            throw new IllegalArgumentException(
                    "event " + id + " costs " + costNanos + " nano-dollars: expected 0 or more");
        }
    }

    /** A request at the usual service tier, without tools of the provider and without a category. */
    public UsageEvent(
            String id,
            Instant at,
            String node,
            String key,
            String account,
            String app,
            String payerCountry,
            String dialect,
            String requestedModel,
            String endpoint,
            String model,
            String provider,
            String priceVersion,
            List<Attempt> attempts,
            Usage usage,
            long bytesIn,
            long bytesOut,
            long firstTokenMicros,
            long durationMicros,
            int status,
            String finish,
            boolean streamed,
            int toolCalls,
            long costNanos,
            OptionalLong upstreamCostNanos,
            Quality quality,
            String cancelCause) {
        this(
                id,
                at,
                node,
                key,
                account,
                app,
                payerCountry,
                dialect,
                requestedModel,
                endpoint,
                model,
                provider,
                priceVersion,
                attempts,
                usage,
                bytesIn,
                bytesOut,
                firstTokenMicros,
                durationMicros,
                status,
                finish,
                streamed,
                toolCalls,
                costNanos,
                upstreamCostNanos,
                quality,
                cancelCause,
                Service.NONE,
                "",
                "");
    }

    /** Words of {@link #unpriced}. */
    public List<String> unpricedParts() {
        return unpriced.isEmpty() ? List.of() : List.of(unpriced.split(",", -1));
    }

    /** Whether nothing was used that prices are of. */
    public boolean usedNothing() {
        return usage.total() == 0 && service.tools().isNone();
    }

    /** What attempts that did not answer may have cost at most, in nano-dollars: estimates, which nobody is charged for. */
    public long possibleCostNanos() {
        long nanos = 0;
        for (Attempt attempt : attempts) {
            nanos = Math.addExact(nanos, attempt.possibleCostNanos());
        }
        return nanos;
    }
}
