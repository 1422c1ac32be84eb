package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.KeyCheck;
import dev.jerboa.gateway.key.KeyDraft;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.CatalogHistory;
import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code keys} and {@code ledger}, as they are called, over a ledger in a file. */
class GatewayCommandsTest {
    private static final String DAY = "2026-11-28";
    private static final String[] TIME = {"--from", DAY, "--to", "2026-11-29"};

    @TempDir
    private Path folder;

    private String config = "";

    @BeforeEach
    void configure() throws IOException {
        config = configuration("gateway.yaml", 1);
    }

    /** A gateway whose only endpoint costs so many dollars for a million tokens of prompt, and twice that for a reply's. */
    private String configuration(String name, int dollars) throws IOException {
        String text = """
                store: {url: ledger.db}
                catalogue:
                  shipped: false
                  labs: {acme: {name: Acme, country: FR}}
                  models: {acme/road: {name: Road, openness: open-weight, context: 1000}}
                  providers: {shop: {name: Shop, country: DE, dialect: openai}}
                  endpoints: {"shop:acme/road": {prices: [{input: %d, output: %d}]}}
                accounts:
                  team: {parent: acme}
                  acme: {}
                keys:
                  declared:
                    operator: {account: acme, hash: "sha256:%s", scopes: [admin]}
                """.formatted(dollars, 2 * dollars, "0".repeat(64));
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private static Session run(String command, String deed, String config, String... more) {
        List<String> line = new ArrayList<>(List.of(command, deed, "--config", config));
        line.addAll(List.of(more));
        return Session.run(line.toArray(String[]::new));
    }

    private Database database() {
        return Database.sqlite(folder.resolve("ledger.db"));
    }

    private KeyCheck check(String secret) {
        try (Database database = database()) {
            return new Keys(database, Optional.empty(), List.of(), InstantSource.system()).check(secret.strip());
        }
    }

    @Test
    void doctorTellsWhatAGatewayWouldFind() throws IOException {
        Session fine = Session.run("doctor", "--config", config);
        assertThat(fine.code()).isZero();
        assertThat(fine.out())
                .containsPattern("gateway +" + java.util.regex.Pattern.quote(config) + ": node '")
                .containsPattern("store +SQLite, .*ledger.db: not there yet")
                .containsPattern("journal +.*: the journal is written ")
                .doesNotContain("does not start");
        assertThat(folder.resolve("ledger.db")).doesNotExist();

        Files.writeString(folder.resolve("ledger.db"), "no database, as long as a first page is looked at ".repeat(30));
        Session wrong = Session.run("doctor", "--config", config);
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.out()).containsPattern("store +.*ledger.db cannot be read: .*does not start");

        Session none =
                Session.run("doctor", "--config", folder.resolve("none.yaml").toString());
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("none.yaml: no such file");
    }

    private static void requireFine(Session session) {
        assertThat(session.code()).as(session.err()).isZero();
    }

    /** In whole and in pieces, in both dialects, passed on and translated: all twenty kinds are asked three times. */
    @Test
    void aRehearsalAnswersWhatItAsks() {
        Session session = Session.run("prepare-serve", "--requests", "60");
        assertThat(session.code()).as(session.err()).isZero();
        assertThat(session.err()).contains("60 requests of a rehearsal");
    }

