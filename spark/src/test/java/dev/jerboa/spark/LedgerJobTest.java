package dev.jerboa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.ledger.audit.Rerating;
import dev.jerboa.gateway.ledger.export.LedgerExport;
import dev.jerboa.gateway.share.Chart;
import dev.jerboa.gateway.share.Charts;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.table.DrawnJson;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.model.json.JsonOut;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The command, from its line to its files. */
final class LedgerJobTest {
    private record Ran(int code, String said) {}

    private static Ran run(String... arguments) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int code = LedgerJob.run(new PrintStream(said, true, StandardCharsets.UTF_8), arguments);
        return new Ran(code, said.toString(StandardCharsets.UTF_8));
    }

    private static Ran local(Path out, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--master", "local[2]", "--out", out.toString()));
        all.addAll(List.of(arguments));
        return run(all.toArray(String[]::new));
    }

    @Test
    void writesTheGatewaysAnswersIntoAFolder() throws IOException {
        try (SampleLedger sample = new SampleLedger(Database.Kind.SQLITE, 300)) {
            Path out = sample.store.folder().resolve("out");
            Path other = sample.store.folder().resolve("other.yaml");
            Files.writeString(other, OTHER);
            Ran ran = local(
                    out,
                    "--store",
                    sample.address(),
                    "--from",
                    SampleLedger.FROM.toString(),
                    "--to",
                    SampleLedger.TO.toString(),
                    "--charts",
                    "open-closed,lab-volume",
                    "--with",
                    other.toString());
            assertThat(ran.code()).as(ran.said()).isZero();
            assertThat(ran.said())
                    .contains("jerboa: 300 events, $")
                    .contains("and they are the same")
                    .contains("2 charts are in " + out);
            for (Chart chart : List.of(Chart.OPEN_CLOSED, Chart.LAB_VOLUME)) {
                assertThat(Files.readString(out.resolve(chart.id() + ".json")))
                        .isEqualTo(JsonOut.line(DrawnJson.answer(
                                SampleLedger.QUERY.shown(),
                                new Charts(new JdbcLedger(sample.database)).draw(chart, SampleLedger.QUERY))));
            }
            assertThat(Files.readString(out.resolve("open-closed-shares.csv"))).startsWith("period,group,");
            assertThat(Files.readAllLines(out.resolve("differences-sums.csv"))).hasSize(1);
            List<String> lines = Files.readAllLines(out.resolve("rerate-lines.csv"));
            assertThat(lines.getFirst()).startsWith("day,endpoint,model,requests (requests),");
            assertThat(lines).anyMatch(line -> line.contains(",p0:lab0/m,"));
            assertThat(lines).noneMatch(line -> line.contains(",p1:lab0/m,") && !line.contains(",0,0.000000000,"));

            Path files = sample.store.folder().resolve("export");
            LedgerExport.write(sample.database, SampleLedger.SPAN, files);
            Path again = sample.store.folder().resolve("again");
            Ran ofFiles = local(again, "--files", files.toString(), "--charts", "open-closed", "--rerate");
            assertThat(ofFiles.code()).as(ofFiles.said()).isZero();
            assertThat(again.resolve("open-closed.json")).hasSameTextualContentAs(out.resolve("open-closed.json"));
            Rerating.Report paid = Rerating.run(
                    new LedgerStore(sample.database),
                    SampleLedger.FROM.atStartOfDay(ZoneOffset.UTC).toInstant(),
                    SampleLedger.TO.atStartOfDay(ZoneOffset.UTC).toInstant(),
                    Rerating.asPaid(new StoredPrices(new CatalogRows(sample.database))));
            assertThat(ofFiles.said())
                    .contains("300 requests cost $"
                            + BigDecimal.valueOf(paid.total().paidNanos(), 9)
                            + ", at their own prices $"
                            + BigDecimal.valueOf(paid.total().otherNanos(), 9)
                            + "; 0 have no price there");
            assertThat(Files.readAllLines(again.resolve("rerate-lines.csv")))
                    .hasSize(1 + paid.lines().size());
        }
    }

    private static final String OTHER = """
            catalogue:
              shipped: false
              labs:
                lab0: {name: Lab 0, country: CN}
              models:
                lab0/m: {name: M, openness: open-weight, context: 131072}
              providers:
                p0: {name: Provider 0, country: CN, dialect: openai}
              endpoints:
                p0:lab0/m:
                  prices:
                    - {input: 1, output: 2}
            """;

    @Test
    void whatIsAskedWronglyIsSaidAndNothingIsStarted() {
        Path out = Path.of("target", "none");
        Ran none = local(out);
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.said()).startsWith("jerboa: expected one of --config, --store and --files");
        assertThat(local(out, "--store", "x.db", "--files", "y").said()).contains("expected one of");
        assertThat(local(out, "--store", "x.db").said()).contains("--from and --to: expected days");
        assertThat(local(out, "--store", "x.db", "--from", "2026-11-02", "--to", "2026-11-02")
                        .said())
                .contains("expected a day before another")
                .doesNotContain("x.db");
        assertThat(local(out, "--store", "x.db", "--from", "2026-11-01", "--to", "2026-11-02")
                        .said())
                .contains("x.db: no such file");
        String secret = "postgresql://me:hunter2@h:1/d";
        assertThat(local(out, "--store", secret, "--from", "2026-11-01", "--to", "2026-11-02")
                        .said())
                .contains("the store's address (not shown here")
                .doesNotContain("hunter2");
        assertThat(local(out, "--store", "x.db", "--charts", "bars").said()).contains("there is no chart 'bars'");
        Ran unknown = local(out, "--stores", "x.db");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(out).doesNotExist();
        Ran nowhere = run("--store", "pom.xml", "--from", "2026-11-01", "--to", "2026-11-02", "--out", "target/none");
        assertThat(nowhere.code()).isEqualTo(1);
        assertThat(nowhere.said()).contains("there is no Spark to run on");
    }

    @Test
    void aFileThatIsNoLedgerIsAnErrorInWords() {
        Ran ran = local(
                Path.of("target", "no-ledger"), "--store", "pom.xml", "--from", "2026-11-01", "--to", "2026-11-02");
        assertThat(ran.code()).as(ran.said()).isEqualTo(1);
        assertThat(ran.said()).contains("not a database");
    }
}
