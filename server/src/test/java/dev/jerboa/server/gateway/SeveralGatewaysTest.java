package dev.jerboa.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.node.Node;
import dev.jerboa.gateway.node.SinkOpener;
import dev.jerboa.gateway.relay.RelayObserver;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import dev.jerboa.testkit.upstream.Script;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three gateways in processes of their own over one PostgreSQL database. Each test leaves them as it found them. */
@Timeout(120)
class SeveralGatewaysTest {
    private static final int CLIENTS = 24;
    private static final Pattern ID = Pattern.compile("\"hash\": *\"([^\"]+)\"");
    private static final Pattern SECRET = Pattern.compile("\"key\": *\"([^\"]+)\"");

    @TempDir
    private static Path folder;

    private static TestStore store;
    private static GatewayGroup group;
    private static Clients operator;

    @BeforeAll
    static void start() {
        store = TestStore.of(Database.Kind.POSTGRESQL);
        group = new GatewayGroup(folder, store.url(), "2s");
        operator = new Clients(RunningGateway.ADMIN);
        group.start("", "a", "b", "c");
    }

    @AfterAll
    static void end() {
        if (group != null) {
            group.close();
            operator.close();
        }
        if (store != null) { // PostgreSQL may not be tested here
            store.close();
        }
    }

    /** A key with a limit for ever; every node knows it when it is first sent. */
    private record Made(String id, String secret) {
        static Made key(String fields) {
            HttpResponse<String> made = operator.send(
                    "POST",
                    group.nodes.getFirst().uri("/v1/keys"),
                    "{\"name\": \"one\", \"account\": \"us\"" + fields + "}");
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            return new Made(first(ID, made.body()), first(SECRET, made.body()));
        }

        static Made keyFor(long nanos) {
            return key(", \"limit\": " + nanos / 1e9);
        }

        private static String first(Pattern pattern, String text) {
            Matcher matcher = pattern.matcher(text);
            assertThat(matcher.find()).as(text).isTrue();
            return matcher.group(1);
        }

        List<UsageEvent> events() {
            return group.events().stream()
                    .filter(event -> event.payer().key().equals(id))
                    .toList();
        }

        long leased() {
            return group.number("SELECT leased_nanos FROM budget_period WHERE budget = 'key-" + id + "'");
        }
    }

    private static void settle(Clients clients) {
        group.awaitEvents(clients);
        group.mock.served(); // waits for what is under way there
    }