    @Test
    void aKeyIsMadeListedTurnedAndDisabled() {
        Session made = run(
                "keys",
                "create",
                config,
                "--account",
                "team",
                "--name",
                "batch",
                "--scope",
                "inference",
                "--model",
                "acme/*",
                "--category",
                "coding",
                "--requests-per-minute",
                "60",
                "--days",
                "30");
        requireFine(made);
        assertThat(made.out()).matches("jb-[0-9A-Za-z-]+\\R");
        Key key = ((KeyCheck.Valid) check(made.out())).key();
        assertThat(made.err())
                .hasLineCount(1)
                .contains(key.id())
                .doesNotContain(made.out().strip());
        assertThat(key.account()).isEqualTo("team");
        assertThat(key.scopes()).containsExactly(Scope.INFERENCE);
        assertThat(key.category()).isEqualTo("coding");
        assertThat(key.limits().requestsPerMinute()).hasValue(60);
        assertThat(Duration.between(Instant.now(), key.expires().orElseThrow()).toDays())
                .isEqualTo(29);

        Session listed = run("keys", "list", config);
        assertThat(listed.out().lines())
                .containsExactly(
                        "operator\tacme\toperator\tadmin\t*\tfile",
                        key.id() + "\tteam\tbatch\tinference\tacme/*\tstore");

        Session turned = run("keys", "rotate", config, key.id());
        requireFine(turned);
        assertThat(check(made.out())).isInstanceOf(KeyCheck.Refused.class);
        assertThat(check(turned.out())).isInstanceOf(KeyCheck.Valid.class);

        requireFine(run("keys", "disable", config, key.id()));
        assertThat(check(turned.out()))
                .isInstanceOfSatisfying(
                        KeyCheck.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(KeyCheck.Reason.DISABLED));
        assertThat(run("keys", "list", config).out()).contains("acme/*\tdisabled");
    }

