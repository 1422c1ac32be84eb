package dev.jerboa.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.testkit.upstream.MockUpstream;
import dev.jerboa.testkit.upstream.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;

/** Gateways in processes of their own over one PostgreSQL database, before one stand-in for a provider; and what the store has. */
final class GatewayGroup implements AutoCloseable {
    /** What the stand-in's reply to {@link Clients#chat} costs, and what is held back for it. */
    static final long COST = (5 / 2 + 16) * 1_000 + 40 * 4_000;

    static final Script REPLY = Script.answer().withTokens(18, 0, 40);

    final MockUpstream mock;
    final List<GatewayNode> nodes = new ArrayList<>();
    final Database database;
    private final Path folder;
    private final String store;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Script script = REPLY;

    /** @param url as {@link Database#open} takes it, with user and password postgres */
    GatewayGroup(Path folder, String url, String lease) {
        this.folder = folder;
        this.database = Database.open(url);
        this.mock = new MockUpstream(incoming -> {
            asked.incrementAndGet();
            return script;
        });
        this.store = "store: {url: \"" + url.replace("postgres:postgres@", "")
                + "\", user: postgres, password: \"env:DB\", lease: " + lease + "}\n";
    }

    GatewayGroup answers(Script now) {
        script = now;
        return this;
    }

    /** A node's file, with its journal in a folder of the file's name. */
    Path file(String name, String node, String more) {
        String common = RunningGateway.config(mock.base())
                .replaceAll("(?s)local:.*?accounts:", "accounts:")
                .replaceAll("store: .*\\n", "")
                .replaceAll("journal: .*\\n", "");
        String text = "node: " + node + "\n" + store + "journal: {folder: journal-" + name + "}\n" + common
                + "keys: {declared: {tester: {account: us, secret: \"env:KEY\"},"
                + " operator: {account: us, secret: \"env:ADMIN\", scopes: [admin]}}}\n" + more;
        try {
            return Files.writeString(folder.resolve(name + ".yaml"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts nodes of these names, at once. */
    void start(String more, String... names) {
        for (String name : names) {
            nodes.add(GatewayNode.begin(file(name, name, more)));
        }
        nodes.forEach(GatewayNode::await);
    }

    /** Skips a test that takes long, and says how to run it. */
    static void requireAll() {
        if (!"all".equals(System.getProperty("jerboa.replicas"))) {
            String text = "skipped, as it takes half a minute: run it with -Djerboa.replicas=all";
            System.out.println(text);
            Assumptions.abort(text);
        }
    }

    /** How many requests the stand-in has had, whether they ended or not. */
    int asked() {
        return asked.get();
    }

    List<UsageEvent> events() {
        return RunningGateway.events(new LedgerStore(database));
    }

    long eventCount() {
        return number("SELECT COUNT(*) FROM event");
    }

    long number(String sql) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    /** What the store says that was spent of a budget ever, and what its events cost that count there. */
    void spentIsWhatEventsCost(String budget, String key) {
        long events = number("SELECT COALESCE(SUM(cost_nanos), 0) FROM event WHERE key = '" + key + "'");
        assertThat(number("SELECT COALESCE(SUM(spent_nanos), 0) FROM budget_period WHERE budget LIKE '" + budget + "'"))
                .isEqualTo(events);
        assertThat(number("SELECT COALESCE(SUM(cost_nanos), 0) FROM rollup WHERE key = '" + key + "'"))
                .isEqualTo(events);
    }

    /** Waits until something holds, which it does long before the test's own time is over. */
    static void await(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + 40_000_000_000L;
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it does not come to pass: " + what);
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Waits until the store has an event of each of these requests. */
    void awaitEvents(Clients clients) {
        await(
                "every whole reply is an event",
                () -> events().stream()
                        .map(UsageEvent::id)
                        .collect(Collectors.toSet())
                        .containsAll(clients.whole));
    }

    @Override
    public void close() {
        nodes.forEach(GatewayNode::close);
        mock.close();
        database.close();
    }
}
