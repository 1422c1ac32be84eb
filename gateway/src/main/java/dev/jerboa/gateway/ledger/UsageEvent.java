package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Rates;
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
 * @param payer whose request it is
 * @param asked what was asked for
 * @param offer what answered, or {@link Offer#NONE}
 * @param attempts in order; the last is the one that answered, if any did
 * @param used what was used of the offer
 * @param cost what that cost
 * @param reply what came of it, and when
 * @param outcome how it ended
 */
public record UsageEvent(
        String id,
        Instant at,
        String node,
        Payer payer,
        Asked asked,
        Offer offer,
        List<Attempt> attempts,
        Used used,
        Cost cost,
        Reply reply,
        Outcome outcome) {
    /** @throws IllegalArgumentException where the cost is negative */
    public UsageEvent {
        attempts = List.copyOf(attempts);
        if (cost.nanos < 0) {
            throw new IllegalArgumentException(
                    "event " + id + " costs " + cost.nanos + " nano-dollars: expected 0 or more");
        }
    }

    /**
     * Whose request it is.
     *
     * @param key the id of the key; empty without keys
     * @param account whom the key belongs to
     * @param app what the client calls itself; empty where it does not
     * @param country ISO 3166-1 alpha-2 of the account; empty where it is not known
     */
    public record Payer(String key, String account, String app, String country) {}

    /**
     * What was asked for.
     *
     * @param dialect what the client speaks: {@code chat}, {@code completions}, {@code responses}, {@code messages}, {@code ollama}, {@code
     *     embeddings}
     * @param model the name that was asked for
     * @param bytes UTF-8 bytes of the request's text
     * @param category what it is about, of the operator's categories; empty where there are none
     */
    public record Asked(String dialect, String model, long bytes, String category) {}

    /**
     * What answered: a model at a provider, at prices.
     *
     * @param endpoint the id of the endpoint
     * @param model the id of its model
     * @param provider the id of its provider
     * @param priceVersion the version of the prices that it cost
     */
    public record Offer(String endpoint, String model, String provider, String priceVersion) {
        /** Nobody answered. */
        public static final Offer NONE = new Offer("", "", "", "");

        /** Whether nobody answered. */
        public boolean isNone() {
            return endpoint.isEmpty();
        }
    }

    /**
     * What was used.
     *
     * @param tokens those of the attempt that answered
     * @param service at which service tier it was processed, and which of the provider's own tools were used, as the reply says
     * @param quality where the counts of tokens come from
     */
    public record Used(Usage tokens, Service service, Quality quality) {
        /** Nothing is known of anything that was used. */
        public static final Used NONE = new Used(Usage.NONE, Service.NONE, Quality.MISSING);

        /** Tokens at the usual service tier, without tools of the provider. */
        public static Used of(Usage tokens, Quality quality) {
            return new Used(tokens, Service.NONE, quality);
        }

        /** What it costs at prices, in nano-dollars. */
        public long costNanos(Rates rates) {
            return rates.costNanos(tokens, service.tools());
        }

        /** Whether nothing was used that prices are of. */
        public boolean isNothing() {
            return tokens.total() == 0 && service.tools().isNone();
        }
    }

    /**
     * What a request cost.
     *
     * @param nanos in nano-dollars, 0 or more
     * @param upstreamNanos what the provider says it cost, in nano-dollars
     * @param unpriced what of what was used has no price, in words with commas between: {@code service_tier}, which then cost usual prices,
     *     and names of tools, which then cost nothing; empty where everything has one
     */
    public record Cost(long nanos, OptionalLong upstreamNanos, String unpriced) {
        public static final Cost NONE = of(0);

        /** A cost of which the provider says nothing, with prices for all that was used. */
        public static Cost of(long nanos) {
            return new Cost(nanos, OptionalLong.empty(), "");
        }

        /** Words of {@link #unpriced}. */
        public List<String> unpricedParts() {
            return unpriced.isEmpty() ? List.of() : List.of(unpriced.split(",", -1));
        }
    }

    /**
     * What the client was sent, and when.
     *
     * @param streamed whether the client took it piece by piece
     * @param bytes UTF-8 bytes of the reply's text
     * @param toolCalls how many tools the reply calls
     * @param firstTokenMicros from the request to the first content; −1 without content
     * @param durationMicros from the request to the end
     */
    public record Reply(boolean streamed, long bytes, int toolCalls, long firstTokenMicros, long durationMicros) {}

    /**
     * How a request ended.
     *
     * @param status the HTTP status that the client was given
     * @param finish why the reply ended: {@code stop}, {@code length}, {@code tool_calls}, {@code content_filter}, {@code error}, {@code
     *     cancelled}
     * @param nativeFinish the same in the endpoint's own word; empty where it has told none
     * @param cancelCause why it was cut: {@code client}, {@code deadline}, {@code crash}, {@code shutdown}; empty where it was not
     */
    public record Outcome(int status, String finish, String nativeFinish, String cancelCause) {
        /** A status of success and a reply that came to its end. */
        public static final Outcome STOP = new Outcome(200, "stop", "stop", "");
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
