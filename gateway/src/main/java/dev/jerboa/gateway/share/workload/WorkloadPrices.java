package dev.jerboa.gateway.share.workload;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The price of a workload at each endpoint: now, in the cheapest and in the dearest hour of the seven days that follow. Each request is
 * rounded by itself, as it would be if it were sent.
 */
public final class WorkloadPrices {
    private static final int HOURS = 7 * 24;
    private static final int NANO_DIGITS = 9;

    private WorkloadPrices() {}

    private record Offer(
            Endpoint endpoint,
            ModelEntry model,
            Provider provider,
            long now,
            long least,
            long most,
            Instant cheapest) {}

    /**
     * The prices, the cheapest endpoint first.
     *
     * @param at the hour that is now
     * @param wanted which models
     */
    public static Drawn draw(Catalog catalog, Workload workload, Instant at, Predicate<ModelEntry> wanted) {
        List<Offer> offers = new ArrayList<>();
        for (Endpoint endpoint : catalog.endpoints()) {
            ModelEntry model = catalog.model(endpoint.model()).orElseThrow();
            Provider provider = catalog.provider(endpoint.provider()).orElseThrow();
            if (wanted.test(model)) {
                offers.add(offer(endpoint, model, provider, workload, at));
            }
        }
        offers.sort(Comparator.comparingLong(Offer::now)
                .thenComparing(offer -> offer.endpoint().id()));
        Table.Draft table = Table.of("workload", "Price of a workload")
                .column("endpoint", "Endpoint", Unit.TEXT)
                .column("model", "Model", Unit.TEXT)
                .column("name", "Name", Unit.TEXT)
                .column("provider", "Provider", Unit.TEXT)
                .column("openness", "Openness", Unit.TEXT)
                .column("quantization", "Quantization", Unit.TEXT)
                .column("fits", "Whether a request fits its context", Unit.FLAG)
                .column("request", "A request now", Unit.DOLLARS)
                .column("now", "All requests now", Unit.DOLLARS)
                .column("cheapest", "In the cheapest hour of the week", Unit.DOLLARS)
                .column("cheapest_hour", "The first such hour", Unit.TIME)
                .column("dearest", "In the dearest hour of the week", Unit.DOLLARS)
                .column("priced_by_time", "Whether time on the machine is what costs", Unit.FLAG);
        for (Offer offer : offers) {
            Usage usage = workload.usage();
            table.row(
                    offer.endpoint().id(),
                    offer.model().id(),
                    offer.model().name(),
                    offer.provider().id(),
                    offer.model().openness().text(),
                    offer.endpoint().quantization(),
                    usage.total() <= offer.endpoint().context()
                            && usage.completion() <= offer.endpoint().maxOutput(),
                    Exact.dollars(offer.now()),
                    all(offer.now(), workload),
                    all(offer.least(), workload),
                    offer.cheapest().toString(),
                    all(offer.most(), workload),
                    !offer.endpoint().prices().machine().isNone());
        }
        return new Drawn(
                "workload",
                "Price of a workload",
                List.of(table.table()),
                List.of(
                        Note.of(
                                "workload",
                                "Prices are the catalogue's, with the tier of this prompt's length and the window of the hour; each request is rounded by itself. Tokens are taken to be as many with every model, though tokenizers differ."),
                        Note.of(
                                "workload-machine",
                                "Endpoints of this machine cost by the time that they take, which is not known before: their price here is that of tokens only.")));
    }

    private static Offer offer(Endpoint endpoint, ModelEntry model, Provider provider, Workload workload, Instant at) {
        Usage usage = workload.usage();
        long now = endpoint.prices().at(at, usage.prompt()).costNanos(usage);
        long least = now;
        long most = now;
        Instant cheapest = at;
        Instant hour = at.truncatedTo(ChronoUnit.HOURS);
        for (int i = 1; i <= HOURS; i++) {
            Instant later = hour.plus(i, ChronoUnit.HOURS);
            long cost = endpoint.prices().at(later, usage.prompt()).costNanos(usage);
            if (cost < least) {
                least = cost;
                cheapest = later;
            }
            most = Math.max(most, cost);
        }
        return new Offer(endpoint, model, provider, now, least, most, cheapest);
    }

    /** The cost of all requests, which may be more nano-dollars than a long has. */
    private static BigDecimal all(long nanos, Workload workload) {
        return new BigDecimal(BigInteger.valueOf(nanos).multiply(BigInteger.valueOf(workload.requests())), NANO_DIGITS);
    }
}
