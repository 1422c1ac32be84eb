package dev.jerboa.server.market;

import static dev.jerboa.server.market.MarketServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.share.SeededEvents;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.model.json.Json;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** An invoice against the ledger, over a real socket: what differs is told exactly, and what is no invoice is refused in words. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InvoicesTest {
    private static final String ADDRESS = "/v1/analytics/reconciliation";
    private static final String OF_NOVEMBER = ADDRESS + "?provider=deepseek&from=2026-11-01&to=2026-12-01";
    private static final String NAMES = "date,model,token_type,tokens,cost\n";
    /** The ledger has 20 tokens of input and 40 of output on that day, 10 and 20 on the next. */
    private static final String INVOICE = NAMES
            + "2026-11-29,v4,input,20,0.000003\n"
            + "2026-11-29,v4,output,45,0.000027\n"
            + "2026-11-29,ghost,output,7,1\n";

    private final MarketServer server = new MarketServer(Database.Kind.SQLITE, MarketOptions.defaults());

    @BeforeAll
    void write() {
        SeededEvents.write(
                List.of(
                        Events.event("01INVOICE1"),
                        Events.event("01INVOICE2"),
                        Events.event("01INVOICE3", Events.TIME.plus(Duration.ofDays(1)), "k1", "a1", 100)),
                server.database,
                server.store.folder());
    }

    @AfterAll
    void close() {
        server.close();
    }

    private HttpResponse<String> sent(String address, String invoice) {
        return server.send("POST", server.admin, address, invoice, "Content-Type", "text/csv");
    }

    /** The rows of a table, each as its values in words. */
    private static List<String> rows(HttpResponse<String> response, int table) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        List<@Nullable Object> tables = Json.asList(json(response).get("tables"), "tables");
        return Json.asList(Json.asObject(tables.get(table), "table").get("rows"), "rows").stream()
                .map(String::valueOf)
                .toList();
    }

    @Test
    void whatDiffersIsTold() {
        HttpResponse<String> response = sent(OF_NOVEMBER, INVOICE);
        assertThat(rows(response, 0)).containsExactly("[72, 90, -18, 1.00003, 4.05E-5, 0.9999895]");
        assertThat(rows(response, 1))
                .containsExactly(
                        "[ghost, output + reasoning, 7, 0, 7, 1.0, 0.0, 1.0]",
                        "[deepseek/v4, output, 0, 20, -20, 0.0, 1.2E-5, -1.2E-5]",
                        "[deepseek/v4, output + reasoning, 45, 40, 5, 2.7E-5, 2.4E-5, 3.0E-6]",
                        "[deepseek/v4, input, 20, 30, -10, 3.0E-6, 4.5E-6, -1.5E-6]");
        assertThat(rows(response, 2))
                .containsExactly(
                        "[2026-11-29, deepseek/v4, output + reasoning, both, 45, 40, 5, 2.7E-5, 2.4E-5, 3.0E-6]",
                        "[2026-11-29, ghost, output + reasoning, invoice, 7, 0, 7, 1.0, 0.0, 1.0]",
                        "[2026-11-30, deepseek/v4, input, ledger, 0, 10, -10, 0.0, 1.5E-6, -1.5E-6]",
                        "[2026-11-30, deepseek/v4, output, ledger, 0, 20, -20, 0.0, 1.2E-5, -1.2E-5]");
        assertThat(response.body()).contains("is not kept").doesNotContain("prices that are not known");
    }

    /** What attempts without a reply may have cost is beside what differs, and said in words. */
    @Test
    void attemptsWithoutAReplyMayExplainADifference() {
        UsageEvent event = Events.event("01INVOICE4", Events.TIME.plus(Duration.ofDays(20)), "k1", "a1", 0);
        List<Attempt> attempts = List.of(
                new Attempt("deepseek:deepseek/v4", 0, "idle", 3, true, 4_000_000),
                new Attempt("deepseek:deepseek/v4", 0, "cut", 3, true, 1_000_000));
        SeededEvents.write(List.of(Events.unanswered(event, attempts)), server.database, server.store.folder());
        HttpResponse<String> response = sent(
                ADDRESS + "?provider=deepseek&from=2026-12-15&to=2026-12-25", NAMES + "2026-12-19,v4,input,10,0.003\n");
        assertThat(rows(response, 3)).containsExactly("[2026-12-19, deepseek/v4, 2, 0.005]");
        assertThat(response.body()).contains("for 2 of them, by estimate at most $0.005");
    }

    @Test
    void aTableIsAFileToo() {
        HttpResponse<String> response = sent(OF_NOVEMBER + "&format=csv&table=differences", INVOICE);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/csv; charset=utf-8");
        assertThat(response.body().lines())
                .hasSize(5)
                .first()
                .isEqualTo(
                        "day,model,token_class,side,invoice_tokens (tokens),ledger_tokens (tokens),tokens_difference (tokens),invoice_cost (dollars),ledger_cost (dollars),difference (dollars)");
    }

    @Test
    void whatAnInvoiceMayBeLikeIsTold() {
        HttpResponse<String> response = server.get(server.admin, ADDRESS);
        assertThat(response.body()).contains("\"providers\": [\"deepseek\", \"openai\", \"together\"]", "usage_date");
        assertThat(server.get(server.usage, ADDRESS).statusCode()).isEqualTo(403);
    }

    @Test
    void whatIsNoInvoiceIsRefusedInWords() {
        assertThat(server.send("POST", server.usage, OF_NOVEMBER, INVOICE).statusCode())
                .isEqualTo(403);
        assertThat(server.send("POST", null, OF_NOVEMBER, INVOICE).statusCode()).isEqualTo(401);
        refused(400, OF_NOVEMBER, NAMES + "2026-11-29,v4,input,many,1\n", "the invoice:2: found 'many'");
        refused(400, OF_NOVEMBER, "a,b\n1,2\n", "one for the date");
        refused(400, OF_NOVEMBER, "", "one for the date");
        refused(400, OF_NOVEMBER, NAMES + (line(Long.MAX_VALUE) + "\n").repeat(2), "add up to more");
        refused(400, ADDRESS + "?provider=deepsek&from=2026-11-01&to=2026-12-01", INVOICE, "expected one of");
        refused(400, ADDRESS + "?provider=deepseek&from=2026-11-01", INVOICE, "to: expected a date");
        refused(400, ADDRESS + "?provider=deepseek&from=2026-11-01&to=2026-11-01", INVOICE, "day behind the last");
        refused(400, ADDRESS + "?provider=deepseek&from=2024-11-01&to=2026-11-01", INVOICE, "day behind the last");
        refused(413, OF_NOVEMBER, NAMES + (line(1) + "\n").repeat(400_000), "longer than");
    }

    private static String line(long tokens) {
        return "2026-11-29,v4,input," + tokens + ",1";
    }

    private void refused(int status, String address, String invoice, String words) {
        HttpResponse<String> response = sent(address, invoice);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains(words);
    }
}