    @Test
    void aKeyThatIsOverIsListedAsExpired() {
        requireFine(run("keys", "list", config));
        try (Database database = database()) {
            new Keys(database, Optional.empty(), List.of(), InstantSource.system())
                    .create(new KeyDraft(
                            "team",
                            "old",
                            Set.of(Scope.USAGE),
                            List.of(),
                            "",
                            Key.RateLimits.NONE,
                            Optional.of(Instant.parse("2026-01-01T00:00:00Z"))));
        }
        assertThat(run("keys", "list", config).out()).contains("team\told\tusage\t*\texpired");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    create --account nobody | 1 | there is no account 'nobody'
                    create --account team --scope root | 1 | there is no scope 'root': expected inference, usage or admin
                    create --account team --days 0 | 1 | --days 0: expected 1 or more
                    create --account team --days 2147483647 | 1 | expected a time between 1970 and the year 10000
                    create --account team --concurrent 0 | 1 | expected 1 or more
                    create --account team --requests-per-minute many | 2 | requests-per-minute
                    create | 2 | --account
                    list --all | 2 | --all
                    disable nobody | 1 | there is no key 'nobody'
                    disable operator | 1 | the key 'operator' is in the gateway's file: change it there
                    disable | 2 | ID
                    rotate nobody | 1 | there is no key 'nobody'
                    rotate operator | 1 | the key 'operator' is in the gateway's file: change it there
                    forget operator | 2 | forget
                    """)
    void mistakesWithKeysAreToldInALine(String deed, int code, String message) {
        String[] words = deed.split(" ");
        Session session = run(
                "keys",
                words[0],
                config,
                List.of(words).subList(1, words.length).toArray(String[]::new));
        requireMistake(session, code, message);
    }

    private static void requireMistake(Session session, int code, String message) {
        assertThat(session.code()).as(session.err()).isEqualTo(code);
        assertThat(session.err()).contains(message).doesNotContain("\tat ").doesNotContain("Exception");
        assertThat(session.out()).isEmpty();
    }

    @Test
    void aConfigurationThatIsNoneIsToldWithItsLine() throws IOException {
        requireMistake(Session.run("keys", "list"), 2, "--config");
        requireMistake(run("keys", "list", folder.resolve("none.yaml").toString()), 1, "none.yaml: no such file");
        Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "accounts:\n  a: {}\n  a: {}\n");
        requireMistake(
                run("ledger", "export", wrong.toString(), TIME), 1, "wrong.yaml:3: key accounts.a is given twice");
        Path unknown = Files.writeString(folder.resolve("unknown.yaml"), "store: {url: a.db}\nbudget: []\n");
        requireMistake(run("keys", "list", unknown.toString()), 1, "unknown.yaml:2: unknown key budget");
        Path secret = Files.writeString(
                folder.resolve("secret.yaml"),
                "store: {url: \"postgresql://db.example.org/jerboa?password=hunter2\"}\nnode: n1\n");
        Session session = run("keys", "list", secret.toString());
        requireMistake(session, 1, "secret.yaml:1: store.url");
        assertThat(session.err()).doesNotContain("hunter2");
        Path down = Files.writeString(
                folder.resolve("down.yaml"), "store: {url: \"postgresql://127.0.0.1:1/jerboa\", user: me}\nnode: n1\n");
        requireMistake(run("keys", "list", down.toString()), 1, "PostgreSQL at jdbc:postgresql://127.0.0.1:1/jerboa");
    }

    private static UsageEvent event(String id, String at, String app, String model, String priceVersion) {
        return new UsageEvent(
                id,
                Instant.parse(at),
                "gateway",
                new UsageEvent.Payer("k1", "team", app, "FR"),
                new UsageEvent.Asked("chat", model, 400, ""),
                new UsageEvent.Offer("shop:acme/road", "acme/road", "shop", priceVersion),
                List.of(new Attempt("shop:acme/road", 200, "ok", 5, true)),
                UsageEvent.Used.of(Usage.of(100, 50), Quality.PROVIDER),
                UsageEvent.Cost.of(200_000),
                new UsageEvent.Reply(true, 200, 0, 1000, 5000),
                UsageEvent.Outcome.STOP);
    }

    /** Two requests of the day at the file's prices, one of the day behind it; and one whose prices nobody knows any more. */
    private void serve(boolean unpriced) {
        GatewayConfig read = GatewayConfig.read(Path.of(config));
        String version =
                read.catalog().endpoint("shop:acme/road").orElseThrow().prices().version();
        try (Database database = database()) {
            CatalogRows rows = new CatalogRows(database);
            CatalogHistory.update(rows, read.catalog(), Instant.parse("2026-01-01T00:00:00Z"));
            try (Journal journal = Journal.open(JournalOptions.of(folder.resolve("journal"), "gateway"));
                    LedgerWriter writer =
                            LedgerWriter.start(journal, database, new StoredPrices(rows), Spending.NONE)) {
                journal.record(event("1", DAY + "T00:00:00Z", "=cmd()", "a\tb\r\nc", version));
                journal.record(event("2", DAY + "T23:59:59Z", "editor", "acme/road", version));
                journal.record(event("3", "2026-11-29T00:00:00Z", "editor", "acme/road", version));
                if (unpriced) {
                    journal.record(event("4", DAY + "T01:00:00Z", "editor", "acme/road", "lost"));
                }
                assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
            }
        }
    }

    @Test
    void historyIsRatedAgain() throws IOException {
        serve(true);
        Session same = run("ledger", "rerate", config, TIME);
        requireFine(same);
        assertThat(same.out().lines())
                .containsExactly(
                        "endpoint\trequests\ttokens\tpaid\tother\tdifference",
                        "shop:acme/road\t2\t300\t0.000400000\t0.000400000\t0.000000000",
                        "all\t2\t300\t0.000400000\t0.000400000\t0.000000000");
        assertThat(same.err()).contains("1 requests, which cost $0.000200000, have no price there");
        Session thrice = run(
                "ledger",
                "rerate",
                config,
                "--from",
                DAY,
                "--to",
                "2026-11-30",
                "--with",
                configuration("dear.yaml", 3));
        requireFine(thrice);
        assertThat(thrice.out()).contains("all\t4\t600\t0.000800000\t0.002400000\t0.001600000");
    }

    @Test
    void anInvoiceIsHeldAgainstTheLedger() throws IOException {
        serve(false);
        String head = "date,model,type,tokens,cost\n";
        Path agreed = Files.writeString(
                folder.resolve("agreed.csv"),
                head + DAY + ",road,input,200,0.0002\n" + DAY + ",road,output,100,0.0002\n");
        Session fine = run("ledger", "reconcile", config, more("--provider", "shop", "--invoice", agreed.toString()));
        requireFine(fine);
        assertThat(fine.out()).hasLineCount(1).startsWith("day\tmodel\tclasses");
        assertThat(fine.err()).hasLineCount(1).contains("come to the same");

        Path less = Files.writeString(folder.resolve("less.csv"), head + DAY + ",road,input,200,0.0001\n");
        Session below = run("ledger", "reconcile", config, more("--provider", "shop", "--invoice", less.toString()));
        requireFine(below);
        assertThat(below.out())
                .contains(DAY + "\tacme/road\t[INPUT]\t200\t200\t0.000100000\t0.000200000\t-0.000100000");
        assertThat(below.err()).contains("the invoice is $0.000300000 below the ledger");

        serve(true); // events that are there already count once
        Session unpriced =
                run("ledger", "reconcile", config, more("--provider", "shop", "--invoice", agreed.toString()));
        assertThat(unpriced.err()).contains("of 1 requests the ledger does not know the prices");

        Path broken = Files.writeString(folder.resolve("broken.csv"), head + DAY + ",road,input,many,0\n");
        requireMistake(
                run("ledger", "reconcile", config, more("--provider", "shop", "--invoice", broken.toString())),
                1,
                "broken.csv:2: found 'many', expected a number");
        requireMistake(
                run("ledger", "reconcile", config, more("--provider", "shop", "--invoice", folder + "/none.csv")),
                1,
                "none.csv: no such file");
        requireMistake(
                run("ledger", "reconcile", config, more("--provider", "shoop", "--invoice", agreed.toString())),
                1,
                "has no provider 'shoop', expected one of [shop]");
    }

    private static String[] more(String... options) {
        List<String> all = new ArrayList<>(List.of(TIME));
        all.addAll(List.of(options));
        return all.toArray(String[]::new);
    }

    @Test
    void anExportHasOneLineAnEventAndNoFormula() {
        serve(false);
        Session export = run("ledger", "export", config, TIME);
        requireFine(export);
        List<String> lines = export.out().lines().toList();
        assertThat(lines).hasSize(3);
        int cells = lines.getFirst().split("\t", -1).length;
        assertThat(lines).allMatch(line -> line.split("\t", -1).length == cells);
        assertThat(lines.get(1)).startsWith("1\t2026-11-28T00:00:00Z\tk1\tteam\t'=cmd()\tchat\ta b  c\t");
        assertThat(lines.get(2)).contains("\t100\t0\t0\t0\t50\t0\t200000\tprovider\t200\tstop");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    export --from 2026-11-28 --to 2026-11-28 | 1 | expected a day behind --from 2026-11-28
                    rerate --from 2026-11-29 --to 2026-11-28 | 1 | expected a day behind --from 2026-11-29
                    export --from yesterday --to 2026-11-28 | 2 | --from
                    export --from 2026-11-28 | 2 | --to
                    rerate --from 2026-11-28 --to 2026-11-29 --with none.yaml | 1 | none.yaml: no such file
                    reconcile --from 2026-11-28 --to 2026-11-29 --invoice a.csv | 2 | --provider
                    burn | 2 | burn
                    """)
    void mistakesWithTheLedgerAreToldInALine(String question, int code, String message) {
        serve(false);
        String[] words = question.split(" ");
        Session session = run(
                "ledger",
                words[0],
                config,
                List.of(words).subList(1, words.length).toArray(String[]::new));
        assertThat(session.code()).as(session.err()).isEqualTo(code);
        assertThat(session.err()).contains(message).doesNotContain("\tat ");
        assertThat(session.out()).doesNotContain("0.0004");
    }

    /** A wrong path is not an empty ledger, and reading makes none. */
    @Test
    void whatOnlyReadsMakesNoLedger() {
        requireMistake(run("ledger", "export", config, TIME), 1, "ledger.db: there is no such ledger");
        assertThat(folder.resolve("ledger.db")).doesNotExist();
    }
}
