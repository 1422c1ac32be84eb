package dev.jerboa.spark;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.config.StoreConfig;
import dev.jerboa.gateway.ledger.audit.Rerating;
import dev.jerboa.gateway.ledger.export.Span;
import dev.jerboa.gateway.share.Chart;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.model.ModelException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The job as a command, for {@code spark-submit} or for a Java virtual machine of its own. */
@Command(
        name = "jerboa-spark",
        description =
                "Recounts the sums of a ledger from its events, and draws its charts, on Apache Spark. Nothing in it is changed.",
        descriptionHeading = "%n",
        optionListHeading = "%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the request cannot be met (a missing or damaged file, a value out of range)",
            "2:the command line is not understood",
            "70:a defect of Jerboa"
        })
public final class LedgerJob implements Callable<Integer> {
    private static final int ERROR = 1;
    private static final int DEFECT = 70;
    /** Of a machine of one's own; a cluster says it itself. */
    private static final String SHUFFLED = "8";

    private static final int MOST_CAUSES = 50;

    /** Which sums charts are of. */
    private enum Of {
        EVENTS,
        ROLLUPS
    }

    private final PrintStream out;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "print this help")
    private boolean help;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "a gateway's configuration, which says where its store is")
    private @Nullable Path config;

    @Option(
            names = "--store",
            paramLabel = "URL",
            description = "a path of a SQLite file, or postgresql://HOST:PORT/DATABASE")
    private @Nullable String store;

    @Option(names = "--user", paramLabel = "NAME", description = "PostgreSQL's user; postgres unless said")
    private @Nullable String user;

    @Option(
            names = "--password",
            paramLabel = "REFERENCE",
            description = "where its password is: env:NAME or file:PATH")
    private @Nullable String password;

    @Option(
            names = "--files",
            paramLabel = "FOLDER",
            description = "what 'jerboa ledger export --out FOLDER' wrote, in place of a store")
    private @Nullable String files;

    @Option(
            names = "--from",
            paramLabel = "DAY",
            description = "the first day (UTC), as 2026-11-01; of files, that of the export")
    private @Nullable LocalDate from;

    @Option(names = "--to", paramLabel = "DAY", description = "the day behind the last; it should be over")
    private @Nullable LocalDate to;

    @Option(names = "--out", paramLabel = "FOLDER", required = true, description = "where JSON and CSV are written")
    private Path folder = Path.of("");

    @Option(
            names = "--sums",
            paramLabel = "KIND",
            defaultValue = "events",
            description =
                    "what charts are of: sums made of events, which are held against the ledger's as well; or the ledger's"
                            + " (events, rollups; ${DEFAULT-VALUE} unless said)")
    private Of sums = Of.EVENTS;

    @Option(
            names = "--charts",
            paramLabel = "ID",
            split = ",",
            description = "which charts, by their names at /v1/analytics/charts; all unless said, none for 'none'")
    private List<String> charts = List.of();

    @Option(
            names = "--bucket",
            paramLabel = "PERIOD",
            defaultValue = "week",
            description = "hour, day, week, month; week unless said")
    private Bucket bucket = Bucket.WEEK;

    @Option(
            names = "--measure",
            paramLabel = "WHAT",
            defaultValue = "tokens",
            description = "tokens, bytes, requests, cost; tokens unless said")
    private Measure measure = Measure.TOKENS;

    @Option(names = "--now", description = "models, labs and providers as they are now, rather than as they were")
    private boolean now;

    @Option(names = "--open", description = "open models only")
    private boolean open;

    @Option(
            names = "--top",
            paramLabel = "N",
            defaultValue = "10",
            description = "how many groups are shown by themselves; 10 unless said")
    private int top = 10;

    @Option(
            names = "--country",
            paramLabel = "CC",
            defaultValue = "CN",
            description = "whose open models are a band of their own; CN unless said")
    private String country = "CN";

    @Option(
            names = "--rerate",
            description = "rates every request again, at the prices that it had: the difference is 0")
    private boolean rerate;

    @Option(
            names = "--with",
            paramLabel = "FILE",
            description = "rates every request again, at the prices of this configuration's catalogue")
    private @Nullable Path other;

    @Option(
            names = "--slices",
            paramLabel = "N",
            defaultValue = "16",
            description = "how many parts of the time events are read in from a store, 1 to 10000; 16 unless said")
    private int slices = 16;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "where Spark runs if spark-submit does not say it: 'local[*]' for all cores of this machine")
    private @Nullable String master;

    private LedgerJob(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) {
        int code = run(System.err, args);
        if (code != 0) {
            System.exit(code); // of 0, a cluster that runs this in its own process wants main to return
        }
    }

    /** Runs one command line and returns its exit code; never throws. Messages and help go to a stream. */
    static int run(PrintStream out, String... args) {
        CommandLine line = new CommandLine(new LedgerJob(out));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setOut(new java.io.PrintWriter(out, true));
        line.setErr(new java.io.PrintWriter(out, true));
        line.setExecutionExceptionHandler((e, command, parsed) -> report(out, e));
        return line.execute(args);
    }

    private static int report(PrintStream out, Exception failure) {
        int causes = 0;
        for (Throwable e = failure; e != null && causes < MOST_CAUSES; e = e.getCause(), causes++) {
            if (e instanceof GatewayException || e instanceof ModelException) {
                out.println("jerboa: " + e.getMessage());
                return ERROR;
            }
        }
        if (failure instanceof SparkThrowable || failure instanceof java.sql.SQLException) {
            String message = String.valueOf(failure.getMessage());
            out.println("jerboa: Spark could not do it: "
                    + message.lines().findFirst().orElse(message));
            return ERROR;
        }
        out.println("jerboa: unexpected " + failure + " (a defect)");
        failure.printStackTrace(out);
        return DEFECT;
    }

    @Override
    public Integer call() {
        List<Chart> wanted = charts();
        if ((config == null ? 0 : 1) + (store == null ? 0 : 1) + (files == null ? 0 : 1) != 1) {
            throw new GatewayException("expected one of --config, --store and --files: where the ledger is");
        }
        if (slices < 1 || slices > 10_000) {
            throw new GatewayException("--slices: expected 1 to 10000, found " + slices);
        }
        Optional<Map<String, String>> prices = Optional.ofNullable(other).map(LedgerJob::prices);
        Optional<StoredTables> stored = files == null ? Optional.of(stored()) : Optional.empty();
        SparkSession spark = session();
        try {
            Tables tables = stored.isPresent() ? stored.get() : exported(spark);
            ShareQuery query = query(tables.span());
            Results results = new Results(folder);
            try (Analysis analysis = new Analysis(spark, tables, sums == Of.EVENTS)) {
                if (sums == Of.EVENTS) {
                    check(analysis, results, query);
                }
                for (Chart chart : wanted) {
                    results.write(analysis.chart(chart, query), query);
                }
                if (rerate || other != null) {
                    rerate(analysis.rerate(prices), results, query);
                }
            }
            out.println("jerboa: " + wanted.size() + " charts are in " + folder);
        } finally {
            spark.stop();
        }
        return 0;
    }

    private void check(Analysis analysis, Results results, ShareQuery query) {
        RollupCheck check = analysis.check();
        results.write(check.listed(), query);
        out.println("jerboa: " + check.events() + " events, $" + dollars(check.costNanos()) + ", make " + check.groups()
                + " sums; the ledger has " + check.stored() + ", "
                + (check.differing() == 0
                        ? "and they are the same"
                        : "of both together " + check.differing() + " differ: see differences-sums.csv"));
    }

    private void rerate(Rerating.Report report, Results results, ShareQuery query) {
        results.write(report, query);
        Rerating.Total total = report.total();
        out.println("jerboa: " + total.requests() + " requests cost $" + dollars(total.paidNanos()) + ", at "
                + (other == null ? "their own" : "other") + " prices $" + dollars(total.otherNanos()) + "; "
                + report.unrated() + " have no price there");
    }

    private static String dollars(long nanos) {
        return Exact.dollars(nanos).toPlainString();
    }

    private List<Chart> charts() {
        if (charts.isEmpty()) {
            return List.of(Chart.values());
        }
        if (charts.equals(List.of("none"))) {
            return List.of();
        }
        List<Chart> found = new ArrayList<>();
        for (String id : charts) {
            found.add(Chart.of(id)
                    .orElseThrow(() ->
                            new GatewayException("--charts: there is no chart '" + id + "', expected some of "
                                    + String.join(
                                            ", ",
                                            List.of(Chart.values()).stream()
                                                    .map(Chart::id)
                                                    .toList()))));
        }
        return found;
    }

    private StoredTables stored() {
        if (from == null || to == null) {
            throw new GatewayException("--from and --to: expected days such as 2026-11-01");
        }
        Span span = span(from, to);
        Path file = config;
        StoreConfig where = file != null
                ? GatewayConfig.read(file).store()
                : StoreConfig.at(String.valueOf(store), Optional.ofNullable(user), Optional.ofNullable(password));
        if (where instanceof StoreConfig.Sqlite sqlite && !Files.isRegularFile(sqlite.file())) {
            throw new GatewayException(sqlite.file() + ": no such file, expected a ledger in SQLite");
        }
        Secrets secrets = file != null ? Secrets.beside(file) : new Secrets(System.getenv(), Path.of(""));
        return StoredTables.of(where, secrets, span, slices);
    }

    private static Span span(LocalDate first, LocalDate behind) {
        if (!first.isBefore(behind)) {
            throw new GatewayException(
                    "--from and --to: expected a day before another, found " + first + " and " + behind);
        }
        return Span.of(first, behind);
    }

    private ExportedTables exported(SparkSession spark) {
        if (from != null || to != null) {
            throw new GatewayException("--from and --to: files have the time of their export, leave them out");
        }
        return ExportedTables.open(spark, String.valueOf(files));
    }

    private ShareQuery query(Span span) {
        try {
            return new ShareQuery(span.from(), span.to(), bucket, measure, now, open, top, country, Optional.empty());
        } catch (IllegalArgumentException e) {
            throw new GatewayException("the charts: " + e.getMessage(), e);
        }
    }

    /** The prices of a configuration's catalogue as texts, by endpoint. */
    private static Map<String, String> prices(Path file) {
        Catalog catalog = GatewayConfig.read(file).catalog();
        Map<String, String> texts = new HashMap<>();
        for (Endpoint endpoint : catalog.endpoints()) {
            texts.put(endpoint.id(), endpoint.prices().text());
        }
        return texts;
    }

    private SparkSession session() {
        SparkConf conf = new SparkConf();
        conf.setAppName("jerboa-spark");
        String where = master;
        if (where != null) {
            conf.setMaster(where);
            conf.setIfMissing("spark.ui.enabled", "false");
            conf.setIfMissing("spark.log.level", "WARN");
            conf.setIfMissing("spark.sql.shuffle.partitions", SHUFFLED);
            if (where.startsWith("local")) { // nobody else has to reach it
                conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
                conf.setIfMissing("spark.driver.host", "127.0.0.1");
            }
        } else if (!conf.contains("spark.master")) {
            throw new GatewayException(
                    "there is no Spark to run on: expected --master 'local[*]', or to be started by spark-submit");
        }
        return SparkSession.builder().config(conf).getOrCreate();
    }
}
