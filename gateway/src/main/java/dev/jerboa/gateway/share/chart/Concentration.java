package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far open models' use is that of a few: the shares of the first and the first two, and the Herfindahl-Hirschman index. */
public final class Concentration {
    private static final BigDecimal QUARTER = new BigDecimal("0.25");

    private Concentration() {}

    public static Drawn draw(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts(true);
        Amounts amounts = Amounts.of(facts, fact -> GroupBy.MODEL.of(fact, query), query.measure()::of);
        Table.Draft table = Table.of("concentration", "Concentration among open models")
                .column("period", "Beginning", Unit.TIME)
                .column("amount", "Amount", query.measure().unit())
                .column("models", "Models used", Unit.COUNT)
                .column("first", "First model", Unit.TEXT)
                .column("top_share", "Its share", Unit.SHARE)
                .column("second", "Second model", Unit.TEXT)
                .column("top_two_share", "Share of both", Unit.SHARE)
                .column("hhi", "Herfindahl-Hirschman index", Unit.RATIO)
                .column("above_quarter", "Whether a model has more than 25 %", Unit.FLAG);
        for (long period : amounts.periods()) {
            List<String> ranked = amounts.ranked(period);
            if (ranked.isEmpty()) {
                continue;
            }
            long whole = amounts.ofPeriod(period);
            long first = amounts.of(period, ranked.getFirst());
            String second = ranked.size() > 1 ? ranked.get(1) : null;
            long both = first + (second == null ? 0 : amounts.of(period, second));
            table.row(
                    query.bucket().shown(period),
                    query.measure().shown(whole),
                    (long) ranked.size(),
                    ranked.getFirst(),
                    Exact.share(first, whole),
                    second,
                    Exact.share(both, whole),
                    index(amounts, period, ranked, whole),
                    aboveQuarter(first, whole));
        }
        return new Drawn(
                "concentration",
                "Concentration among open models",
                List.of(table.table()),
                Notes.of(
                        Note.of(
                                "concentration",
                                "Shares are of open-weight use only. The index is the sum of squared shares, from 0 to 1 (1 is one model alone)."),
                        query.withOpenOnly(true),
                        facts));
    }

    private static @Nullable BigDecimal index(Amounts amounts, long period, List<String> models, long whole) {
        BigInteger squares = BigInteger.ZERO;
        for (String model : models) {
            squares = squares.add(BigInteger.valueOf(amounts.of(period, model)).pow(2));
        }
        BigDecimal square = new BigDecimal(BigInteger.valueOf(whole).pow(2));
        return square.signum() == 0 ? null : Exact.round(new BigDecimal(squares).divide(square, Exact.PRECISE));
    }

    private static boolean aboveQuarter(long first, long whole) {
        BigDecimal share = Exact.quotient(first, whole);
        return share != null && share.compareTo(QUARTER) > 0;
    }
}
