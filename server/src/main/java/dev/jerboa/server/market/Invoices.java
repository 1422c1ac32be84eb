package dev.jerboa.server.market;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.audit.InvoiceForm;
import dev.jerboa.gateway.ledger.audit.Reconciliation;
import dev.jerboa.gateway.ledger.audit.TokenClass;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.StringReader;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

/**
 * A provider's invoice against the ledger: {@code /analytics/reconciliation}, for admins. The invoice is the body of the request, and
 * nothing of it is kept. One at a time, since every event of the time is read. Thread-safe.
 */
final class Invoices {
    private static final int MOST_BYTES = 8 << 20;
    private static final int MOST_DAYS = 366;
    /** The most rows of a table in an answer; the largest differences are first. */
    private static final int MOST_ROWS = 2_000;

    private final Access access;
    private final Ledgers ledgers;
    private final Semaphore place = new Semaphore(1);

    Invoices(Access access, Ledgers ledgers) {
        this.access = access;
        this.ledgers = ledgers;
    }

    /** What an invoice may be like. */
    void form(ServerRequest request, ServerResponse response) {
        access.of(request).require(Scope.ADMIN);
        InvoiceForm form = InvoiceForm.COMMON;
        Http.json(
                response,
                map(
                        "data",
                        map(
                                "providers",
                                providers(),
                                "columns",
                                map(
                                        "date",
                                        form.date(),
                                        "model",
                                        form.model(),
                                        "token_class",
                                        form.tokenClass(),
                                        "tokens",
                                        form.tokens(),
                                        "cost",
                                        form.cost()),
                                "classes",
                                form.classes().keySet().stream().sorted().toList(),
                                "most_bytes",
                                MOST_BYTES,
                                "most_days",
                                MOST_DAYS)));
    }

    private List<String> providers() {
        return ledgers.catalog().get().providers().stream()
                .map(Provider::id)
                .sorted()
                .toList();
    }

    void reconcile(ServerRequest request, ServerResponse response) {
        access.of(request).require(Scope.ADMIN);
        Asked asked = new Asked(request);
        String provider = provider(asked);
        LocalDate from = day(asked, "from");
        LocalDate to = day(asked, "to");
        long days = ChronoUnit.DAYS.between(from, to);
        if (days < 1 || days > MOST_DAYS) {
            throw HttpError.field(
                    "to",
                    "expected the day behind the last, 1 to " + MOST_DAYS + " days after " + from + ", found " + to);
        }
        if (!place.tryAcquire()) {
            throw HttpError.of(HttpError.Kind.OVERLOADED, "another invoice is being compared: try again in a moment");
        }
        Drawn drawn;
        try {
            drawn = compared(provider, from, to, Body.text(request, MOST_BYTES));
        } finally {
            place.release();
        }
        Export.send(request, response, drawn, map("provider", provider, "from", from.toString(), "to", to.toString()));
    }

    private Drawn compared(String provider, LocalDate from, LocalDate to, String invoice) {
        return Scoped.asked(() -> {
            try {
                return drawn(Reconciliation.run(
                        ledgers.store(),
                        ledgers.rater(),
                        provider,
                        from,
                        to,
                        new StringReader(invoice),
                        "the invoice",
                        InvoiceForm.COMMON));
            } catch (ArithmeticException e) {
                throw HttpError.of(
                        HttpError.Kind.BAD_REQUEST,
                        "the invoice: its tokens or its money add up to more than 2^63; are its columns in their places?");
            }
        });
    }

    private String provider(Asked asked) {
        String provider = asked.text("provider").orElse("");
        List<String> known = providers();
        if (!known.contains(provider)) {
            throw HttpError.field(
                    "provider",
                    "expected one of the catalogue's, " + known + ", found '" + provider
                            + "'; `jerboa ledger reconcile` takes those that have left it too");
        }
        return provider;
    }

    private static LocalDate day(Asked asked, String name) {
        if (asked.text(name).isEmpty()) {
            throw HttpError.field(name, "expected a date such as 2025-10-31, found none");
        }
        return asked.day(name, LocalDate.EPOCH);
    }

