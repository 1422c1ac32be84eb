package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.ledger.audit.InvoiceForm;
import dev.jerboa.gateway.ledger.audit.Reconciliation;
import dev.jerboa.gateway.ledger.audit.Rerating;
import dev.jerboa.gateway.ledger.export.ExportNote;
import dev.jerboa.gateway.ledger.export.LedgerExport;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.Span;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.share.table.Csv;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ledger}: what a gateway's ledger says, one command a question. */
@Command(
        name = "ledger",
        description = "Reads the ledger of a gateway: other prices, invoices, exports. Nothing in it is changed.",
        synopsisSubcommandLabel = "QUESTION")
public final class LedgerCommand {
    private static final int NANO_DIGITS = 9;

    @Mixin
    HelpOptions help = new HelpOptions();

    private LedgerCommand() {}

    /** The command with its questions. */
    public static CommandLine line(Console console) {
        return new CommandLine(new LedgerCommand())
                .addSubcommand("rerate", new Rerate(console))
                .addSubcommand("reconcile", new Reconcile(console))
                .addSubcommand("export", new Export(console));
    }

    private static String dollars(long nanos) {
        return BigDecimal.valueOf(nanos, NANO_DIGITS).toPlainString();
    }

    /** From when to when, in whole days of UTC. */
    private static final class Days {
        @Option(
                names = "--from",
                paramLabel = "DAY",
                required = true,
                description = "the first day (UTC), as 2026-11-01")
        private @Nullable LocalDate from;

        @Option(names = "--to", paramLabel = "DAY", required = true, description = "the day behind the last")
        private @Nullable LocalDate to;

        LocalDate first() {
            return given(from);
        }

        LocalDate behind() {
            LocalDate day = given(to);
            if (!day.isAfter(first())) {
                throw new CommandException("--to " + day + ": expected a day behind --from " + first()
                        + ", the day behind the last that counts");
            }
            return day;
        }

        private static LocalDate given(@Nullable LocalDate day) {
            if (day == null) {
                throw new CommandException("--from and --to: expected days such as 2026-11-01");
            }
            return day;
        }

        Instant begin() {
            return first().atStartOfDay(ZoneOffset.UTC).toInstant();
        }

        Instant end() {
            return behind().atStartOfDay(ZoneOffset.UTC).toInstant();
        }
    }

    @Command(
            name = "rerate",
            description = {
                "Says what requests would have cost at other prices: those of another file's catalogue. With the prices that",
                "they had (no --with), the difference is 0."
            })
    private static final class Rerate implements Callable<Integer> {
        private final Console console;

        @Mixin
        HelpOptions help = new HelpOptions();

        @Mixin
        private GatewayFiles files = new GatewayFiles();

        @Mixin
        private Days days = new Days();

        @Option(
                names = "--with",
                paramLabel = "FILE",
                description = "a configuration whose catalogue has the other prices")
        private @Nullable Path other;

        Rerate(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            try (GatewayFiles.Opened opened = files.openThere()) {
                StoredPrices paid = new StoredPrices(new CatalogRows(opened.database()));
                Rerating.Prices prices = other == null
                        ? Rerating.asPaid(paid)
                        : ofCatalog(paid, GatewayFiles.read(other).catalog());
                Rerating.Report report =
                        Rerating.run(new LedgerStore(opened.database()), days.begin(), days.end(), prices);
                PrintStream out = console.out();
                out.println("endpoint\trequests\ttokens\tpaid\tother\tdifference");
                report.byEndpoint()
                        .forEach(total ->
                                print(out, total.name().isEmpty() ? "(nobody answered)" : total.name(), total));
                print(out, "all", report.total());
                if (report.unrated() > 0) {
                    console.say("jerboa: " + report.unrated() + " requests, which cost $"
                            + dollars(report.unratedNanos()) + ", have no price there and are not in the table");
                }
            }
            return ExitCode.OK;
        }

        private static void print(PrintStream out, String name, Rerating.Total total) {
            out.println(String.join(
                    "\t",
                    name,
                    String.valueOf(total.requests()),
                    String.valueOf(total.tokens()),
                    dollars(total.paidNanos()),
                    dollars(total.otherNanos()),
                    dollars(total.deltaNanos())));
        }

        private static Rerating.Prices ofCatalog(StoredPrices paid, Catalog catalog) {
            return Rerating.of(
                    paid, event -> catalog.endpoint(event.offer().endpoint()).map(Endpoint::prices));
        }
    }

    @Command(
            name = "reconcile",
            description = "Compares a provider's invoice with the ledger, and prints what differs.")
    private static final class Reconcile implements Callable<Integer> {
        private final Console console;

        @Mixin
        HelpOptions help = new HelpOptions();

        @Mixin
        private GatewayFiles files = new GatewayFiles();

        @Mixin
        private Days days = new Days();

        @Option(names = "--provider", paramLabel = "ID", required = true, description = "whose invoice it is")
        private String provider = "";

        @Option(
                names = "--invoice",
                paramLabel = "FILE",
                required = true,
                description = "comma-separated values with columns of day, model, class of tokens, tokens and cost")
        private @Nullable Path invoice;

