package dev.jerboa.server.market;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.ActivityRow;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Sums;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was used: {@code /activity} by day and endpoint, {@code /generation} of one request. Thread-safe. */
final class Activity {
    private static final int DAYS = 30;
    private static final double MICROS_OF_MILLI = 1000;

    private final Access access;
    private final Ledgers ledgers;

    Activity(Access access, Ledgers ledgers) {
        this.access = access;
        this.ledgers = ledgers;
    }

    private record Group(LocalDate day, String model, String endpoint, String provider) {}

    /** The last thirty days that are over, or one of them; of one key with {@code key} or {@code api_key_hash}. */
    void days(ServerRequest request, ServerResponse response) {
        Asker caller = access.of(request).require(Scope.USAGE);
        Asked asked = new Asked(request);
        LocalDate today = LocalDate.ofInstant(ledgers.clock().instant(), ZoneOffset.UTC);
        LocalDate from = asked.day("date", today.minusDays(DAYS));
        LocalDate to = asked.text("date").isPresent() ? from.plusDays(1) : today;
        if (from.isBefore(today.minusDays(DAYS)) || to.isAfter(today)) {
            throw HttpError.field(
                    "date", "expected one of the last " + DAYS + " days (UTC) that are over, found " + from);
        }
        Optional<List<String>> keys = keys(caller, asked.text("key").or(() -> asked.text("api_key_hash")));
        Map<Group, Sums> groups = new TreeMap<>(Comparator.comparing(Group::day)
                .reversed()
                .thenComparing(Group::model)
                .thenComparing(Group::endpoint)
                .thenComparing(Group::provider));
        for (ActivityRow row : Scoped.asked(() -> ledgers.store().activity(from, to, keys))) {
            groups.merge(new Group(row.day(), row.model(), row.endpoint(), row.provider()), row.sums(), Sums::plus);
        }
        Catalog catalog = ledgers.catalog().get();
        List<Object> data = new ArrayList<>();
        groups.forEach((group, sums) -> data.add(map(
                "date",
                group.day().toString(),
                "model",
                group.model(),
                "model_permaslug",
                group.model(),
                "endpoint_id",
                group.endpoint(),
                "provider_name",
                catalog.provider(group.provider()).map(Provider::name).orElse(group.provider()),
                "usage",
                Exact.dollars(sums.costNanos()),
                "byok_usage_inference",
                0,
                "requests",
                sums.requests(),
                "prompt_tokens",
                sums.usage().prompt(),
                "completion_tokens",
                sums.usage().completion(),
                "reasoning_tokens",
                sums.usage().reasoning())));
        Export.json(request, response, map("data", data));
    }

    private Optional<List<String>> keys(Asker caller, Optional<String> wanted) {
        Optional<Set<String>> allowed = Scoped.asked(() -> Scoped.keys(caller, ledgers.keys()));
        if (wanted.isEmpty()) {
            return allowed.map(List::copyOf);
        }
        boolean may = allowed.isEmpty() || allowed.get().contains(wanted.get());
        return Optional.of(may ? List.of(wanted.get()) : List.of());
    }

    void generation(ServerRequest request, ServerResponse response) {
        Asker caller = access.of(request).requireKey();
        String id = new Asked(request)
                .text("id")
                .orElseThrow(() -> HttpError.field("id", "expected the id of a generation, as X-Generation-Id has it"));
        UsageEvent event = Scoped.asked(() -> event(id))
                .filter(found -> sees(caller, found))
                .orElseThrow(() -> HttpError.of(HttpError.Kind.NOT_FOUND, "there is no generation '" + id + "'"));
        Export.json(request, response, map("data", generation(event)));
    }

    /** The event of an id, also of a request that ended just now. */
    private Optional<UsageEvent> event(String id) {
        Optional<UsageEvent> event = ledgers.store().event(id);
        if (event.isEmpty()) {
            ledgers.settle().run();
            event = ledgers.store().event(id);
        }
        return event;
    }

