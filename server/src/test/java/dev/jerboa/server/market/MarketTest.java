package dev.jerboa.server.market;

import static dev.jerboa.server.market.MarketServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.share.Recount;
import dev.jerboa.gateway.share.SeededCharts;
import dev.jerboa.gateway.share.SeededEvents;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.seed.SeededLedger;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.model.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The headline figures over a real socket, equal to a count row by row; and everything else that the market answers. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MarketTest {
    private static final String TIME = "from=" + SeededLedger.FROM + "&to=" + SeededLedger.TO + "&top=50";

    private final MarketServer server;

    MarketTest(Database.Kind kind) {
        server = new MarketServer(kind, new MarketOptions(false, true, false, false));
    }

    @AfterAll
    void close() {
        server.close();
    }

    private Map<String, @Nullable Object> chart(String id, String query) {
        HttpResponse<String> response = server.get(server.admin, "/v1/analytics/charts/" + id + "?" + query);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response);
    }

    /** A table's rows by column, as the JSON has them. */
    private static List<Map<String, @Nullable Object>> rows(Map<String, @Nullable Object> chart, String table) {
        for (Object one : Json.asList(chart.get("tables"), "tables")) {
            Map<String, @Nullable Object> found = Json.asObject(one, "table");
            if (table.equals(found.get("id"))) {
                List<Map<String, @Nullable Object>> rows = new ArrayList<>();
                List<@Nullable Object> columns = Json.asList(found.get("columns"), "columns");
                for (Object row : Json.asList(found.get("rows"), "rows")) {
                    Map<String, @Nullable Object> named = new HashMap<>();
                    List<@Nullable Object> values = Json.asList(row, "row");
                    for (int i = 0; i < values.size(); i++) {
                        named.put(
                                String.valueOf(
                                        Json.asObject(columns.get(i), "column").get("id")),
                                values.get(i));
                    }
                    rows.add(named);
                }
                return rows;
            }
        }
        throw new AssertionError("no table " + table);
    }

    private static Map<String, @Nullable Object> only(
            Map<String, @Nullable Object> chart, String table, String column, String value) {
        return rows(chart, table).stream()
                .filter(row -> value.equals(row.get(column)))
                .reduce((a, b) -> {
                    throw new AssertionError("two rows " + value);
                })
                .orElseThrow();
    }

    @Test
    void theHeadlineFigures() {
        Map<String, @Nullable Object> shares = chart("open-closed", TIME);
        assertThat(only(shares, "summary", "group", "cn-open"))
                .containsEntry("first_share", 0.012)
                .containsEntry("peak_share", 0.3)
                .containsEntry("mean_share", 0.13);
        assertThat(only(shares, "summary", "group", "other-open")).containsEntry("mean_share", 0.137);
        assertThat(only(shares, "summary", "group", "closed")).containsEntry("last_share", 0.7);
        Map<String, @Nullable Object> volume = chart("lab-volume", TIME + "&open=true");
        assertThat(rows(volume, "lead").getFirst())
                .containsEntry("lab", "deepseek")
                .containsEntry("amount", 14_370_000_000_000L)
                .containsEntry("next_four_amount", 14_120_000_000_000L)
                .containsEntry("more", true);
        assertThat(only(volume, "labs", "lab", "qwen")).containsEntry("amount", 5_590_000_000_000L);
        assertThat(only(volume, "labs", "lab", "meta-llama")).containsEntry("amount", 3_960_000_000_000L);
        Map<String, @Nullable Object> pulls = chart("pulls", "bucket=month&from=2022-01-01&to=2025-11-01");
        assertThat(only(pulls, "countries", "group", "CN")).containsEntry("pulls", 550_000_000L);
        assertThat(only(pulls, "countries", "group", "US")).containsEntry("pulls", 475_000_000L);
        assertThat(rows(pulls, "years"))
                .anySatisfy(row -> assertThat(row)
                        .containsEntry("year", "2023")
                        .containsEntry("group", "US")
                        .containsEntry("share", 0.6))
                .anySatisfy(row -> assertThat(row)
                        .containsEntry("year", "2023")
                        .containsEntry("group", "CN")
                        .containsEntry("share", 0.25));
        assertThat(rows(pulls, "imported"))
                .anySatisfy(row -> assertThat(row)
                        .containsEntry("name", "downloads-cumulative")
                        .containsEntry("group", "CN")
                        .containsEntry("amount", 550_000_000L));
        Map<String, @Nullable Object> alibaba =
                only(chart("pulls", "bucket=month&from=2022-01-01&to=2026-04-01"), "labs", "lab", "qwen");
        assertThat((Long) alibaba.get("open_models")).isGreaterThan(400);
        assertThat((Long) alibaba.get("pulls")).isGreaterThan(1_000_000_000L);
    }

    @Test
    void jsonEqualsACountRowByRow() {
        for (Measure measure : Measure.values()) {
            Map<String, Map<String, BigInteger>> counted = Recount.by(
                    SeededCharts.SEED.rollups(), row -> true, Recount::week, RollupRow::payerCountry, measure);
            int compared = 0;
            for (Map<String, @Nullable Object> row :
                    rows(chart("payer-country", TIME + "&measure=" + measure.text()), "shares")) {
                Map<String, BigInteger> week = Objects.requireNonNull(counted.get(String.valueOf(row.get("period"))));
                BigInteger amount = week.getOrDefault(String.valueOf(row.get("group")), BigInteger.ZERO);
                if (measure == Measure.COST) {
                    assertThat(((Number) Objects.requireNonNull(row.get("amount"))).doubleValue())
                            .isEqualTo(new BigDecimal(amount, 9).doubleValue());
                } else {
                    assertThat(row).containsEntry("amount", amount.longValueExact());
                }
                assertThat(((Number) Objects.requireNonNull(row.get("share"))).doubleValue())
                        .isEqualTo(Recount.share(amount, Recount.sum(week)).doubleValue());
                compared++;
            }
            assertThat(compared).isEqualTo(56 * 7);
        }
    }

    @Test
    void csvIsTheSameTableAndNoSpreadsheetRunsIt() {
        HttpResponse<String> response =
                server.get(server.admin, "/v1/analytics/charts/apps?format=csv&table=summary&" + TIME);
        assertThat(response.headers().firstValue("content-type")).hasValue("text/csv; charset=utf-8");
        assertThat(response.headers().firstValue("content-disposition"))
                .hasValue("attachment; filename=\"apps-summary.csv\"");
        assertThat(response.body()).startsWith("group,amount (tokens),share (share),");
        assertThat(response.body().lines())
                .hasSize(7)
                .anySatisfy(line ->
                        assertThat(line).startsWith("\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"look\"\")\","));
        assertThat(response.body().lines()).noneMatch(line -> line.matches("\"?[=+@-].*"));
        assertThat(server.get(server.admin, "/v1/analytics/charts/apps?table=none&format=csv")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void whatTheClientHasIsNotSentAgain() {
        String path = "/v1/analytics/charts/lab-country?" + TIME;
        String tag = server.get(server.admin, path).headers().firstValue("etag").orElseThrow();
        HttpResponse<String> again = server.get(server.admin, path, "If-None-Match", tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(server.get(server.admin, path + "&measure=bytes", "If-None-Match", tag)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void questionsAreBoundedAndErrorsNameWhatIsWrong() {
        String base = "/v1/analytics/charts/open-closed?";
        Map<String, String> wrong = Map.of(
                "from=yesterday", "from",
                "bucket=year", "hour, day, week, month",
                "measure=words", "tokens, bytes, requests, cost",
                "from=2025-02-01&to=2025-01-01", "beginning before the end",
                "from=1990-01-01&bucket=hour", "2000 periods",
                "top=51", "1 to 50",
                "country=china", "two capital letters",
                "view=later", "then or now",
                "format=xml", "json or csv",
                "open=perhaps", "true or false");
        wrong.forEach((query, message) -> {
            HttpResponse<String> response = server.get(server.admin, base + query);
            assertThat(response.statusCode()).as(query).isEqualTo(400);
            assertThat(response.body()).as(query).contains(message);
        });
        assertThat(server.get(server.admin, "/v1/analytics/charts/none").statusCode())
                .isEqualTo(404);
        assertThat(server.send("POST", server.admin, "/v1/analytics/charts", "{}")
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void scopesAreKept() {
        assertThat(server.send("GET", null, "/v1/analytics/charts", null).statusCode())
                .isEqualTo(401);
        assertThat(server.get(server.inference, "/v1/analytics/charts").statusCode())
                .isEqualTo(403);
        assertThat(server.get(server.usage, "/v1/analytics/charts").body()).doesNotContain("operations");
        assertThat(server.get(server.usage, "/v1/analytics/charts/operations").statusCode())
                .isEqualTo(403);
        assertThat(server.get(server.usage, "/v1/analytics/charts/budgets").statusCode())
                .isEqualTo(403);
        // The team has used nothing of the seed, whose keys are nobody's.
        HttpResponse<String> own = server.get(server.usage, "/v1/analytics/charts/open-closed?" + TIME);
        assertThat(rows(json(own), "shares")).isEmpty();
        for (String path : List.of("/v1/keys", "/v1/budgets", "/v1/accounts")) {
            assertThat(server.get(server.usage, path).statusCode()).as(path).isEqualTo(403);
        }
        assertThat(server.send("POST", server.usage, "/v1/keys", "{\"name\": \"x\"}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.send(
                                "DELETE",
                                server.usage,
                                "/v1/keys/" + server.usage.key().id(),
                                null)
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.get(server.inference, "/v1/key").statusCode()).isEqualTo(200);
    }

    @Test
    void offersHaveThePricesOfTheHour() {
        HttpResponse<String> response = server.get(server.inference, "/api/v1/models/deepseek/flash/endpoints");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body())
                .contains("\"id\": \"deepseek/flash\"")
                .contains("\"prompt\": \"0.00000015\"")
                .contains("\"completion\": \"0.0000006\"")
                .contains("\"input_cache_read\": \"0.000000003\"")
                .contains("\"tag\": \"together:deepseek/flash\"")
                .doesNotContain("openai/big");
        assertThat(server.get(server.inference, "/v1/models/deepseek/none/endpoints")
                        .statusCode())
                .isEqualTo(404);
    }

    /** The numbers are reckoned by hand: prices are 0.15 and 0.60, 0.20 and 0.80, 1.25 and 10 dollars a million. */
    @Test
    void aWorkloadCostsWhatItsRequestsWouldCost() {
        Map<String, @Nullable Object> drawn = json(server.get(
                server.inference,
                "/v1/analytics/workload?requests=1000&prompt=10000&cached=5000&output=1000&at=2025-12-08T10:30:00Z"));
        List<Map<String, @Nullable Object>> rows = rows(drawn, "workload");
        assertThat(rows.get(0))
                .containsEntry("endpoint", "deepseek:deepseek/flash")
                .containsEntry("now", 1.365) // 1000 × (5000 × 0.15 + 5000 × 0.003 + 1000 × 0.6) / 10⁶
                .containsEntry("cheapest", 1.365)
                .containsEntry("dearest", 2.73)
                .containsEntry("fits", true);
        assertThat(rows.get(1))
                .containsEntry("endpoint", "together:deepseek/flash")
                .containsEntry("now", 1.9);
        assertThat(rows.get(2)).containsEntry("endpoint", "openai:openai/big").containsEntry("now", 16.876);
        Map<String, @Nullable Object> peak = json(server.get(
                server.inference,
                "/v1/analytics/workload?requests=1&prompt=150000&output=9000&open=true&at=2025-12-09T01:00:00Z"));
        assertThat(rows(peak, "workload")).hasSize(2);
        assertThat(rows(peak, "workload").getFirst())
                .containsEntry("fits", false)
                .containsEntry("cheapest_hour", "2025-12-09T01:00:00Z");
        assertThat(server.get(server.inference, "/v1/analytics/workload?prompt=5&cached=6")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void keysAreMadeShownOnceChangedTurnedAndDeleted() {
        HttpResponse<String> made = server.send(
                "POST",
                server.admin,
                "/v1/keys",
                "{\"name\": \"batch\", \"account\": \"team\", \"category\": \"coding\", \"limit\": 12.5, \"limit_reset\": \"monthly\","
                        + " \"scopes\": [\"inference\"], \"requests_per_minute\": 60}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String secret = String.valueOf(json(made).get("key"));
        String id = String.valueOf(Json.asObject(json(made).get("data"), "data").get("hash"));
        assertThat(secret.length()).isGreaterThan(20);
        HttpResponse<String> listed = server.get(server.admin, "/v1/keys");
        assertThat(listed.body()).contains(id).doesNotContain(secret);
        assertThat(data(server.get(server.admin, "/v1/keys/" + id)))
                .containsEntry("limit", 12.5)
                .containsEntry("limit_reset", "monthly")
                .containsEntry("category", "coding")
                .containsEntry("requests_per_minute", 60L)
                .containsEntry("disabled", false);
        assertThat(data(server.send("PATCH", server.admin, "/v1/keys/" + id, "{\"disabled\": true, \"limit\": null}")))
                .containsEntry("disabled", true)
                .containsEntry("limit", null)
                .containsEntry("requests_per_minute", 60L)
                .containsEntry("name", "batch");
        HttpResponse<String> turned = server.send("POST", server.admin, "/v1/keys/" + id + "/rotate", "{}");
        assertThat(json(turned).get("key")).isNotEqualTo(secret);
        assertThat(server.send("DELETE", server.admin, "/v1/keys/" + id, null).statusCode())
                .isEqualTo(200);
        assertThat(server.get(server.admin, "/v1/keys/" + id).statusCode()).isEqualTo(404);
        for (String body : List.of(
                "{}",
                "{\"name\": \"x\", \"scopes\": [\"root\"]}",
                "{\"name\": \"x\", \"limit\": -1}",
                "{\"name\": \"x\", \"limit_reset\": \"yearly\"}",
                "{\"name\": \"x\", \"surprise\": 1}",
                "{\"name\": \"x\", \"account\": \"nobody\"}",
                "{\"name\": \"x\", \"limit\": 0.0000000001}")) {
            assertThat(server.send("POST", server.admin, "/v1/keys", body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
    }

    private static Map<String, @Nullable Object> data(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.asObject(json(response).get("data"), "data");
    }

    @Test
    void budgetsAreMadeListedAndDeleted() {
        assertThat(data(server.send(
                        "PUT",
                        server.admin,
                        "/v1/budgets/team-month",
                        "{\"owner_kind\": \"account\", \"owner\": \"team\", \"limit\": 100, \"period\": \"month\"}")))
                .containsEntry("limit", 100.0)
                .containsEntry("left", 100.0)
                .containsEntry("start", "2025-12-01T00:00:00Z");
        assertThat(server.get(server.admin, "/v1/budgets").body()).contains("team-month");
        assertThat(server.send("DELETE", server.admin, "/v1/budgets/team-month", null)
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.send("DELETE", server.admin, "/v1/budgets/team-month", null)
                        .statusCode())
                .isEqualTo(404);
        assertThat(server.send("PUT", server.admin, "/v1/budgets/b", "{\"owner\": \"nobody\", \"limit\": 1}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void activityGenerationsAndRankings() {
        List<UsageEvent> events = SeededEvents.of(200);
        SeededEvents.write(events, server.database, server.store.folder());
        List<@Nullable Object> activity = Json.asList(
                json(server.get(server.admin, "/v1/activity?date=2025-12-01")).get("data"), "data");
        long requests = activity.stream()
                .mapToLong(row ->
                        (Long) Objects.requireNonNull(Json.asObject(row, "row").get("requests")))
                .sum();
        assertThat(requests)
                .isEqualTo(events.stream()
                        .filter(event -> event.at().toString().startsWith("2025-12-01"))
                        .count());
        assertThat(server.get(server.admin, "/v1/activity?date=2024-12-01").statusCode())
                .isEqualTo(400);
        assertThat(Json.asList(json(server.get(server.usage, "/v1/activity")).get("data"), "data"))
                .isEmpty();

        UsageEvent event = events.getFirst();
        assertThat(data(server.get(server.admin, "/api/v1/generation?id=" + event.id())))
                .containsEntry("native_tokens_prompt", event.used().tokens().prompt())
                .containsEntry("native_tokens_reasoning", event.used().tokens().reasoning())
                .containsEntry("finish_reason", event.outcome().finish())
                .containsEntry("native_finish_reason", event.outcome().nativeFinish())
                .containsEntry("streamed", true);
        assertThat(server.get(server.usage, "/v1/generation?id=" + event.id()).statusCode())
                .isEqualTo(404);
        assertThat(server.get(server.admin, "/v1/generation?id=%27%20OR%201%3D1")
                        .statusCode())
                .isIn(400, 404);

        HttpResponse<String> rankings =
                server.get(server.inference, "/v1/datasets/rankings-daily?start_date=2025-11-24&end_date=2025-11-24");
        List<@Nullable Object> rows = Json.asList(json(rankings).get("data"), "data");
        BigInteger ranked = rows.stream()
                .map(row ->
                        new BigInteger(String.valueOf(Json.asObject(row, "row").get("total_tokens"))))
                .reduce(BigInteger.ZERO, BigInteger::add);
        BigInteger counted = SeededCharts.SEED.rollups().stream()
                .filter(row ->
                        row.hour() / 24 == java.time.LocalDate.of(2025, 11, 24).toEpochDay())
                .map(row -> Recount.amount(row, Measure.TOKENS))
                .reduce(BigInteger.ZERO, BigInteger::add);
        assertThat(ranked).isEqualTo(counted);
        assertThat(server.get(server.inference, "/v1/datasets/app-rankings?start_date=2025-11-01&end_date=2025-11-30")
                        .body())
                .contains("\"app_name\": \"editor\"");
    }

    private Map<String, @Nullable Object> made(String body) {
        HttpResponse<String> made = server.send("POST", server.admin, "/v1/keys", body);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return Json.asObject(json(made).get("data"), "data");
    }

    private HttpResponse<String> patch(@Nullable Object key, String body) {
        return server.send("PATCH", server.admin, "/v1/keys/" + key, body);
    }

    @Test
    void halfOfALimitChangesThatHalf() {
        Object id = made("{\"name\": \"l\", \"account\": \"team\", \"limit\": 5, \"limit_reset\": \"daily\"}")
                .get("hash");
        assertThat(data(patch(id, "{\"limit\": 7}")))
                .containsEntry("limit", 7.0)
                .containsEntry("limit_reset", "daily");
        assertThat(data(patch(id, "{\"limit_reset\": \"weekly\"}")))
                .containsEntry("limit", 7.0)
                .containsEntry("limit_reset", "weekly");
        assertThat(data(patch(id, "{\"limit_reset\": null}")))
                .containsEntry("limit", 7.0)
                .containsEntry("limit_reset", null);
        assertThat(data(patch(id, "{\"limit\": null, \"limit_reset\": null}"))).containsEntry("limit", null);
        for (String body : List.of("{\"limit_reset\": \"daily\"}", "{\"limit\": null, \"limit_reset\": \"daily\"}")) {
            assertThat(patch(id, body).statusCode()).as(body).isEqualTo(400);
        }
        assertThat(server.send("POST", server.admin, "/v1/keys", "{\"name\": \"x\", \"limit_reset\": \"daily\"}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void aKeyMayBeMadeDisabledAndEndsInOurTime() {
        assertThat(made("{\"name\": \"off\", \"account\": \"team\", \"disabled\": true}"))
                .containsEntry("disabled", true);
        HttpResponse<String> late = server.send(
                "POST",
                server.admin,
                "/v1/keys",
                "{\"name\": \"x\", \"account\": \"team\", \"expires_at\": \"+999999999-12-31T23:59:59Z\"}");
        assertThat(late.statusCode()).as(late.body()).isEqualTo(400);
    }

    @Test
    void hoursAreOfThisWeekUnlessMoreIsAskedFor() {
        assertThat(chart("open-closed", "bucket=hour")).containsKey("tables");
    }

    @Test
    void samplesOfEverybodyAreForAdmins() {
        assertThat(server.get(server.usage, "/v1/analytics/charts/categories").statusCode())
                .isEqualTo(403);
        assertThat(chart("categories", TIME)).containsKey("tables");
    }
}
