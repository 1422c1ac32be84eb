package dev.jerboa.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.Dimension;
import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.ledger.Grain;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.RollupQuery;
import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.ledger.Sums;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.ledger.audit.Rerating;
import dev.jerboa.gateway.ledger.export.LedgerExport;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.Span;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.share.Chart;
import dev.jerboa.gateway.share.Charts;
import dev.jerboa.gateway.share.SeededCharts;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.DrawnJson;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.model.json.JsonOut;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The job's figures are those of the store's own queries, and of a count event by event; for each kind of store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AnalysisTest {
    private static final int EVENTS = 3_000;

    private final SampleLedger sample;
    private final LedgerStore ledger;

    AnalysisTest(Database.Kind kind) {
        sample = new SampleLedger(kind, EVENTS);
        ledger = new LedgerStore(sample.database);
    }

    @AfterAll
    void close() {
        sample.close();
    }

    private static Analysis analysis(Tables tables, boolean recounted) {
        return new Analysis(LocalSpark.session(), tables, recounted);
    }

    private List<RollupRow> stored() {
        return ledger.rollups(
                RollupQuery.of(SampleLedger.SPAN.from(), SampleLedger.SPAN.to(), Grain.HOUR, Dimension.values()));
    }

    private static List<RollupRow> recounted(Analysis analysis) {
        return analysis.sql()
                .rows(
                        "SELECT hour, endpoint, key, app, payer_country, "
                                + Figure.columns().collect(Collectors.joining(", ")) + " FROM recounted",
                        List.of(),
                        row -> {
                            long[] sums = new long[Figure.all().size()];
                            for (int i = 0; i < sums.length; i++) {
                                sums[i] = row.number(6 + i);
                            }
                            return new RollupRow(
                                    row.number(1), row.text(2), row.text(3), row.text(4), row.text(5), Sums.of(sums));
                        });
    }

    /** Five figures of each hour, summed event by event without anything of the ledger's. */
    private Map<Long, List<BigInteger>> counted() {
        Map<Long, List<BigInteger>> hours = new TreeMap<>();
        for (UsageEvent event : sample.events) {
            Usage usage = event.used().tokens();
            List<BigInteger> one = List.of(
                    BigInteger.ONE,
                    BigInteger.valueOf(usage.input() + usage.cacheRead()),
                    BigInteger.valueOf(usage.output() + usage.reasoning()),
                    BigInteger.valueOf(event.cost().nanos()),
                    BigInteger.valueOf(
                            event.attempts()
                                                    .getFirst()
                                                    .endpoint()
                                                    .equals(event.offer().endpoint())
                                            || event.offer().isNone()
                                    ? 0
                                    : 1));
            hours.merge(
                    event.at().getEpochSecond() / 3600,
                    one,
                    (a, b) -> List.of(
                            a.get(0).add(b.get(0)),
                            a.get(1).add(b.get(1)),
                            a.get(2).add(b.get(2)),
                            a.get(3).add(b.get(3)),
                            a.get(4).add(b.get(4))));
        }
        return hours;
    }

    private static Map<Long, List<BigInteger>> byHour(List<RollupRow> rows) {
        Map<Long, Sums> hours = new TreeMap<>();
        rows.forEach(row -> hours.merge(row.hour(), row.sums(), Sums::plus));
        Map<Long, List<BigInteger>> figures = new TreeMap<>();
        hours.forEach((hour, sums) -> figures.put(
                hour,
                List.of(
                        BigInteger.valueOf(sums.requests()),
                        BigInteger.valueOf(sums.usage().input() + sums.usage().cacheRead()),
                        BigInteger.valueOf(sums.usage().output() + sums.usage().reasoning()),
                        BigInteger.valueOf(sums.costNanos()),
                        BigInteger.valueOf(sums.fallbacks()))));
        return figures;
    }

    @Test
    void recountedSumsAreTheLedgersAndACountOfTheEvents() {
        try (Analysis analysis = analysis(sample.tables(5), true)) {
            List<RollupRow> recounted = recounted(analysis);
            assertThat(recounted).containsExactlyInAnyOrderElementsOf(stored());
            assertThat(byHour(recounted)).isEqualTo(counted());
            RollupCheck check = analysis.check();
            assertThat(check.events()).isEqualTo(EVENTS);
            assertThat(check.groups()).isEqualTo(recounted.size()).isEqualTo(check.stored());
            assertThat(check.differing()).isZero();
            assertThat(check.listed().tables().getFirst().rows()).isEmpty();
            assertThat(check.costNanos())
                    .isEqualTo(sample.events.stream()
                            .mapToLong(event -> event.cost().nanos())
                            .sum());
        }
    }

    @Test
    void anyNumberOfSlicesAndFilesGiveTheSame() {
        LedgerExport.write(
                sample.database, SampleLedger.SPAN, sample.store.folder().resolve("export"));
        List<Tables> ways = List.of(
                sample.tables(1),
                sample.tables(13),
                ExportedTables.open(
                        LocalSpark.session(),
                        sample.store.folder().resolve("export").toString()));
        for (Tables way : ways) {
            try (Analysis analysis = analysis(way, true)) {
                assertThat(recounted(analysis)).containsExactlyInAnyOrderElementsOf(stored());
                assertThat(analysis.check().differing()).isZero();
                for (Chart chart : List.of(Chart.OPEN_CLOSED, Chart.COST, Chart.RETENTION, Chart.PULLS, Chart.WORLD)) {
                    compare(analysis, chart, SampleLedger.QUERY);
                }
            }
        }
    }

    @Test
    void slicesOfTimeTouchAndDoNotOverlap() {
        List<Span> parts = sample.tables(7).parts();
        assertThat(parts).hasSize(7);
        assertThat(parts.getFirst().from()).isEqualTo(SampleLedger.SPAN.from());
        assertThat(parts.getLast().to()).isEqualTo(SampleLedger.SPAN.to());
        for (int i = 1; i < parts.size(); i++) {
            assertThat(parts.get(i).from()).isEqualTo(parts.get(i - 1).to());
        }
        assertThat(sample.tables(10_000).parts()).hasSize((int) (SampleLedger.SPAN.to() - SampleLedger.SPAN.from()));
    }

    /** The chart of the job is, letter for letter, the answer of the gateway. */
    private void compare(Analysis analysis, Chart chart, ShareQuery query) {
        String here = JsonOut.text(DrawnJson.answer(query.shown(), analysis.chart(chart, query)));
        String there = JsonOut.text(
                DrawnJson.answer(query.shown(), new Charts(new JdbcLedger(sample.database)).draw(chart, query)));
        assertThat(here).as(chart.id()).isEqualTo(there);
    }

    @Test
    void everyChartIsThatOfTheGateway() {
        try (Analysis analysis = analysis(sample.tables(4), true)) {
            for (Chart chart : Chart.values()) {
                compare(analysis, chart, SampleLedger.QUERY);
            }
            ShareQuery other = SampleLedger.QUERY
                    .withBucket(Bucket.DAY)
                    .withMeasure(Measure.COST)
                    .withAsNow(true)
                    .withOpenOnly(true)
                    .withTop(1);
            for (Chart chart : List.of(Chart.OPEN_CLOSED, Chart.LAB_VOLUME, Chart.CONCENTRATION, Chart.KEYS)) {
                compare(analysis, chart, other);
                compare(analysis, chart, other.withKeys(java.util.Set.of("k1")));
            }
        }
    }

    /** The studies' headline figures, from the sums of a ledger whose events are gone. */
    @Test
    void chartsOfSumsWithoutEventsAreThoseOfTheGateway() {
        ShareQuery query = new SeededCharts(sample.database).query;
        Tables tables = new StoredTables(
                sample.tables(1).jdbcUrl(), sample.tables(1).properties(), new Span(query.from(), query.to()), 1);
        try (Analysis analysis = analysis(tables, false)) {
            for (Chart chart : List.of(Chart.OPEN_CLOSED, Chart.LAB_COUNTRY, Chart.CONCENTRATION, Chart.COST)) {
                compare(analysis, chart, query);
            }
            assertThat(JsonOut.text(DrawnJson.map(analysis.chart(Chart.LAB_VOLUME, query.withOpenOnly(true)))))
                    .contains("14370000000000");
            assertThatThrownBy(analysis::check).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void historyAtItsOwnPricesIsHistoryAndAtOthersIsTheLedgersAnswer() {
        Instant from = SampleLedger.FROM.atStartOfDay(ZoneOffset.UTC).toInstant();
        Instant to = SampleLedger.TO.atStartOfDay(ZoneOffset.UTC).toInstant();
        Map<String, String> other = Map.of(
                "p0:lab0/m",
                Schedule.flat(new Rates(1, 2, 3, 4, 5_000, 6_000, 7)).text(),
                "p1:lab0/m",
                SampleLedger.PRICES);
        StoredPrices prices = new StoredPrices(endpoint -> Optional.ofNullable(other.get(endpoint)));
        try (Analysis analysis = analysis(sample.tables(4), true)) {
            Rerating.Report paid = analysis.rerate(Optional.empty());
            assertThat(paid)
                    .isEqualTo(Rerating.run(
                            ledger, from, to, Rerating.asPaid(new StoredPrices(new CatalogRows(sample.database)))));
            assertThat(paid.total().requests()).isEqualTo(EVENTS);
            Rerating.Report changed = analysis.rerate(Optional.of(other));
            assertThat(changed)
                    .isEqualTo(Rerating.run(
                            ledger,
                            from,
                            to,
                            event -> prices.rates(
                                    event.offer().endpoint(),
                                    event.offer().endpoint(),
                                    event.at(),
                                    event.used().tokens().prompt(),
                                    event.used().service().tier())));
            assertThat(changed.unrated()).isBetween(1L, EVENTS - 1L);
        }
    }

    @Test
    void sumsThatAreNotThoseOfTheEventsAreListed() {
        RollupRow first = stored().getFirst();
        RollupRow more = new RollupRow(
                first.hour(),
                first.endpoint(),
                first.key(),
                first.app(),
                first.payerCountry(),
                Sums.of(1, Usage.of(5, 0), 0));
        RollupRow alone = new RollupRow(
                first.hour() + 1, "p9:none/m", "", "", "", Sums.of(9_007_199_254_740_993L, Usage.NONE, 0));
        ledger.addRollups(List.of(more, alone));
        try (Analysis analysis = analysis(sample.tables(2), true)) {
            RollupCheck check = analysis.check();
            assertThat(check.differing()).isEqualTo(2);
            assertThat(check.stored()).isEqualTo(check.groups() + 1);
            List<String> listed = check.listed().tables().getFirst().rows().stream()
                    .map(row -> row.get(1) + " " + row.get(5) + " " + row.get(6) + " " + row.get(7))
                    .toList();
            long requests = first.sums().requests();
            long input = first.sums().usage().input();
            assertThat(listed)
                    .contains(
                            first.endpoint() + " requests " + (requests + 1) + " " + requests,
                            first.endpoint() + " input " + (input + 5) + " " + input,
                            "p9:none/m requests 9007199254740993 0")
                    .hasSize(5); // and whose counts they were, of both
        } finally {
            take(more);
            take(alone);
        }
        assertThat(LedgerTable.ROLLUP.columns()).hasSize(5 + Figure.all().size());
    }

    private void take(RollupRow row) {
        long[] values = row.sums().values();
        sample.database.run(connection -> {
            try (var update = connection.prepareStatement("UPDATE rollup SET requests = requests - " + values[0]
                    + ", input = input - " + values[4] + ", quality_provider = quality_provider - " + values[19]
                    + " WHERE hour = " + row.hour()
                    + " AND endpoint = ? AND key = ? AND app = ? AND payer_country = ?")) {
                update.setString(1, row.endpoint());
                update.setString(2, row.key());
                update.setString(3, row.app());
                update.setString(4, row.payerCountry());
                update.executeUpdate();
            }
            try (var delete = connection.createStatement()) {
                delete.executeUpdate("DELETE FROM rollup WHERE requests = 0");
            }
        });
    }
}