        Reconcile(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            Path file = invoice;
            if (file == null) {
                throw new CommandException("--invoice: expected a file");
            }
            try (GatewayFiles.Opened opened = files.openThere();
                    Reader reader = Files.newBufferedReader(file)) {
                CatalogRows catalog = new CatalogRows(opened.database());
                requireProvider(catalog);
                Reconciliation.Report report = Reconciliation.run(
                        new LedgerStore(opened.database()),
                        new StoredPrices(catalog),
                        provider,
                        days.first(),
                        days.behind(),
                        reader,
                        file.toString(),
                        InvoiceForm.COMMON);
                PrintStream out = console.out();
                out.println("day\tmodel\tclasses\tinvoice tokens\tledger tokens\tinvoice\tledger\tdifference");
                report.differences()
                        .forEach(line -> out.println(String.join(
                                "\t",
                                line.day().toString(),
                                line.model(),
                                line.classes().toString(),
                                String.valueOf(line.invoiceTokens()),
                                String.valueOf(line.ledgerTokens()),
                                dollars(line.invoiceNanos()),
                                dollars(line.ledgerNanos()),
                                dollars(line.deltaNanos()))));
                console.say("jerboa: " + verdict(report.deltaNanos()));
                if (report.unpriced() > 0) {
                    console.say(
                            "jerboa: of " + report.unpriced()
                                    + " requests the ledger does not know the prices: their tokens count above, and their money does not");
                }
                if (report.unsaid() > 0) {
                    console.say(
                            "jerboa: " + report.unsaid()
                                    + " requests had a service tier or a tool without a price: a tier counts at usual prices, a tool without money");
                }
                if (report.possibleAttempts() > 0) {
                    console.say("jerboa: " + report.possibleAttempts()
                            + " attempts brought no reply and are in no line; the provider may have charged at most $"
                            + dollars(report.possibleNanos()) + " for them, by estimate");
                }
            } catch (NoSuchFileException e) {
                throw new CommandException(file + ": no such file");
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
            }
            return ExitCode.OK;
        }

        private void requireProvider(CatalogRows catalog) {
            if (catalog.providers().now(provider).isEmpty()) {
                throw new CommandException("--provider: the ledger has no provider '" + provider + "', expected one of "
                        + catalog.providers().now().stream()
                                .map(CatalogRows.ProviderRow::id)
                                .sorted()
                                .toList());
            }
        }

        private static String verdict(long delta) {
            return delta == 0
                    ? "the invoice and the ledger come to the same"
                    : "the invoice is $" + dollars(Math.abs(delta)) + (delta > 0 ? " above" : " below") + " the ledger";
        }
    }

    @Command(
            name = "export",
            description = {
                "Prints the events of a time, one a line, as tab-separated values; or writes them into a folder with every",
                "column, beside the tables that charts read, for the Spark job."
            })
    private static final class Export implements Callable<Integer> {
        private final Console console;

        @Mixin
        HelpOptions help = new HelpOptions();

        @Mixin
        private GatewayFiles files = new GatewayFiles();

        @Mixin
        private Days days = new Days();

        @Option(
                names = "--out",
                paramLabel = "FOLDER",
                description = "writes JSON lines there, a file for each table, instead of printing")
        private @Nullable Path folder;

        Export(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            Instant begin = days.begin();
            Instant end = days.end();
            try (GatewayFiles.Opened opened = files.openThere()) {
                if (folder != null) {
                    write(opened, folder);
                    return ExitCode.OK;
                }
                PrintStream out = console.out();
                out.println("id\tat\tkey\taccount\tapp\tform\trequested\tendpoint\tinput\tcache_read\tcache_write"
                        + "\tcache_write_long\toutput\treasoning\tcost_nanos\tquality\tstatus\tfinish\tservice_tier"
                        + "\tweb_searches\tweb_fetches\tfile_searches\tunpriced\tpossible_cost_nanos\tcategory");
                new LedgerStore(opened.database()).eachEvent(begin, end, event -> out.println(row(event)));
            }
            return ExitCode.OK;
        }

        /** What clients and operators call things is one cell, whatever it has, and no formula to a spreadsheet. */
        private static String cell(String text) {
            return Csv.safe(text.replaceAll("\\p{Cntrl}", " "));
        }

        private void write(GatewayFiles.Opened opened, Path to) {
            ExportNote note = LedgerExport.write(opened.database(), Span.of(days.first(), days.behind()), to);
            console.say("jerboa: " + note.rows(LedgerTable.EVENT) + " events are in " + to);
        }

        private static String row(UsageEvent event) {
            UsageEvent.Outcome outcome = event.outcome();
            UsageEvent.Cost cost = event.cost();
            UsageEvent.Payer payer = event.payer();
            Usage tokens = event.used().tokens();
            ToolUses tools = event.used().service().tools();
            return String.join(
                    "\t",
                    event.id(),
                    event.at().toString(),
                    cell(payer.key()),
                    cell(payer.account()),
                    cell(payer.app()),
                    event.asked().dialect(),
                    cell(event.asked().model()),
                    cell(event.offer().endpoint()),
                    String.valueOf(tokens.input()),
                    String.valueOf(tokens.cacheRead()),
                    String.valueOf(tokens.cacheWrite()),
                    String.valueOf(tokens.cacheWriteLong()),
                    String.valueOf(tokens.output()),
                    String.valueOf(tokens.reasoning()),
                    String.valueOf(cost.nanos()),
                    event.used().quality().text(),
                    String.valueOf(outcome.status()),
                    outcome.finish(),
                    event.used().service().tier(),
                    String.valueOf(tools.webSearch()),
                    String.valueOf(tools.webFetch()),
                    String.valueOf(tools.fileSearch()),
                    cost.unpriced(),
                    String.valueOf(event.possibleCostNanos()),
                    cell(event.asked().category()));
        }
    }
}