    private static Drawn drawn(Reconciliation.Report report) {
        List<Sum> models = models(report.lines());
        List<Reconciliation.Line> differences = report.differences();
        List<Note> notes = new ArrayList<>(List.of(
                Note.of(
                        "reconciliation",
                        "Days are those of UTC. The ledger's money is what the prices of the time say of each class of tokens and each tool, without prices of requests as such; a difference is what the invoice has more."),
                Note.of("reconciliation-kept", "The invoice was read and compared, and is not kept.")));
        if (report.unpriced() > 0) {
            notes.add(new Note(
                    "reconciliation-unpriced",
                    report.unpriced()
                            + " requests have prices that are not known: their tokens are counted and their money is not.",
                    Map.of("requests", report.unpriced())));
        }
        if (report.unsaid() > 0) {
            notes.add(new Note(
                    "reconciliation-unsaid",
                    report.unsaid()
                            + " requests had a service tier or a tool without a price: the one counts at usual prices, the other without money.",
                    Map.of("requests", report.unsaid())));
        }
        if (report.possibleAttempts() > 0) {
            notes.add(new Note(
                    "reconciliation-possible",
                    "Attempts that brought no reply are in no line, as nobody was charged for them here. The provider may have charged for "
                            + report.possibleAttempts() + " of them, by estimate at most $"
                            + Exact.dollars(report.possibleNanos()).toPlainString()
                            + ": so much of what the invoice has more may be theirs.",
                    Map.of("attempts", report.possibleAttempts(), "nanos", report.possibleNanos())));
        }
        long more = Math.max(0, models.size() - MOST_ROWS) + Math.max(0, differences.size() - MOST_ROWS);
        if (more > 0) {
            notes.add(new Note(
                    "reconciliation-more",
                    more + " rows with smaller differences are left out: a shorter time has fewer.",
                    Map.of("count", more)));
        }
        return new Drawn(
                "reconciliation",
                "An invoice against the ledger",
                List.of(whole(report.lines()), byModel(models), byDay(differences), possible(report)),
                notes);
    }

    /** Lines together. */
    private record Sum(
            String model,
            String tokenClass,
            long invoiceTokens,
            long ledgerTokens,
            long invoiceNanos,
            long ledgerNanos) {
        private static Sum none(String model, String tokenClass) {
            return new Sum(model, tokenClass, 0, 0, 0, 0);
        }

        private Sum plus(Reconciliation.Line line) {
            return new Sum(
                    model,
                    tokenClass,
                    Math.addExact(invoiceTokens, line.invoiceTokens()),
                    Math.addExact(ledgerTokens, line.ledgerTokens()),
                    Math.addExact(invoiceNanos, line.invoiceNanos()),
                    Math.addExact(ledgerNanos, line.ledgerNanos()));
        }

        private long deltaNanos() {
            return invoiceNanos - ledgerNanos;
        }

        private long deltaTokens() {
            return invoiceTokens - ledgerTokens;
        }
    }

    private static List<Sum> models(List<Reconciliation.Line> lines) {
        Map<List<String>, Sum> sums = new LinkedHashMap<>();
        for (Reconciliation.Line line : lines) {
            String classes = text(line.classes());
            List<String> of = List.of(line.model(), classes);
            sums.put(of, sums.getOrDefault(of, Sum.none(line.model(), classes)).plus(line));
        }
        return sums.values().stream()
                .sorted(Comparator.comparingLong((Sum sum) -> Math.abs(sum.deltaNanos()))
                        .thenComparingLong(sum -> Math.abs(sum.deltaTokens()))
                        .reversed()
                        .thenComparing(Sum::model)
                        .thenComparing(Sum::tokenClass))
                .toList();
    }