    /** 200 requests at once, spread over three processes, and then more: ten are admitted, none more, and in the end none less. */
    @Test
    void aBudgetForTenAdmitsTenInAll() throws InterruptedException {
        Made key = Made.keyFor(10 * GatewayGroup.COST);
        group.mock.forget();
        group.answers(GatewayGroup.REPLY.withStall(Script.Stall.BEFORE_HEAD, 1500));
        try (Clients clients = new Clients(key.secret())) {
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    clients.ask(group.nodes.get(number % 3), number % 2 == 0);
                }));
            }
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(clients.broken).isEmpty();
            assertThat(clients.whole).hasSizeBetween(1, 10);
            assertThat(clients.refused).containsOnlyKeys(402);
            // what nodes hold that is less than a request needs comes back when they were not asked for a while
            group.answers(GatewayGroup.REPLY);
            GatewayGroup.await("all that fits is admitted", () -> {
                group.nodes.forEach(node -> clients.ask(node, true));
                return clients.whole.size() >= 10;
            });
            for (int i = 0; i < 30; i++) {
                clients.ask(group.nodes.get(i % 3), false);
            }
            assertThat(clients.whole).hasSize(10);
            assertThat(clients.refused).containsOnlyKeys(402);
            settle(clients);
            assertThat(group.mock.served()).hasSize(10);
            assertThat(key.events())
                    .hasSize(10)
                    .extracting(event -> event.cost().nanos())
                    .containsOnly(GatewayGroup.COST);
            group.spentIsWhatEventsCost("key-" + key.id(), key.id());
            GatewayGroup.await("nothing is held by any node", () -> key.leased() == 0);
        }
    }

    /** A key is good everywhere at once; what is changed at one node holds at the others ten seconds later at most. */
    @Test
    void keysAndBudgetsOfOneNodeHoldAtAll() {
        group.answers(GatewayGroup.REPLY);
        GatewayNode a = group.nodes.get(0);
        Made disabled = Made.key("");
        Made limited = Made.key("");
        try (Clients one = new Clients(disabled.secret());
                Clients two = new Clients(limited.secret())) {
            for (GatewayNode node : group.nodes) {
                assertThat(one.ask(node, true)).isTrue();
                assertThat(two.ask(node, false)).isTrue();
            }
            assertThat(operator.send("PATCH", a.uri("/v1/keys/" + disabled.id()), "{\"disabled\": true}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(operator.send(
                                    "PUT",
                                    a.uri("/v1/budgets/late"),
                                    "{\"owner_kind\": \"key\", \"owner\": \"" + limited.id()
                                            + "\", \"limit\": 0.000001, \"period\": \"day\"}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(one.ask(a, true)).isFalse();
            assertThat(two.ask(a, true)).isFalse();
            for (GatewayNode node : group.nodes) {
                GatewayGroup.await("the key is refused", () -> !one.ask(node, true));
                GatewayGroup.await("the budget holds", () -> !two.ask(node, true));
            }
            assertThat(one.refused).containsOnlyKeys(401);
            assertThat(two.refused).containsOnlyKeys(402);
            assertThat(operator.send("GET", a.uri("/v1/keys"), "").body()).contains(disabled.id());
            settle(two);
            // what nodes spent before they knew of the budget counts when they do
            long spent = two.whole.size() * GatewayGroup.COST;
            GatewayGroup.await(
                    "all that was spent counts",
                    () -> group.number("SELECT spent_nanos FROM budget_period WHERE budget = 'late'") == spent);
            group.spentIsWhatEventsCost("late", limited.id());
        }
    }

    /** Two processes of one name would spend the same money: the second says so and ends, whether it has the first's journal or its own. */
    @Test
    void aNameIsOneProcesss() {
        Path same = group.file("a", "a", "");
        Path other = group.file("other", "a", "");
        assertThatThrownBy(() -> open(same))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("another gateway named 'a' writes its journal here");
        assertThatThrownBy(() -> open(other))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("another process is node 'a' of PostgreSQL at ")
                .hasMessageContaining("journal " + folder.resolve("journal-a"))
                .hasMessageContaining("give each node a name of its own");
        Made key = Made.keyFor(10 * GatewayGroup.COST);
        try (Clients clients = new Clients(key.secret())) {
            assertThat(clients.ask(group.nodes.getFirst(), true)).isTrue();
        }
    }

    private static void open(Path file) {
        Node.open(
                        GatewayConfig.read(file),
                        RunningGateway.secrets(folder),
                        (request, id, endpoint, provider, key, sink) -> {
                            throw new AssertionError();
                        },
                        RelayObserver.NONE,
                        SinkOpener.NONE)
                .close();
    }

    /** One is killed under load: the others go on, what it held comes back, and what it had served is counted when it is there again. */
    @Test
    void theOthersGoOnWhereOneIsKilled() throws InterruptedException {
        Made key = Made.keyFor(100_000 * GatewayGroup.COST);
        group.mock.forget();
        group.answers(GatewayGroup.REPLY.withTrickle(15));
        GatewayNode c = group.nodes.get(2);
        try (Clients clients = new Clients(key.secret())) {
            clients.begin(group.nodes, CLIENTS);
            Thread.sleep(1500);
            assertThat(group.number("SELECT COUNT(*) FROM lease WHERE node = 'c'"))
                    .isPositive();
            c.kill();
            int then = clients.whole.size();
            Thread.sleep(1500);
            clients.end();
            assertThat(then).isGreaterThan(CLIENTS);
            assertThat(clients.whole).hasSizeGreaterThan(then + CLIENTS);
            assertThat(clients.broken).hasSizeLessThanOrEqualTo(CLIENTS);
            assertThat(clients.refused).isEmpty();
            GatewayGroup.await(
                    "what it held comes back", () -> group.number("SELECT COUNT(*) FROM lease WHERE node = 'c'") == 0);
            c.startAgain();
            settle(clients);
            List<UsageEvent> events = key.events();
            assertThat(events).extracting(UsageEvent::node).contains("a", "b", "c");
            List<UsageEvent> cut = events.stream()
                    .filter(event -> event.outcome().cancelCause().equals("crash"))
                    .toList();
            assertThat(cut)
                    .hasSizeBetween(1, CLIENTS)
                    .extracting(UsageEvent::node)
                    .containsOnly("c");
            List<UsageEvent> exact = events.stream()
                    .filter(event -> event.used().quality() == Quality.PROVIDER)
                    .toList();
            assertThat(exact).hasSize(events.size() - cut.size());
            assertThat(exact).extracting(event -> event.cost().nanos()).containsOnly(GatewayGroup.COST);
            // what the stand-in was asked was noted before, and what it served is counted, or noted as cut
            int served = group.mock.served().size();
            assertThat(events).hasSizeBetween(served, served + CLIENTS);
            group.spentIsWhatEventsCost("key-" + key.id(), key.id());
            GatewayGroup.await("nothing is held by any node", () -> key.leased() == 0);
        }
    }

    /** Who is told to end says so at /ready, goes on with what has begun, and sends who comes to another. */
    @Test
    void whoIsToEndSaysSoFirst() throws InterruptedException {
        Made key = Made.keyFor(100 * GatewayGroup.COST);
        group.answers(GatewayGroup.REPLY.withTrickle(600));
        GatewayNode b = group.nodes.get(1);
        try (Clients clients = new Clients(key.secret())) {
            int before = group.asked();
            Thread slow = Thread.ofVirtual().start(() -> clients.ask(b, true));
            GatewayGroup.await("the stand-in is asked", () -> group.asked() > before);
            b.tellToEnd();
            GatewayGroup.await(
                    "it says so",
                    () -> operator.send("GET", b.uri("/ready"), "").statusCode() == 503);
            HttpResponse<String> refused = operator.send("POST", b.uri("/v1/chat/completions"), Clients.chat(false));
            assertThat(slow.isAlive()).isTrue();
            assertThat(refused.statusCode()).isIn(403, 503);
            assertThat(refused.headers().firstValue("Connection")).contains("close");
            assertThat(operator.send("GET", b.uri("/health"), "").statusCode()).isEqualTo(200);
            slow.join();
            assertThat(clients.whole).hasSize(1);
            assertThat(b.join()).isEqualTo(128 + 15);
            assertThat(group.number("SELECT COUNT(*) FROM node WHERE name = 'b'"))
                    .isZero();
            assertThat(group.number("SELECT COUNT(*) FROM lease WHERE node = 'b'"))
                    .isZero();
            b.startAgain();
        }
    }

    /** One after the other ends and starts again, under load: clients see whole replies and refusals, and every reply is an event. */
    @Test
    void aRollingRestartLosesNothing() throws InterruptedException {
        GatewayGroup.requireAll();
        Made key = Made.keyFor(100_000 * GatewayGroup.COST);
        group.mock.forget();
        group.answers(GatewayGroup.REPLY.withTrickle(20));
        try (Clients clients = new Clients(key.secret())) {
            clients.begin(group.nodes, 12);
            for (GatewayNode node : group.nodes) {
                Thread.sleep(500);
                node.tellToEnd();
                assertThat(node.join()).isEqualTo(128 + 15);
                node.startAgain();
            }
            clients.end();
            assertThat(clients.broken).isEmpty();
            assertThat(clients.refused.keySet()).isSubsetOf(503);
            assertThat(clients.whole).hasSizeGreaterThan(100);
            settle(clients);
            List<UsageEvent> events = key.events();
            assertThat(events).extracting(UsageEvent::id).containsExactlyInAnyOrderElementsOf(clients.whole);
            assertThat(events).extracting(event -> event.used().quality()).containsOnly(Quality.PROVIDER);
            assertThat(group.mock.served()).hasSize(events.size()).allMatch(served -> served.whole());
            group.spentIsWhatEventsCost("key-" + key.id(), key.id());
        }
    }
}