    /** A key sees its own requests; with the scope of usage, its account's; an admin all. */
    private static boolean sees(Asker caller, UsageEvent event) {
        return caller.isAdmin()
                || caller.key()
                        .map(key -> key.id().equals(event.payer().key())
                                || (key.may(Scope.USAGE)
                                        && key.account().equals(event.payer().account())))
                        .orElse(false);
    }

    private Map<String, @Nullable Object> generation(UsageEvent event) {
        UsageEvent.Outcome outcome = event.outcome();
        UsageEvent.Reply reply = event.reply();
        UsageEvent.Cost cost = event.cost();
        UsageEvent.Offer offer = event.offer();
        Usage tokens = event.used().tokens();
        Service service = event.used().service();
        ToolUses tools = service.tools();
        List<Object> attempts = new ArrayList<>();
        for (Attempt attempt : event.attempts()) {
            attempts.add(map(
                    "endpoint_id",
                    attempt.endpoint(),
                    "status",
                    attempt.status(),
                    "outcome",
                    attempt.outcome(),
                    "latency",
                    attempt.millis(),
                    "billed",
                    attempt.billed(),
                    "possible_cost",
                    Exact.dollars(attempt.possibleCostNanos())));
        }
        Map<String, @Nullable Object> map = map(
                "id",
                event.id(),
                "created_at",
                event.at().toString(),
                "model",
                offer.model(),
                "provider_name",
                ledgers.catalog()
                        .get()
                        .provider(offer.provider())
                        .map(Provider::name)
                        .orElse(offer.provider()),
                "total_cost",
                Exact.dollars(cost.nanos()),
                "usage",
                Exact.dollars(cost.nanos()),
                "upstream_inference_cost",
                cost.upstreamNanos().isPresent()
                        ? Exact.dollars(cost.upstreamNanos().getAsLong())
                        : null,
                "streamed",
                reply.streamed(),
                "cancelled",
                outcome.finish().equals("cancelled"),
                "latency",
                reply.firstTokenMicros() < 0 ? null : Math.round(reply.firstTokenMicros() / MICROS_OF_MILLI),
                "generation_time",
                Math.round((reply.durationMicros() - Math.max(0, reply.firstTokenMicros())) / MICROS_OF_MILLI),
                "moderation_latency",
                null,
                "finish_reason",
                outcome.finish(),
                "native_finish_reason",
                outcome.nativeFinish().isEmpty() ? null : outcome.nativeFinish(),
                "tokens_prompt",
                tokens.prompt(),
                "tokens_completion",
                tokens.completion());
        map.putAll(map(
                "native_tokens_prompt",
                tokens.prompt(),
                "native_tokens_completion",
                tokens.completion(),
                "native_tokens_reasoning",
                tokens.reasoning(),
                "native_tokens_cached",
                tokens.cacheRead(),
                "is_byok",
                false,
                "service_tier",
                service.tier().isEmpty() ? null : service.tier(),
                "provider_responses",
                attempts,
                "jerboa",
                map(
                        "requested_model",
                        event.asked().model(),
                        "endpoint_id",
                        offer.endpoint(),
                        "app",
                        event.payer().app(),
                        "quality",
                        event.used().quality().text(),
                        "cancel_cause",
                        outcome.cancelCause(),
                        "price_version",
                        offer.priceVersion(),
                        "cache_write_tokens",
                        tokens.cacheWrite() + tokens.cacheWriteLong(),
                        "bytes_in",
                        event.asked().bytes(),
                        "bytes_out",
                        reply.bytes(),
                        "tool_calls",
                        reply.toolCalls(),
                        "web_searches",
                        tools.webSearch(),
                        "web_fetches",
                        tools.webFetch(),
                        "file_searches",
                        tools.fileSearch(),
                        "unpriced",
                        cost.unpricedParts(),
                        "possible_cost",
                        Exact.dollars(event.possibleCostNanos()),
                        "category",
                        event.asked().category())));
        return map;
    }
}