    /** Classes that an invoice counts together: {@code output + reasoning}. */
    private static String text(Set<TokenClass> classes) {
        return classes.stream()
                .sorted()
                .map(one -> one.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" + "));
    }

    private static Table whole(List<Reconciliation.Line> lines) {
        Sum all = Sum.none("", "");
        for (Reconciliation.Line line : lines) {
            all = all.plus(line);
        }
        Table.Draft table = figures(Table.of("whole", "Altogether"));
        table.row(
                all.invoiceTokens(),
                all.ledgerTokens(),
                all.deltaTokens(),
                Exact.dollars(all.invoiceNanos()),
                Exact.dollars(all.ledgerNanos()),
                Exact.dollars(all.deltaNanos()));
        return table.table();
    }

    private static Table.Draft figures(Table.Draft table) {
        return table.column("invoice_tokens", "Tokens, invoice", Unit.TOKENS)
                .column("ledger_tokens", "Tokens, ledger", Unit.TOKENS)
                .column("tokens_difference", "Tokens, difference", Unit.TOKENS)
                .column("invoice_cost", "Invoice", Unit.DOLLARS)
                .column("ledger_cost", "Ledger", Unit.DOLLARS)
                .column("difference", "Difference", Unit.DOLLARS);
    }

    private static Table byModel(List<Sum> models) {
        Table.Draft table = figures(Table.of("models", "By model and class of tokens")
                .column("model", "Model", Unit.TEXT)
                .column("token_class", "Class of tokens", Unit.TEXT));
        models.stream()
                .limit(MOST_ROWS)
                .forEach(sum -> table.row(
                        sum.model(),
                        sum.tokenClass(),
                        sum.invoiceTokens(),
                        sum.ledgerTokens(),
                        sum.deltaTokens(),
                        Exact.dollars(sum.invoiceNanos()),
                        Exact.dollars(sum.ledgerNanos()),
                        Exact.dollars(sum.deltaNanos())));
        return table.table();
    }

    /** What attempts without a reply may have cost, by day and model; the largest of more than an answer has room for. */
    private static Table possible(Reconciliation.Report report) {
        Table.Draft table = Table.of("possible", "Attempts without a reply, which may have been charged for")
                .column("day", "Day", Unit.TIME)
                .column("model", "Model", Unit.TEXT)
                .column("attempts", "Attempts", Unit.REQUESTS)
                .column("possible_cost", "Possible cost, at most", Unit.DOLLARS);
        report.possible().stream()
                .sorted(Comparator.comparingLong((Reconciliation.Possible one) -> -one.nanos()))
                .limit(MOST_ROWS)
                .sorted(Comparator.comparing(Reconciliation.Possible::day)
                        .thenComparing(Reconciliation.Possible::model))
                .forEach(one ->
                        table.row(one.day().toString(), one.model(), one.attempts(), Exact.dollars(one.nanos())));
        return table.table();
    }

    /** What differs, by day; of more than an answer has room for, the largest differences. */
    private static Table byDay(List<Reconciliation.Line> differences) {
        Table.Draft table = figures(Table.of("differences", "What differs, by day")
                .column("day", "Day", Unit.TIME)
                .column("model", "Model", Unit.TEXT)
                .column("token_class", "Class of tokens", Unit.TEXT)
                .column("side", "Who has it", Unit.TEXT));
        differences.stream()
                .sorted(Comparator.comparingLong((Reconciliation.Line line) -> -Math.abs(line.deltaNanos()))
                        .thenComparingLong(line -> -Math.abs(line.deltaTokens())))
                .limit(MOST_ROWS)
                .sorted(Comparator.comparing(Reconciliation.Line::day)
                        .thenComparing(Reconciliation.Line::model)
                        .thenComparing(line -> text(line.classes())))
                .forEach(line -> table.row(
                        line.day().toString(),
                        line.model(),
                        text(line.classes()),
                        line.side().name().toLowerCase(Locale.ROOT),
                        line.invoiceTokens(),
                        line.ledgerTokens(),
                        line.deltaTokens(),
                        Exact.dollars(line.invoiceNanos()),
                        Exact.dollars(line.ledgerNanos()),
                        Exact.dollars(line.deltaNanos())));
        return table.table();
    }
}
