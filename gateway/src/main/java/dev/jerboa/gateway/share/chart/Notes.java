package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.Tally;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The sentences below charts: what their figures mean, and how far they can be trusted. */
final class Notes {
    private Notes() {}

    /** A chart's own definition, then what holds of all charts out of reader. */
    static List<Note> of(Note definition, ShareQuery query, Collection<Fact> facts) {
        List<Note> notes = new ArrayList<>();
        notes.add(definition);
        notes.addAll(common(query, facts));
        return notes;
    }

    static List<Note> common(ShareQuery query, Collection<Fact> facts) {
        List<Note> notes = new ArrayList<>();
        notes.add(
                query.asNow()
                        ? Note.of(
                                "as-now",
                                "Models, labs and providers are counted as what the catalogue says of them now.")
                        : Note.of(
                                "as-then",
                                "Models, labs and providers are counted as what the catalogue said of them in each hour."));
        if (query.openOnly()) {
            notes.add(Note.of("open-only", "Only models whose weights are published are counted."));
        }
        if (query.measure() == Measure.TOKENS) {
            notes.add(
                    Note.of(
                            "tokenizers",
                            "Tokens are those of each model's own tokenizer, which are not the same size: bytes compare across models."));
        }
        Bucket bucket = query.bucket();
        if (bucket.start(query.from()) != query.from() || bucket.start(query.to()) != query.to()) {
            notes.add(Note.of("partial-periods", "The first or the last period is not counted as a whole."));
        }
        notes.add(coverage(facts));
        return notes;
    }

    /** The share of requests whose counts the endpoint told itself. */
    static Note coverage(Collection<Fact> facts) {
        Tally all = new Tally();
        facts.forEach(fact -> all.add(fact.sums()));
        return coverage(all.of(Figure.QUALITY_PROVIDER), all.of(Figure.REQUESTS));
    }

    private static Note coverage(long told, long requests) {
        BigDecimal share = Exact.share(told, requests);
        if (share == null) {
            return Note.of("no-requests", "There were no requests in this time.");
        }
        return new Note(
                "coverage",
                "Of " + requests + " requests, "
                        + share.movePointRight(2).stripTrailingZeros().toPlainString()
                        + " % have counts from the endpoint itself; the others' are estimated, partial or missing.",
                Map.of("requests", requests, "share", share));
    }
}
