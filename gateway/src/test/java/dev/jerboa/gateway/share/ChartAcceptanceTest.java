package dev.jerboa.gateway.share;

import static dev.jerboa.gateway.share.SeededCharts.SEED;
import static dev.jerboa.gateway.share.SeededCharts.of;
import static dev.jerboa.gateway.share.SeededCharts.rows;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.OutsideRows;
import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.fact.LedgerSql;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.seed.SeededLedger;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The studies' headline figures, out of a ledger of which they are true, and counted again row by row; for each kind of store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ChartAcceptanceTest {
    private final TestStore store;
    private final Database database;
    private final SeededCharts seeded;

    ChartAcceptanceTest(Database.Kind kind) {
        store = TestStore.of(kind);
        database = SeededCharts.seeded(store.open());
        seeded = new SeededCharts(database);
    }

    @AfterAll
    void close() {
        database.close();
        store.close();
    }

    private SeededCharts seeded() {
        return seeded;
    }

    private static BigDecimal share(String text) {
        return new BigDecimal(text).setScale(6);
    }

    private Map<String, @Nullable Object> only(Drawn drawn, String table, String column, String value) {
        List<Map<String, @Nullable Object>> found = of(drawn, table, column, value);
        assertThat(found).as(table + " " + value).hasSize(1);
        return found.getFirst();
    }

    @Test
    void theChineseOpenShareGoesFromOneToThirtyPercent() {
        Drawn drawn = seeded().draw(Chart.OPEN_CLOSED, seeded().query);
        List<Map<String, @Nullable Object>> chinese = of(drawn, "shares", "group", "cn-open");
        assertThat(chinese).hasSize(56);
        for (int week = 0; week < 8; week++) {
            assertThat(chinese.get(week)).containsEntry("share", share("0.012"));
        }
        assertThat(chinese.get(7)).containsEntry("period", "2024-12-23");
        assertThat(only(drawn, "summary", "group", "cn-open"))
                .containsEntry("first_share", share("0.012"))
                .containsEntry("peak_share", share("0.3"))
                .containsEntry("peak_period", "2025-08-18")
                .containsEntry("mean_share", share("0.13"));
        assertThat(only(drawn, "summary", "group", "other-open")).containsEntry("mean_share", share("0.137"));
        assertThat(only(drawn, "summary", "group", "closed"))
                .containsEntry("last_share", share("0.7"))
                .containsEntry("mean_share", share("0.733"));
        assertThat(drawn.notes()).anySatisfy(note -> assertThat(note.id()).isEqualTo("coverage"));
    }

    @Test
    void everyWeekSumsToAllThatWasUsed() {
        Drawn drawn = seeded().draw(Chart.OPEN_CLOSED, seeded().query);
        Map<String, Map<String, BigInteger>> counted =
                Recount.by(SEED.rollups(), row -> true, Recount::week, row -> "all", Measure.TOKENS);
        counted.forEach((week, all) -> {
            BigInteger sum = of(drawn, "shares", "period", week).stream()
                    .map(row -> BigInteger.valueOf((Long) java.util.Objects.requireNonNull(row.get("amount"))))
                    .reduce(BigInteger.ZERO, BigInteger::add);
            assertThat(sum).as(week).isEqualTo(all.get("all"));
        });
    }

    @Test
    void deepSeekHasMoreThanTheNextFourTogether() {
        Drawn drawn = seeded().draw(Chart.LAB_VOLUME, seeded().query.withOpenOnly(true));
        List<Map<String, @Nullable Object>> labs = rows(drawn, "labs");
        String[] expected = {"deepseek", "qwen", "meta-llama", "mistralai", "openai"};
        long[] trillions = {14_370, 5_590, 3_960, 2_920, 1_650};
        for (int i = 0; i < expected.length; i++) {
            assertThat(labs.get(i))
                    .containsEntry("rank", i + 1L)
                    .containsEntry("lab", expected[i])
                    .containsEntry("amount", trillions[i] * 1_000_000_000L);
        }
        assertThat(rows(drawn, "lead").getFirst())
                .containsEntry("lab", "deepseek")
                .containsEntry("amount", 14_370_000_000_000L)
                .containsEntry("next_four", "qwen, meta-llama, mistralai, openai")
                .containsEntry("next_four_amount", 14_120_000_000_000L)
                .containsEntry("more", true);
        assertThat(of(drawn, "growth", "group", "deepseek").getLast()).containsEntry("cumulative", 14_370_000_000_000L);
        // Without the toggle OpenAI's closed models count as OpenAI's.
        assertThat(rows(seeded().draw(Chart.LAB_VOLUME, seeded().query), "labs")
                        .getFirst()
                        .get("lab"))
                .isIn("openai", "anthropic", "google");
    }

    @Test
    void lateInTheTimeNoOpenModelHasAQuarterAndEarlierTwoHadHalf() {
        Drawn drawn = seeded().draw(Chart.CONCENTRATION, seeded().query);
        List<Map<String, @Nullable Object>> weeks = rows(drawn, "concentration");
        for (Map<String, @Nullable Object> week : weeks.subList(44, 56)) {
            assertThat(week).containsEntry("above_quarter", false);
        }
        for (Map<String, @Nullable Object> week : weeks.subList(13, 20)) {
            assertThat(List.of(String.valueOf(week.get("first")), String.valueOf(week.get("second"))))
                    .containsExactlyInAnyOrder("deepseek/deepseek-v3", "deepseek/deepseek-r1");
            assertThat((BigDecimal) week.get("top_two_share")).isGreaterThan(new BigDecimal("0.5"));
        }
        Map<String, Map<String, BigInteger>> counted =
                Recount.by(SEED.rollups(), SeededCharts::open, Recount::week, SeededCharts::model, Measure.TOKENS);
        for (Map<String, @Nullable Object> week : weeks) {
            Map<String, BigInteger> models = requireNonNull(counted.get(String.valueOf(week.get("period"))));
            BigInteger all = Recount.sum(models);
            BigInteger first =
                    models.values().stream().max(BigInteger::compareTo).orElseThrow();
            BigInteger squares = models.values().stream().map(x -> x.pow(2)).reduce(BigInteger.ZERO, BigInteger::add);
            assertThat(week)
                    .containsEntry("top_share", Recount.share(first, all))
                    .containsEntry("hhi", Recount.share(squares, all.pow(2)));
        }
    }

    /** The charts of shares equal a count row by row: two of them under every measure, the finer ones under one. */
    @Test
    void sharesEqualACountRowByRow() {
        for (Measure measure : Measure.values()) {
            for (boolean openOnly : new boolean[] {false, true}) {
                compare(Chart.OPEN_CLOSED, SeededCharts::band, measure, openOnly);
                compare(Chart.PAYER_COUNTRY, RollupRow::payerCountry, measure, openOnly);
            }
        }
        compare(Chart.MODELS, SeededCharts::model, Measure.TOKENS, false);
        compare(Chart.KEYS, row -> row.key().isEmpty() ? "none" : row.key(), Measure.COST, false);
        compare(Chart.APPS, row -> row.app().isEmpty() ? "none" : row.app(), Measure.BYTES, true);
    }

    private void compare(Chart chart, Function<RollupRow, String> group, Measure measure, boolean openOnly) {
        ShareQuery query =
                seeded().query.withMeasure(measure).withOpenOnly(openOnly).withTop(50);
        Map<String, Map<String, BigInteger>> counted =
                Recount.by(SEED.rollups(), row -> !openOnly || SeededCharts.open(row), Recount::week, group, measure);
        int compared = 0;
        for (Map<String, @Nullable Object> row : rows(seeded().draw(chart, query), "shares")) {
            Map<String, BigInteger> week = counted.getOrDefault(String.valueOf(row.get("period")), Map.of());
            BigInteger amount = week.getOrDefault(String.valueOf(row.get("group")), BigInteger.ZERO);
            if (!SeededCharts.shown(amount, measure).equals(row.get("amount"))
                    || !Recount.share(amount, Recount.sum(week)).equals(row.get("share"))) {
                throw new AssertionError(chart + " of " + measure + ": " + row + ", counted " + amount);
            }
            compared += amount.signum();
        }
        assertThat(compared)
                .isEqualTo(counted.values().stream().mapToInt(Map::size).sum());
    }

    @Test
    void daysAndMonthsSumToTheSame() {
        for (Bucket bucket : List.of(Bucket.DAY, Bucket.MONTH)) {
            Drawn drawn = seeded().draw(Chart.LAB_COUNTRY, seeded().query.withBucket(bucket));
            Drawn weeks = seeded().draw(Chart.LAB_COUNTRY, seeded().query);
            for (String country : List.of("CN", "US", "FR", "DE")) {
                assertThat(only(drawn, "summary", "group", country).get("amount"))
                        .isEqualTo(only(weeks, "summary", "group", country).get("amount"));
            }
        }
        assertThat(rows(seeded().draw(Chart.LAB_COUNTRY, seeded().query.withBucket(Bucket.MONTH)), "shares")
                        .getFirst())
                .containsEntry("period", "2024-11-01");
    }

    /** Whatever the time, its ends in the middle of days too, and however it is cut: days bring nothing that hours do not. */
    @Test
    void chartsOfHoursAloneAreTheSame() {
        Charts ofHours = new Charts(new HoursOnly(new JdbcLedger(database)));
        ShareQuery all = seeded().query;
        long from = all.from() + 200 * 24;
        List<ShareQuery> queries = List.of(
                all.withTime(from + 31, from + 2413).withBucket(Bucket.MONTH),
                all.withTime(from + 500, from + 1203),
                all.withTime(from + 24, from + 30 * 24).withBucket(Bucket.DAY),
                all.withTime(from + 5, from + 105).withBucket(Bucket.HOUR),
                all.withTime(from + 5, from + 17).withBucket(Bucket.DAY),
                all.withTime(from + 1, from + 2001).withAsNow(true).withKeys(keys()));
        assertThat(keys()).isNotEmpty();
        for (Chart chart : Chart.values()) {
            for (ShareQuery query : queries) {
                assertThat(seeded().draw(chart, query)).as(chart + " " + query).isEqualTo(ofHours.draw(chart, query));
            }
        }
    }

    private static Set<String> keys() {
        return SEED.rollups().stream()
                .map(RollupRow::key)
                .distinct()
                .sorted()
                .limit(3)
                .collect(Collectors.toSet());
    }

    /** A ledger of which no day has been summed. */
    private record HoursOnly(LedgerSql ledger) implements LedgerSql {
        @Override
        public <T> List<T> rows(String sql, List<Object> parameters, Function<Row, T> reader) {
            return ledger.rows(sql, parameters, reader);
        }
    }

    @Test
    void pullsAreThoseOfTheStudies() {
        ShareQuery query = seeded().query
                .withTime(
                        LocalDate.of(2022, 1, 1).toEpochDay() * 24,
                        LocalDate.of(2025, 11, 1).toEpochDay() * 24)
                .withBucket(Bucket.MONTH);
        Drawn drawn = seeded().draw(Chart.PULLS, query);
        assertThat(only(drawn, "countries", "group", "CN")).containsEntry("pulls", 550_000_000L);
        assertThat(only(drawn, "countries", "group", "US")).containsEntry("pulls", 475_000_000L);
        assertThat(of(drawn, "cumulative", "group", "CN").getLast())
                .containsEntry("period", "2025-10-01")
                .containsEntry("cumulative", 550_000_000L);
        assertThat(of(drawn, "years", "year", "2023").getFirst())
                .containsEntry("group", "US")
                .containsEntry("share", share("0.6"));
        assertThat(of(drawn, "years", "year", "2023").get(1))
                .containsEntry("group", "CN")
                .containsEntry("share", share("0.25"));
        assertThat(of(drawn, "imported", "group", "CN").getFirst())
                .containsEntry("amount", new BigDecimal(550_000_000));
        Drawn later = seeded().draw(Chart.PULLS, query.withTime(query.from(), SeededLedger.PULLS_TO.toEpochDay() * 24));
        Map<String, @Nullable Object> alibaba = only(later, "labs", "lab", "qwen");
        assertThat((Long) alibaba.get("open_models")).isGreaterThan(400L);
        assertThat((Long) alibaba.get("pulls")).isGreaterThan(1_000_000_000L);
    }

    @Test
    void pullsEqualACountRowByRow() {
        ShareQuery query = seeded().query.withBucket(Bucket.MONTH).withTime(0, SeededLedger.PULLS_TO.toEpochDay() * 24);
        Drawn drawn = seeded().draw(Chart.PULLS, query);
        for (String quantization : List.of("bf16", "q4_k_m", "q8_0", "fp8", "awq")) {
            long counted = SEED.pulls().stream()
                    .filter(pull -> pull.quantization().equals(quantization))
                    .mapToLong(OutsideRows.Pull::pulls)
                    .sum();
            assertThat(only(drawn, "quantizations", "quantization", quantization))
                    .containsEntry("pulls", counted);
        }
        for (String lab : List.of("qwen", "deepseek", "meta-llama", "mistralai")) {
            long counted = SEED.pulls().stream()
                    .filter(pull -> pull.lab().equals(lab))
                    .mapToLong(OutsideRows.Pull::pulls)
                    .sum();
            assertThat(only(drawn, "labs", "lab", lab)).containsEntry("pulls", counted);
        }
    }

    @Test
    void everyChartIsDrawn() {
        for (Chart chart : Chart.values()) {
            Drawn drawn = seeded().draw(chart, seeded().query);
            assertThat(drawn.id()).isEqualTo(chart.id());
            assertThat(drawn.title()).isEqualTo(chart.title());
            assertThat(drawn.tables()).isNotEmpty();
            assertThat(drawn.notes()).as(chart.id()).isNotEmpty();
        }
    }

    @Test
    void oneKeySeesItsOwnOnly() {
        Drawn drawn = seeded().draw(Chart.OPEN_CLOSED, seeded().query.withKeys(java.util.Set.of("key07")));
        BigInteger counted = SEED.rollups().stream()
                .filter(row -> row.key().equals("key07"))
                .map(row -> Recount.amount(row, Measure.TOKENS))
                .reduce(BigInteger.ZERO, BigInteger::add);
        BigInteger shown = rows(drawn, "summary").stream()
                .map(row -> BigInteger.valueOf((Long) java.util.Objects.requireNonNull(row.get("amount"))))
                .reduce(BigInteger.ZERO, BigInteger::add);
        assertThat(shown).isEqualTo(counted);
        assertThat(rows(seeded().draw(Chart.OPEN_CLOSED, seeded().query.withKeys(java.util.Set.of())), "shares"))
                .isEmpty();
    }

    /** Events that go the way of all events, in the week after the seed, counted again one by one. */
    @Test
    void chartsOfEventsEqualACountOfTheEvents() {
        List<UsageEvent> events = SeededEvents.of(400);
        SeededEvents.write(events, database, store.folder());
        ShareQuery week = seeded().query
                .withTime(
                        SeededLedger.TO.toEpochDay() * 24,
                        SeededLedger.TO.plusWeeks(1).toEpochDay() * 24);
        for (Measure measure : Measure.values()) {
            Map<String, BigInteger> counted = new java.util.TreeMap<>();
            for (UsageEvent event : events) {
                String band = SeededCharts.band(event.offer().model());
                counted.merge(band, SeededEvents.amount(event, measure), BigInteger::add);
            }
            Drawn drawn = seeded().draw(Chart.OPEN_CLOSED, week.withMeasure(measure));
            counted.forEach((band, amount) -> assertThat(only(drawn, "shares", "group", band))
                    .containsEntry("amount", SeededCharts.shown(amount, measure))
                    .containsEntry("share", Recount.share(amount, Recount.sum(counted))));
        }
        Map<String, @Nullable Object> tools =
                rows(seeded().draw(Chart.TOOL_CALLS, week), "tools").getFirst();
        assertThat(tools)
                .containsEntry("requests", 400L)
                .containsEntry(
                        "tool_requests",
                        events.stream()
                                .filter(event -> event.reply().toolCalls() > 0)
                                .count());
        assertThat(rows(seeded().draw(Chart.OPERATIONS, week), "quality").getFirst())
                .containsEntry("told_share", share("0.75"))
                .containsEntry("estimated_share", share("0.25"));
        assertThat(rows(seeded().draw(Chart.OPERATIONS, week), "outcomes").stream()
                        .mapToLong(row -> (Long) java.util.Objects.requireNonNull(row.get("count")))
                        .sum())
                .isEqualTo(400);
    }
}
