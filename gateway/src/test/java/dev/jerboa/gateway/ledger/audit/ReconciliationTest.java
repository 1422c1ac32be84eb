package dev.jerboa.gateway.ledger.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolRates;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.io.StringReader;
import java.time.Instant;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ReconciliationTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 28);

    private static UsageEvent event(
            String id, String time, String model, String provider, String version, Usage usage) {
        return new UsageEvent(
                id,
                Instant.parse(time),
                "n1",
                new UsageEvent.Payer("k", "a", "", ""),
                new UsageEvent.Asked("chat", model, 1, ""),
                new UsageEvent.Offer(provider + ":" + model, model, provider, version),
                List.of(new Attempt(provider + ":" + model, 200, "ok", 1, true)),
                UsageEvent.Used.of(usage, Quality.PROVIDER),
                UsageEvent.Cost.of(Events.RATES.costNanos(usage)),
                new UsageEvent.Reply(false, 1, 0, 1, 1),
                UsageEvent.Outcome.STOP);
    }

    private static final List<UsageEvent> EVENTS = List.of(
            event("1", "2026-11-28T00:00:00Z", "ds/flash", "ds", "v1", new Usage(1000, 500, 0, 0, 200, 50)),
            event("2", "2026-11-28T23:59:59Z", "ds/flash", "ds", "v1", new Usage(3000, 0, 0, 0, 300, 0)),
            event("3", "2026-11-29T00:00:00Z", "ds/flash", "ds", "v1", new Usage(70, 0, 0, 0, 7, 0)),
            event("4", "2026-11-28T10:00:00Z", "ds/flash", "else", "v1", new Usage(9999, 0, 0, 0, 1, 0)),
            event("5", "2026-11-28T10:00:00Z", "ds/pro", "ds", "v1", new Usage(11, 0, 0, 0, 0, 0)));

    private static Reconciliation.Report report(List<UsageEvent> events, InvoiceForm form, String invoice) {
        try (TestStore store = TestStore.of(Database.Kind.SQLITE);
                Database database = store.open()) {
            ReratingTest.write(store, database, events);
            return run(database, form, invoice);
        }
    }

    private static Reconciliation.Report run(Database database, InvoiceForm form, String invoice) {
        return Reconciliation.run(
                new LedgerStore(database),
                Events.RATER,
                "ds",
                DAY,
                DAY.plusDays(1),
                new StringReader(invoice),
                "invoice.csv",
                form);
    }

    @ParameterizedTest
    @EnumSource
    void whatAgreesDiffersByNothingAndTheRestIsTold(Database.Kind kind) {
        String invoice = "\uFEFFUsage Date,Model,Token type,Region,Tokens,Cost USD\r\n"
                + "2026-11-28T00:00:00Z,flash,Input,eu,\"4,000\",0.0006\r\n"
                + "2026-11-28,flash,cached-input,eu,500,$0.0000015\r\n"
                + "2026-11-28,flash,output,\"a \"\"b\"\"\n c\",600,0.00036\r\n"
                + "2026-11-28,other model,output,,10,1\r\n"
                + "2026-11-27,flash,output,,10,1\r\n"
                + "\r\n";
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            ReratingTest.write(store, database, EVENTS);
            Reconciliation.Report report = run(database, InvoiceForm.COMMON, invoice);
            Set<TokenClass> output = EnumSet.of(TokenClass.OUTPUT, TokenClass.REASONING);
            assertThat(report.unpriced()).isZero();
            assertThat(report.lines())
                    .containsExactly(
                            new Reconciliation.Line(
                                    DAY,
                                    "ds/flash",
                                    Set.of(TokenClass.INPUT),
                                    Reconciliation.Side.BOTH,
                                    4000,
                                    4000,
                                    600_000,
                                    600_000),
                            new Reconciliation.Line(
                                    DAY,
                                    "ds/flash",
                                    Set.of(TokenClass.CACHE_READ),
                                    Reconciliation.Side.BOTH,
                                    500,
                                    500,
                                    1500,
                                    1500),
                            new Reconciliation.Line(
                                    DAY, "ds/flash", output, Reconciliation.Side.BOTH, 600, 550, 360_000, 330_000),
                            new Reconciliation.Line(
                                    DAY,
                                    "ds/pro",
                                    Set.of(TokenClass.INPUT),
                                    Reconciliation.Side.LEDGER,
                                    0,
                                    11,
                                    0,
                                    1650),
                            new Reconciliation.Line(
                                    DAY, "other model", output, Reconciliation.Side.INVOICE, 10, 0, 1_000_000_000, 0));
            assertThat(report.differences()).hasSize(3);
            assertThat(report.deltaNanos()).isEqualTo(30_000 - 1650 + 1_000_000_000);
        }
    }

    /** Tools are lines of their own, and what attempts without a reply may have cost is beside all lines. */
    @ParameterizedTest
    @EnumSource
    void toolsAndAttemptsWithoutAReply(Database.Kind kind) {
        Rates rates = Events.RATES.withTools(new ToolRates(10_000_000, ToolRates.UNSAID, 2_500_000));
        Rater rater = new Rater() {
            @Override
            public Optional<Rates> rates(
                    String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
                return Optional.of(rates);
            }

            @Override
            public Optional<Rates> dearestOfWeek(
                    String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
                return Optional.of(rates);
            }
        };
        UsageEvent searched = beside(
                event("1", "2026-11-28T01:00:00Z", "ds/flash", "ds", "v1", new Usage(100, 0, 0, 0, 10, 0)),
                List.of(
                        new Attempt("ds:ds/pro:fast", 0, "idle", 1, true, 7_000),
                        new Attempt("else:ds/pro", 0, "idle", 1, true, 9_000),
                        new Attempt("ds:ds/flash", 200, "ok", 1, true)),
                new Service("", new ToolUses(3, 2, 0)),
                "web_fetch");
        UsageEvent elsewhere = beside(
                event("2", "2026-11-28T02:00:00Z", "ds/flash", "else", "v1", new Usage(1, 0, 0, 0, 1, 0)),
                List.of(
                        new Attempt("ds:ds/pro", 0, "cut", 1, true, 500),
                        new Attempt("else:ds/flash", 200, "ok", 1, true)),
                Service.NONE,
                "");
        String invoice = "date,model,type,quantity,cost\n2026-11-28,flash,web search,4,0.04\n"
                + "2026-11-28,flash,input,100,0.000015\n2026-11-28,flash,output,10,0.000006\n";
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            ReratingTest.write(store, database, List.of(searched, elsewhere));
            Reconciliation.Report report = Reconciliation.run(
                    new LedgerStore(database),
                    rater,
                    "ds",
                    DAY,
                    DAY.plusDays(1),
                    new StringReader(invoice),
                    "invoice.csv",
                    InvoiceForm.COMMON);
            assertThat(report.differences())
                    .containsExactly(
                            new Reconciliation.Line(
                                    DAY,
                                    "ds/flash",
                                    Set.of(TokenClass.WEB_SEARCH),
                                    Reconciliation.Side.BOTH,
                                    4,
                                    3,
                                    40_000_000,
                                    30_000_000),
                            new Reconciliation.Line(
                                    DAY,
                                    "ds/flash",
                                    Set.of(TokenClass.WEB_FETCH),
                                    Reconciliation.Side.LEDGER,
                                    0,
                                    2,
                                    0,
                                    0));
            assertThat(report.unsaid()).isEqualTo(1);
            assertThat(report.possible()).containsExactly(new Reconciliation.Possible(DAY, "ds/pro", 2, 7_500));
            assertThat(report.possibleNanos()).isEqualTo(7_500);
        }
    }

    private static UsageEvent beside(UsageEvent event, List<Attempt> attempts, Service service, String unpriced) {
        return new UsageEvent(
                event.id(),
                event.at(),
                event.node(),
                event.payer(),
                event.asked(),
                event.offer(),
                attempts,
                new UsageEvent.Used(event.used().tokens(), service, event.used().quality()),
                new UsageEvent.Cost(event.cost().nanos(), event.cost().upstreamNanos(), unpriced),
                event.reply(),
                event.outcome());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void reasoningIsApartWhereTheInvoiceSaysSo(boolean apart) {
        String invoice = "date,model,type,tokens,cost\n2026-11-28,x,output,500,0.0003\n"
                + (apart ? "2026-11-28,x,reasoning,50,0.00003\n" : "");
        Reconciliation.Report report = report(EVENTS, InvoiceForm.COMMON.withModels(Map.of("x", "ds/flash")), invoice);
        Reconciliation.Line output = report.lines().stream()
                .filter(line -> line.classes().contains(TokenClass.OUTPUT))
                .findFirst()
                .orElseThrow();
        assertThat(output.ledgerTokens()).isEqualTo(apart ? 500 : 550);
        assertThat(output.deltaTokens()).isEqualTo(apart ? 0 : -50);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "date,model,type,tokens",
                "date,model,type,tokens,cost\n28.11.2026,m,input,1,1",
                "date,model,type,tokens,cost\n2026-11-28,m,sound,1,1",
                "date,model,type,tokens,cost\n2026-11-28,m,input,1.5,1",
                "date,model,type,tokens,cost\n2026-11-28,m,input,1,1e99",
                "date,model,type,tokens,cost\n2026-11-28,m,input,1,\"1,50\"",
                "date,model,type,tokens,cost\n2026-11-28,m,input,1,\"1.234,50\"",
                "date,model,type,tokens,cost\n2026-11-2811,m,input,1,1",
                "date,model,type,tokens,cost\n2026-11-28,m,input,1",
                "date,model,type,tokens,cost\n2026-11-28,\"m\"x,input,1,1"
            })
    void whatIsNoInvoiceIsRefusedWithItsLine(String text) {
        assertThatThrownBy(() -> report(List.of(), InvoiceForm.COMMON, text))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("invoice.csv:")
                .hasMessageContaining("expected");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 5000})
    void sizesAreBounded(int size) {
        String head = "date,model,type,tokens,cost\n2026-11-28,";
        assertThatThrownBy(() -> report(List.of(), InvoiceForm.COMMON, head + ",".repeat(size)))
                .isInstanceOf(GatewayException.class);
        assertThatThrownBy(() -> report(List.of(), InvoiceForm.COMMON, head + "x".repeat(size * 30)))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("at most 4096");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "unknown"})
    void pricesThatAreNotKnownAreSaid(String version) {
        Reconciliation.Report report = report(
                List.of(event("9", "2026-11-28T10:00:00Z", "ds/flash", "ds", version, Usage.of(10, 0))),
                InvoiceForm.COMMON,
                "date,model,type,tokens,cost\n");
        assertThat(report.unpriced()).isEqualTo(version.equals("v1") ? 0 : 1);
        assertThat(report.lines().getFirst().ledgerTokens()).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-27T23:30:00-01:00, true",
        "2026-11-28T00:30:00+01:00, false",
        "2026-11-28 23:59:59.5+00:00, true",
        "2026-11-28 10:00, true"
    })
    void daysAreThoseOfUtc(String date, boolean counts) {
        Reconciliation.Report report = report(
                List.of(),
                InvoiceForm.COMMON,
                "date,model,type,tokens,cost\n" + date + ",m,input,\"1,234\",\"$1,000.5\"");
        assertThat(report.lines()).hasSize(counts ? 1 : 0);
        if (counts) {
            assertThat(report.lines().getFirst().invoiceTokens()).isEqualTo(1234);
            assertThat(report.deltaNanos()).isEqualTo(1_000_500_000_000L);
        }
    }
}
