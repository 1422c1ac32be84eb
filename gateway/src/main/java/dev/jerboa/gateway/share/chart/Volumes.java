package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.Subject;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How much each lab's models were used, in all and as it grew, and whether the largest had more than the next four together. */
public final class Volumes {
    private static final int NEXT = 4;

    private Volumes() {}

    public static Drawn draw(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts();
        Amounts all = Amounts.of(facts, fact -> GroupBy.LAB.of(fact, query), query.measure()::of);
        Map<String, Fact> named = new HashMap<>();
        facts.forEach(fact -> named.put(GroupBy.LAB.of(fact, query), fact));
        return new Drawn(
                "lab-volume",
                "Volume by lab",
                List.of(totals(all, named, query), growth(all.top(query.top()), query), lead(all, query)),
                Notes.of(
                        Note.of(
                                "lab-volume",
                                "A lab's volume is that of all models that it published, whoever ran them; of one platform: this one."),
                        query,
                        facts));
    }

    private static Table totals(Amounts amounts, Map<String, Fact> named, ShareQuery query) {
        Table.Draft table = Table.of("labs", "Volume by lab")
                .column("rank", "Rank", Unit.COUNT)
                .column("lab", "Lab", Unit.TEXT)
                .column("name", "Name", Unit.TEXT)
                .column("country", "Country", Unit.TEXT)
                .column("amount", "Amount", query.measure().unit())
                .column("share", "Share", Unit.SHARE);
        long rank = 1;
        for (String lab : amounts.groups()) {
            Fact fact = named.get(lab);
            table.row(
                    rank++,
                    lab,
                    fact == null ? lab : fact.subject().labName(),
                    fact == null ? null : fact.subject().labCountry(),
                    query.measure().shown(amounts.total(lab)),
                    Exact.share(amounts.total(lab), amounts.total()));
        }
        return table.table();
    }

    private static Table growth(Amounts amounts, ShareQuery query) {
        Measure measure = query.measure();
        Table.Draft table = Table.of("growth", "Volume by lab over time")
                .column("period", "Beginning", Unit.TIME)
                .column("group", "Lab", Unit.TEXT)
                .column("amount", "Amount", measure.unit())
                .column("cumulative", "Since the beginning", measure.unit());
        Map<String, Long> sums = new HashMap<>();
        List<String> labs = amounts.shown();
        for (long period : amounts.periods()) {
            for (String lab : labs) {
                long amount = amounts.of(period, lab);
                long sum = sums.merge(lab, amount, Math::addExact);
                table.row(query.bucket().shown(period), lab, measure.shown(amount), measure.shown(sum));
            }
        }
        return table.table();
    }

    private static Table lead(Amounts amounts, ShareQuery query) {
        Measure measure = query.measure();
        Table.Draft table = Table.of("lead", "The largest against the next four together")
                .column("lab", "Lab", Unit.TEXT)
                .column("amount", "Amount", measure.unit())
                .column("next_four", "The next four", Unit.TEXT)
                .column("next_four_amount", "Their amount", measure.unit())
                .column("more", "Whether it is more", Unit.FLAG)
                .column("ratio", "Ratio", Unit.RATIO);
        List<String> labs = amounts.groups().stream()
                .filter(lab -> amounts.total(lab) > 0 && !lab.equals(Subject.UNKNOWN) && !lab.equals(GroupBy.NONE))
                .toList();
        if (!labs.isEmpty()) {
            List<String> next = labs.subList(1, Math.min(labs.size(), 1 + NEXT));
            long first = amounts.total(labs.getFirst());
            long sum = next.stream().mapToLong(amounts::total).reduce(0, Math::addExact);
            table.row(
                    labs.getFirst(),
                    measure.shown(first),
                    String.join(", ", next),
                    measure.shown(sum),
                    first > sum,
                    Exact.share(first, sum));
        }
        return table.table();
    }
}
