package dev.jerboa.gateway.share;

import static dev.jerboa.gateway.share.SeededCharts.of;
import static dev.jerboa.gateway.share.SeededCharts.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.key.Period;
import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.LatencyBuckets;
import dev.jerboa.gateway.ledger.LatencyRow;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.OutsideRows;
import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.ledger.Sums;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Csv;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.math.BigDecimal;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What figures mean, on ledgers small enough to reckon by hand. */
class ChartSemanticsTest {
    /** Monday, 2025-01-06. */
    private static final long MONDAY = 20_094 * 24L;

    private static final long WEEK = 168;

    private final TestStore store = TestStore.of(Database.Kind.SQLITE);
    private final Database database = store.open();
    private final LedgerStore ledger = new LedgerStore(database);
    private final Charts charts = new Charts(new JdbcLedger(database));

    @AfterEach
    void close() {
        database.close();
        store.close();
    }

    private void world(long hour, String country, String openness) {
        new CatalogRows(database)
                .add(
                        Instant.ofEpochSecond(hour * 3600),
                        List.of(new CatalogRows.LabRow("lab", "Lab", country)),
                        List.of(model("lab/a", openness), model("lab/b", openness), model("lab/c", openness)),
                        List.of(new CatalogRows.ProviderRow("p", "P", "US", "openai", false, false)),
                        List.of(endpoint("lab/a"), endpoint("lab/b"), endpoint("lab/c")),
                        Map.of());
    }

    private static CatalogRows.ModelRow model(String id, String openness) {
        return new CatalogRows.ModelRow(
                id,
                "lab",
                id,
                "lab",
                openness,
                "",
                OptionalLong.empty(),
                OptionalLong.empty(),
                1000,
                "t",
                false,
                false,
                Optional.empty());
    }

    private static CatalogRows.EndpointRow endpoint(String model) {
        return new CatalogRows.EndpointRow("p:" + model, model, "p", "", "fp8", 1000, 1000, "v");
    }

    private static RollupRow row(long hour, String model, String key, long tokens, long cost) {
        return new RollupRow(hour, "p:" + model, key, "", "", Sums.of(1, Usage.of(tokens, 0), cost));
    }

    private static ShareQuery weeks(int count) {
        return ShareQuery.of(MONDAY, MONDAY + count * WEEK);
    }

    @Test
    void asThenIsWhatTheCatalogueSaidInTheHourAndAsNowWhatItSaysNow() {
        world(0, "FR", "closed");
        world(MONDAY + 30, "CN", "open-weight");
        ledger.addRollups(List.of(row(MONDAY + 29, "lab/a", "", 70, 0), row(MONDAY + 30, "lab/a", "", 30, 0)));
        Drawn then = charts.draw(Chart.OPEN_CLOSED, weeks(1));
        assertThat(of(then, "shares", "group", "closed").getFirst()).containsEntry("amount", 70L);
        assertThat(of(then, "shares", "group", "cn-open").getFirst()).containsEntry("amount", 30L);
        Drawn now = charts.draw(Chart.OPEN_CLOSED, weeks(1).withAsNow(true));
        assertThat(of(now, "shares", "group", "cn-open").getFirst()).containsEntry("amount", 100L);
        assertThat(of(charts.draw(Chart.LAB_COUNTRY, weeks(1)), "shares", "group", "FR")
                        .getFirst())
                .containsEntry("share", new BigDecimal("0.700000"));
    }

    @Test
    void whatTheCatalogueDoesNotKnowIsUnknownAndStillCounts() {
        ledger.addRollups(List.of(row(MONDAY, "lab/a", "", 5, 0)));
        assertThat(rows(charts.draw(Chart.OPEN_CLOSED, weeks(1)), "shares"))
                .singleElement()
                .satisfies(
                        row -> assertThat(row).containsEntry("group", "unknown").containsEntry("amount", 5L));
    }

