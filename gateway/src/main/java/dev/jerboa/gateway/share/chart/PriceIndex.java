package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.Tally;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether tokens became cheaper, or cheaper ones were chosen: Fisher's index, chained from period to period over the endpoints that both
 * have, beside the mean price; what one has and the other has not is the mix.
 *
 * <p>Fisher's index of two periods is the geometric mean of Laspeyres' (the earlier amounts at both prices) and Paasche's (the later
 * amounts at both prices). Goods are endpoints; the price of one is what was paid there over its tokens.
 */
public final class PriceIndex {
    private PriceIndex() {}

    public static Drawn draw(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts();
        SortedMap<Long, Map<String, Tally>> periods = new TreeMap<>();
        for (Fact fact : facts) {
            periods.computeIfAbsent(fact.period(), key -> new TreeMap<>())
                    .computeIfAbsent(fact.subject().endpoint(), key -> new Tally())
                    .add(fact.sums());
        }
        Table.Draft table = Table.of("price_index", "Prices, and the choice among them")
                .column("period", "Beginning", Unit.TIME)
                .column("paid", "Paid for a million tokens", Unit.DOLLARS_PER_MILLION_TOKENS)
                .column("mean_index", "Mean price against the first period's", Unit.RATIO)
                .column("price_index", "Price of the same endpoints (Fisher, chained)", Unit.RATIO)
                .column("mix_index", "Effect of the choice", Unit.RATIO)
                .column("matched", "Cost at endpoints that the period before has", Unit.SHARE);
        Map<String, Tally> before = Map.of();
        BigDecimal first = null;
        BigDecimal chain = BigDecimal.ONE;
        for (Map.Entry<Long, Map<String, Tally>> entry : periods.entrySet()) {
            Map<String, Tally> now = entry.getValue();
            Tally all = new Tally();
            now.values().forEach(all::add);
            BigDecimal mean = Exact.quotient(all.of(Figure.COST_NANOS), all.tokens());
            if (mean == null) {
                continue; // nothing was used
            }
            if (first == null && mean.signum() > 0) {
                first = mean;
            }
            BigDecimal factor = before.isEmpty() ? null : fisher(before, now);
            chain = factor == null ? chain : chain.multiply(factor, Exact.PRECISE);
            BigDecimal index = first == null ? null : mean.divide(first, Exact.PRECISE);
            table.row(
                    query.bucket().shown(entry.getKey()),
                    Exact.dollarsPerMillion(all.of(Figure.COST_NANOS), all.tokens()),
                    index == null ? null : Exact.round(index),
                    Exact.round(chain),
                    index == null || chain.signum() == 0 ? null : Exact.round(index.divide(chain, Exact.PRECISE)),
                    before.isEmpty() ? null : matched(before, now));
            before = now;
        }
        return new Drawn(
                "price-index",
                "Prices, and the choice among them",
                List.of(table.table()),
                Notes.of(
                        Note.of(
                                "price-index",
                                "The index holds the basket of endpoints fixed between each two periods (Fisher) and chains the steps; the effect of the choice is the mean price's change that it leaves."),
                        query,
                        facts));
    }

    /** Fisher's index of two periods; null where they have no endpoint in common that costs something in both. */
    static @Nullable BigDecimal fisher(Map<String, Tally> before, Map<String, Tally> now) {
        BigDecimal earlierAtNow = BigDecimal.ZERO;
        BigDecimal earlier = BigDecimal.ZERO;
        BigDecimal later = BigDecimal.ZERO;
        BigDecimal laterAtBefore = BigDecimal.ZERO;
        for (Map.Entry<String, Tally> entry : before.entrySet()) {
            Tally then = entry.getValue();
            Tally since = now.get(entry.getKey());
            if (since == null || then.tokens() == 0 || since.tokens() == 0) {
                continue;
            }
            BigDecimal costThen = BigDecimal.valueOf(then.of(Figure.COST_NANOS));
            BigDecimal costNow = BigDecimal.valueOf(since.of(Figure.COST_NANOS));
            BigDecimal growth =
                    BigDecimal.valueOf(since.tokens()).divide(BigDecimal.valueOf(then.tokens()), Exact.PRECISE);
            earlier = earlier.add(costThen);
            later = later.add(costNow);
            earlierAtNow = earlierAtNow.add(costNow.divide(growth, Exact.PRECISE), Exact.PRECISE);
            laterAtBefore = laterAtBefore.add(costThen.multiply(growth, Exact.PRECISE), Exact.PRECISE);
        }
        if (earlier.signum() == 0 || later.signum() == 0) { // of what is free the chain would never come back
            return null;
        }
        BigDecimal laspeyres = earlierAtNow.divide(earlier, Exact.PRECISE);
        BigDecimal paasche = later.divide(laterAtBefore, Exact.PRECISE);
        return laspeyres.multiply(paasche, Exact.PRECISE).sqrt(Exact.PRECISE);
    }

    private static @Nullable BigDecimal matched(Map<String, Tally> before, Map<String, Tally> now) {
        long all = 0;
        long both = 0;
        for (Map.Entry<String, Tally> entry : now.entrySet()) {
            long cost = entry.getValue().of(Figure.COST_NANOS);
            all = Math.addExact(all, cost);
            Tally then = before.get(entry.getKey());
            if (then != null && then.tokens() > 0) {
                both = Math.addExact(both, cost);
            }
        }
        return Exact.share(both, all);
    }
}
