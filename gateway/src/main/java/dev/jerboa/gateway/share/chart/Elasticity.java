package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.Tally;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Price against use, endpoint by endpoint, and the straight line of least squares through their logarithms. */
public final class Elasticity {
    private static final int FEWEST = 3;

    private Elasticity() {}

    private record Point(double price, double tokens) {}

    public static Drawn draw(FactReader reader) {
        List<Fact> facts = reader.facts();
        Map<String, Tally> endpoints = new TreeMap<>();
        facts.forEach(fact -> endpoints
                .computeIfAbsent(fact.subject().endpoint(), key -> new Tally())
                .add(fact.sums()));
        Table.Draft table = Table.of("endpoints", "Price against use")
                .column("endpoint", "Endpoint", Unit.TEXT)
                .column("price", "Paid for a million tokens", Unit.DOLLARS_PER_MILLION_TOKENS)
                .column("tokens", "Tokens", Unit.TOKENS)
                .column("requests", "Requests", Unit.REQUESTS);
        List<Point> points = new ArrayList<>();
        endpoints.forEach((endpoint, sums) -> {
            if (sums.tokens() == 0) {
                return;
            }
            table.row(
                    endpoint,
                    Exact.dollarsPerMillion(sums.of(Figure.COST_NANOS), sums.tokens()),
                    sums.tokens(),
                    sums.of(Figure.REQUESTS));
            if (sums.of(Figure.COST_NANOS) > 0) {
                points.add(new Point(
                        Math.log(sums.of(Figure.COST_NANOS) / (double) sums.tokens()), Math.log(sums.tokens())));
            }
        });
        return new Drawn(
                "elasticity",
                "Price against use",
                List.of(table.table(), line(points)),
                Notes.of(
                        Note.of(
                                "elasticity",
                                "The elasticity is the slope of log use over log price by least squares, over endpoints that cost something; it describes these endpoints, and is no cause."),
                        reader.query(),
                        facts));
    }

    private static Table line(List<Point> points) {
        Table.Draft table = Table.of("fit", "Line of least squares")
                .column("endpoints", "Endpoints", Unit.COUNT)
                .column("elasticity", "Elasticity", Unit.RATIO)
                .column("r_squared", "Share of the variance", Unit.SHARE);
        int n = points.size();
        double meanPrice = points.stream().mapToDouble(Point::price).average().orElse(0);
        double meanTokens = points.stream().mapToDouble(Point::tokens).average().orElse(0);
        double prices = 0;
        double tokens = 0;
        double both = 0;
        for (Point point : points) {
            double x = point.price() - meanPrice;
            double y = point.tokens() - meanTokens;
            prices += x * x;
            tokens += y * y;
            both += x * y;
        }
        boolean fits = n >= FEWEST && prices > 0;
        table.row(
                (long) n,
                fits ? Exact.round(both / prices) : null,
                fits && tokens > 0 ? Exact.round(both * both / (prices * tokens)) : null);
        return table.table();
    }
}