    @Test
    void trendingIsTheLastPeriodLessTheMeanOfTheThreeBefore() {
        world(0, "US", "open-weight");
        ledger.addRollups(List.of(
                row(MONDAY, "lab/a", "", 10, 0),
                row(MONDAY + WEEK, "lab/a", "", 20, 0),
                row(MONDAY + 2 * WEEK, "lab/a", "", 31, 0),
                row(MONDAY + 3 * WEEK, "lab/a", "", 100, 0),
                row(MONDAY + 2 * WEEK, "lab/b", "", 90, 0)));
        // The last week only is asked for: the three before are read all the same.
        Drawn drawn = charts.draw(Chart.MODELS, ShareQuery.of(MONDAY + 3 * WEEK, MONDAY + 4 * WEEK));
        List<Map<String, @Nullable Object>> trending = rows(drawn, "trending");
        assertThat(trending.getFirst())
                .containsEntry("model", "lab/a")
                .containsEntry("amount", 100L)
                .containsEntry("mean_before", new BigDecimal("20.333333"))
                .containsEntry("gain", new BigDecimal("79.666667"));
        assertThat(trending.get(1)).containsEntry("model", "lab/b").containsEntry("gain", new BigDecimal("-30.000000"));
    }

    /** Prices halve and the choice moves to the dear endpoint, so that what is paid on average does not change. */
    @Test
    void aPriceIndexTellsPricesFromChoices() {
        world(0, "US", "open-weight");
        ledger.addRollups(List.of(
                row(MONDAY, "lab/a", "", 900, 900),
                row(MONDAY, "lab/b", "", 100, 1000),
                row(MONDAY + WEEK, "lab/a", "", 700, 350),
                row(MONDAY + WEEK, "lab/b", "", 300, 1500)));
        List<Map<String, @Nullable Object>> index = rows(charts.draw(Chart.PRICE_INDEX, weeks(2)), "price_index");
        assertThat(index.getFirst())
                .containsEntry("price_index", new BigDecimal("1.000000"))
                .containsEntry("mix_index", new BigDecimal("1.000000"));
        // Laspeyres: (900·0.5 + 100·5) / 1900 = 0.5; Paasche: 1850 / (700·1 + 300·10) = 0.5.
        assertThat(index.get(1))
                .containsEntry("mean_index", new BigDecimal("0.973684"))
                .containsEntry("price_index", new BigDecimal("0.500000"))
                .containsEntry("mix_index", new BigDecimal("1.947368"))
                .containsEntry("matched", new BigDecimal("1.000000"));
    }

    @Test
    void cohortsAreKeysByFirstUse() {
        world(0, "US", "open-weight");
        ledger.addRollups(List.of(
                row(MONDAY - WEEK, "lab/a", "old", 1, 0), // began before, and is no cohort of this time
                row(MONDAY + 1, "lab/a", "old", 1, 0),
                row(MONDAY + 2, "lab/a", "k1", 1, 0),
                row(MONDAY + 3, "lab/a", "k2", 1, 0),
                row(MONDAY + WEEK, "lab/a", "k1", 1, 0),
                row(MONDAY + WEEK, "lab/a", "k3", 1, 0),
                row(MONDAY + WEEK, "lab/a", "", 1, 0)));
        List<Map<String, @Nullable Object>> cohorts = rows(charts.draw(Chart.RETENTION, weeks(2)), "retention");
        assertThat(cohorts).hasSize(3);
        assertThat(cohorts.get(0))
                .containsEntry("keys", 2L)
                .containsEntry("active", 2L)
                .containsEntry("age", 0L);
        assertThat(cohorts.get(1))
                .containsEntry("cohort", "2025-01-06")
                .containsEntry("age", 1L)
                .containsEntry("active", 1L)
                .containsEntry("share", new BigDecimal("0.500000"));
        assertThat(cohorts.get(2)).containsEntry("cohort", "2025-01-13").containsEntry("keys", 1L);
    }

