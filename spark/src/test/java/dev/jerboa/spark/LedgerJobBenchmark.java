package dev.jerboa.spark;

import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.config.StoreConfig;
import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.Dimension;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Grain;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.RollupQuery;
import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.ledger.Sums;
import dev.jerboa.gateway.ledger.export.LedgerExport;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.fact.LedgerSql;
import dev.jerboa.gateway.store.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.spark.sql.SparkSession;

/**
 * How long it takes to recount a ledger's sums, and to sum its events by one SQL text: in one thread over SQLite, and by the job on two.
 * Not a test. The argument is how many events, then a folder, where the ledger is made once.
 */
final class LedgerJobBenchmark {
    private static final int ROUNDS = 3;

    /** What SQLite and Spark both understand. */
    private static final String BY_DAY =
            "SELECT at - at % 86400000000, endpoint, COUNT(*), SUM(input), SUM(output), SUM(cost_nanos)"
                    + " FROM event GROUP BY at - at % 86400000000, endpoint ORDER BY 1, 2";

    /** Something that takes a while, and what came out: the same of each way. */
    private interface Way {
        Object go();
    }

    private LedgerJobBenchmark() {}

    public static void main(String[] args) {
        int count = Integer.parseInt(args[0]);
        Path folder = Path.of(args[1]);
        Path file = folder.resolve("ledger.db");
        Path export = folder.resolve("export");
        boolean made = Files.exists(export.resolve("export.json"));
        try (Database database = Database.sqlite(file)) {
            if (!made) {
                fill(database, folder, count);
                LedgerExport.write(database, SampleLedger.SPAN, export);
            }
            SparkSession spark = LocalSpark.session();
            StoredTables stored = StoredTables.of(
                    StoreConfig.at(file.toString(), Optional.empty(), Optional.empty()),
                    new Secrets(Map.of(), folder),
                    SampleLedger.SPAN,
                    16);
            ExportedTables exported = ExportedTables.open(spark, export.toString());
            measure("one SQL text, SQLite", () -> byDay(new JdbcLedger(database)));
            measure("one SQL text, job over SQLite", () -> byDay(spark, stored));
            measure("one SQL text, job over files", () -> byDay(spark, exported));
            measure("recount, one thread over SQLite", () -> recount(database));
            measure("recount, job over SQLite", () -> recount(spark, stored));
            measure("recount, job over files", () -> recount(spark, exported));
            spark.stop();
        }
    }

    private static void fill(Database database, Path folder, int count) {
        CatalogRows rows = new CatalogRows(database);
        rows.add(Instant.EPOCH, List.of(), List.of(), List.of(), List.of(), Map.of("v1", SampleLedger.PRICES));
        Random random = new Random(1);
        try (Journal journal = Journal.open(JournalOptions.of(folder.resolve("journal"), "n1"));
                LedgerWriter writer = LedgerWriter.start(journal, database, new StoredPrices(rows), Spending.NONE)) {
            for (int i = 0; i < count; i++) {
                journal.record(Events.random(random));
            }
            if (!writer.flush(Duration.ofMinutes(20))) {
                throw new IllegalStateException("the events are not in the store");
            }
        }
    }

    private static void measure(String name, Way way) {
        double[] seconds = new double[ROUNDS];
        Object result = "";
        for (int i = 0; i < ROUNDS; i++) {
            long begun = System.nanoTime();
            result = way.go();
            seconds[i] = (System.nanoTime() - begun) / 1e9;
        }
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        System.out.printf("%s: median %.1f s of %s; %s%n", name, sorted[ROUNDS / 2], Arrays.toString(seconds), result);
    }

    private static Object recount(Database database) {
        LedgerStore ledger = new LedgerStore(database);
        StoredPrices prices = new StoredPrices(new CatalogRows(database));
        Map<RollupRow, Sums> sums = new HashMap<>();
        ledger.eachEvent(
                SampleLedger.FROM.atStartOfDay(ZoneOffset.UTC).toInstant(),
                SampleLedger.TO.atStartOfDay(ZoneOffset.UTC).toInstant(),
                event -> {
                    RollupRow row = RollupRow.of(event, prices);
                    RollupRow group = new RollupRow(
                            row.hour(), row.endpoint(), row.key(), row.app(), row.payerCountry(), Sums.NONE);
                    sums.merge(group, row.sums(), Sums::plus);
                });
        long differing = 0;
        List<RollupRow> stored = ledger.rollups(
                RollupQuery.of(SampleLedger.SPAN.from(), SampleLedger.SPAN.to(), Grain.HOUR, Dimension.values()));
        for (RollupRow row : stored) {
            RollupRow group =
                    new RollupRow(row.hour(), row.endpoint(), row.key(), row.app(), row.payerCountry(), Sums.NONE);
            differing += row.sums().equals(sums.get(group)) ? 0 : 1;
        }
        return sums.size() + " sums, " + differing + " differ";
    }

    private static Object recount(SparkSession spark, Tables tables) {
        try (Analysis analysis = new Analysis(spark, tables, true)) {
            RollupCheck check = analysis.check();
            return check.groups() + " sums, " + check.differing() + " differ";
        }
    }

    private static Object byDay(SparkSession session, Tables tables) {
        SparkSession spark = session.newSession();
        tables.read(spark, LedgerTable.EVENT).createOrReplaceTempView("event");
        return byDay(new SparkLedger(spark));
    }

    private static Object byDay(LedgerSql sql) {
        long[] sums = new long[2];
        sql.rows(BY_DAY, List.of(), row -> {
            sums[0]++;
            sums[1] += row.number(6);
            return 0;
        });
        return sums[0] + " rows, " + sums[1] + " nano-dollars";
    }
}