    @Test
    void elasticityIsTheSlopeOfLogarithms() {
        world(0, "US", "open-weight");
        // Use falls as the square of the price: 1, 10, 100 nano-dollars a token.
        ledger.addRollups(List.of(
                row(MONDAY, "lab/a", "", 1_000_000, 1_000_000),
                row(MONDAY, "lab/b", "", 10_000, 100_000),
                row(MONDAY, "lab/c", "", 100, 10_000)));
        assertThat(rows(charts.draw(Chart.ELASTICITY, weeks(1)), "fit").getFirst())
                .containsEntry("elasticity", new BigDecimal("-2.000000"))
                .containsEntry("r_squared", new BigDecimal("1.000000"));
    }

    @Test
    void sumsBeyondSixtyFourBitsAreErrorsNotFigures() {
        world(0, "US", "open-weight");
        ledger.addRollups(List.of(
                row(MONDAY, "lab/a", "", Long.MAX_VALUE - 5, 0), row(MONDAY + 1, "lab/b", "", Long.MAX_VALUE - 5, 0)));
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> charts.draw(Chart.OPEN_CLOSED, weeks(1)))
                .isInstanceOfAny(ArithmeticException.class, dev.jerboa.gateway.GatewayException.class);
    }

    @Test
    void fourteenDigitsStayExact() {
        world(0, "US", "open-weight");
        ledger.addRollups(
                List.of(row(MONDAY, "lab/a", "", 99_999_999_999_999L, 0), row(MONDAY + 1, "lab/a", "", 1_000_001, 0)));
        assertThat(rows(charts.draw(Chart.OPEN_CLOSED, weeks(1)), "summary").getFirst())
                .containsEntry("amount", 100_000_001_000_000L);
    }

    @ParameterizedTest
    @CsvSource({
        "HOUR, 482279, 482279, 482280", // 2025-01-06T23
        "DAY, 482279, 482256, 482280",
        "WEEK, 482279, 482256, 482424",
        "WEEK, 482255, 482088, 482256",
        "MONTH, 482279, 482136, 482880",
        "WEEK, 0, -72, 96"
    })
    void periodsBeginByTheCalendarOfUtc(Bucket bucket, long hour, long start, long next) {
        assertThat(bucket.start(hour)).isEqualTo(start);
        assertThat(bucket.next(start)).isEqualTo(next);
        assertThat(bucket.previous(next)).isEqualTo(start);
    }

    @Test
    void questionsHaveBounds() {
        assertThatIllegalArgumentException().isThrownBy(() -> ShareQuery.of(5, 5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShareQuery.of(0, 24 * 366 * 5).withBucket(Bucket.HOUR))
                .withMessageContaining("periods");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShareQuery.of(0, 24).withTop(51));
    }

    @Test
    void csvIsQuotedAndNoSpreadsheetRunsIt() {
        Table table = Table.of("t", "T")
                .column("name", "Name", Unit.TEXT)
                .column("gain", "Gain", Unit.DOLLARS)
                .row("=1+1", new BigDecimal("-0.000000001"))
                .row("+x,\"y\"", 5L)
                .row("@SUM", null)
                .row("-2", new BigDecimal("1E+3"))
                .row("\uFF1D1;x", null)
                .row("fine\nline", true)
                .table();
        assertThat(Csv.text(table))
                .isEqualTo("name,gain (dollars)\r\n'=1+1,-0.000000001\r\n\"'+x,\"\"y\"\"\",5\r\n'@SUM,\r\n'-2,1000\r\n"
                        + "\"'\uFF1D1;x\",\r\n"
                        + "\"fine\nline\",true\r\n");
    }

    @Test
    void measuresAreWhatTheirNamesSay() {
        dev.jerboa.gateway.share.fact.Tally tally =
                new dev.jerboa.gateway.share.fact.Tally(figure -> 1L << figure.ordinal());
        assertThat(Measure.REQUESTS.of(tally)).isEqualTo(1);
        assertThat(Measure.TOKENS.of(tally)).isEqualTo(0b1111110000);
        assertThat(Measure.BYTES.of(tally)).isEqualTo(0b110000000000);
        assertThat(Measure.COST.shown(1_500_000_000L)).isEqualTo(new BigDecimal("1.500000000"));
    }

    /** The fourth of all in the first week is not the first of those that are shown. */
    @Test
    void ranksAreAmongAllModelsAlsoThoseThatAreNotShown() {
        world(0, "US", "open-weight");
        ledger.addRollups(List.of(
                row(MONDAY, "lab/a", "", 5, 0),
                row(MONDAY, "lab/b", "", 10, 0),
                row(MONDAY, "lab/c", "", 20, 0),
                row(MONDAY + WEEK, "lab/a", "", 100, 0),
                row(MONDAY + WEEK, "lab/b", "", 1, 0)));
        assertThat(rows(charts.draw(Chart.MODELS, weeks(2).withTop(1)), "ranks"))
                .satisfiesExactly(
                        first -> assertThat(first)
                                .containsEntry("group", "lab/a")
                                .containsEntry("rank", 3L),
                        second -> assertThat(second).containsEntry("rank", 1L).containsEntry("change", 2L));
    }

    @Test
    void whatTheCatalogueDoesNotKnowIsNoLabThatLeadsOrFollows() {
        world(0, "US", "open-weight");
        ledger.addRollups(List.of(
                row(MONDAY, "lab/a", "", 60, 0),
                row(MONDAY, "gone/x", "", 50, 0),
                new RollupRow(MONDAY, "", "", "", "", Sums.of(3, Usage.NONE, 0))));
        assertThat(rows(charts.draw(Chart.LAB_VOLUME, weeks(1)), "lead"))
                .singleElement()
                .satisfies(row -> assertThat(row)
                        .containsEntry("lab", "lab")
                        .containsEntry("next_four", "")
                        .containsEntry("next_four_amount", 0L));
    }

    /** A week in which the only endpoint is free, between two at the same price. */
    @Test
    void aPriceIndexSurvivesAWeekThatIsFree() {
        world(0, "US", "open-weight");
        ledger.addRollups(List.of(
                row(MONDAY, "lab/a", "", 100, 100),
                row(MONDAY + WEEK, "lab/a", "", 100, 0),
                row(MONDAY + 2 * WEEK, "lab/a", "", 100, 100)));
        List<Map<String, @Nullable Object>> index = rows(charts.draw(Chart.PRICE_INDEX, weeks(3)), "price_index");
        assertThat(index.get(2))
                .containsEntry("price_index", new BigDecimal("1.000000"))
                .containsEntry("mix_index", new BigDecimal("1.000000"));
    }

    /** Each period has its own quantiles and errors; who went away is no error, and counts among all attempts. */
    @Test
    void errorsAndTheGatewaysTimeAreOfTheirPeriods() {
        world(0, "US", "open-weight");
        ledger.addRollups(List.of(row(MONDAY, "lab/a", "", 1, 0), row(MONDAY + WEEK, "lab/a", "", 1, 0)));
        ledger.addLatencies(List.of(
                new LatencyRow(MONDAY, "e", LatencyBuckets.Kind.OVERHEAD, LatencyBuckets.bucket(1_000), 99),
                new LatencyRow(MONDAY + 1, "f", LatencyBuckets.Kind.OVERHEAD, LatencyBuckets.bucket(64_000), 2)));
        database.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO attempt_outcome VALUES (" + MONDAY
                        + ", 'e', 'ok', 6), (" + MONDAY + ", 'e', 'client_gone', 1), ("
                        + (MONDAY + 30) + ", 'f', 'rate_limited', 3), (" + (MONDAY + WEEK) + ", 'e', 'ok', 5)");
            }
        });
        Drawn drawn = charts.draw(Chart.OPERATIONS, weeks(2));
        List<Map<String, @Nullable Object>> time = rows(drawn, "over_time");
        BigDecimal median = new BigDecimal("1.024000");
        assertThat((BigDecimal) java.util.Objects.requireNonNull(time.get(0).get("overhead_p50")))
                .isBetween(
                        median.divide(new BigDecimal("1.2"), java.math.MathContext.DECIMAL32),
                        median.multiply(new BigDecimal("1.2")));
        assertThat((BigDecimal) java.util.Objects.requireNonNull(time.get(0).get("overhead_p99")))
                .isGreaterThan(new BigDecimal(50));
        assertThat(time.get(1)).containsEntry("overhead_p50", null).containsEntry("first_token_p99", null);
        assertThat(rows(drawn, "errors"))
                .satisfiesExactly(
                        row -> assertThat(row)
                                .containsEntry("group", "rate_limited")
                                .containsEntry("amount", 3L)
                                .containsEntry("share", new BigDecimal("0.300000")),
                        row -> assertThat(row).containsEntry("amount", 0L));
    }

    /** Budgets of the gateway's file are in no table but that of their periods. */
    @Test
    void budgetsOfTheFileBurnDownToo() {
        Budget declared = new Budget("file:account:a:week", Budget.Owner.ACCOUNT, "a", 4_000_000_000L, Period.WEEK);
        long monday = MONDAY * 3_600_000_000L;
        database.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO budget VALUES ('stored', 'key', 'k', 2000000000, 'total')");
                statement.execute("INSERT INTO budget_period VALUES ('stored', 0, 500000000, 0)");
                statement.execute(
                        "INSERT INTO budget_period VALUES ('file:account:a:week', " + monday + ", 1000000000, 0)");
                statement.execute("INSERT INTO budget_period VALUES ('gone', " + monday + ", 1, 0)");
            }
        });
        Drawn drawn = new Charts(new JdbcLedger(database), List.of(declared)).draw(Chart.BUDGETS, weeks(1));
        assertThat(rows(drawn, "budgets"))
                .satisfiesExactly(
                        row -> assertThat(row)
                                .containsEntry("budget", "stored")
                                .containsEntry("owner_kind", "key")
                                .containsEntry("left", new BigDecimal("1.500000000")),
                        row -> assertThat(row)
                                .containsEntry("budget", "file:account:a:week")
                                .containsEntry("period", "2025-01-06T00:00Z")
                                .containsEntry("each", "week")
                                .containsEntry("spent_share", new BigDecimal("0.250000")));
    }

    @Test
    void pullsOfLabsSumToThoseOfTheirCountries() {
        world(0, "CN", "open-weight");
        LocalDate day = LocalDate.ofEpochDay(MONDAY / 24);
        new OutsideRows(database)
                .addPulls(List.of(
                        new OutsideRows.Pull(day, "org/a", "lab/a", "lab", "q4", 1, 10),
                        new OutsideRows.Pull(day, "org/b", "lab/b", "", "q4", 2, 10), // its model says whose it is
                        new OutsideRows.Pull(day, "org/x", "", "lab", "q4", 4, 10), // a model that is in no catalogue
                        new OutsideRows.Pull(day, "org/y", "", "", "q4", 8, 10)));
        Drawn drawn = charts.draw(Chart.PULLS, weeks(1));
        assertThat(of(drawn, "countries", "group", "CN").getFirst()).containsEntry("pulls", 7L);
        assertThat(of(drawn, "labs", "lab", "lab").getFirst()).containsEntry("pulls", 7L);
        assertThat(of(drawn, "countries", "group", "unknown").getFirst()).containsEntry("pulls", 8L);
        assertThat(of(drawn, "labs", "lab", "unknown").getFirst()).containsEntry("pulls", 8L);
    }

    @Test
    void cohortsAreOfTheKeysThatAreAskedForAndBounded() {
        world(0, "US", "open-weight");
        List<RollupRow> rows = new ArrayList<>();
        for (int i = 0; i < 1000; i++) { // a thousand cohorts of up to a thousand periods
            rows.add(row(MONDAY + i, "lab/a", "k" + i, 1, 0));
        }
        ledger.addRollups(rows);
        ShareQuery hours = ShareQuery.of(MONDAY, MONDAY + 1000).withBucket(Bucket.HOUR);
        assertThatThrownBy(() -> charts.draw(Chart.RETENTION, hours))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("cohorts of more than");
        assertThat(rows(charts.draw(Chart.RETENTION, hours.withKeys(Set.of("k999"))), "retention"))
                .hasSize(1);
    }
}
