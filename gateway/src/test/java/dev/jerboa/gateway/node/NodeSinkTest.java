package dev.jerboa.gateway.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Ulid;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.outbox.Outboxes;
import dev.jerboa.gateway.outbox.Receipt;
import dev.jerboa.gateway.outbox.RecordingSink;
import dev.jerboa.gateway.relay.RelayObserver;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A whole node whose events go elsewhere too, or not. */
@Timeout(120)
final class NodeSinkTest {
    private static final String KAFKA = "kafka: {servers: \"broker:9092\"}\n";

    private static Node open(TestStore store, String more, SinkOpener sinks) {
        String where = store.url().startsWith("sqlite:")
                ? "store: {url: \"" + store.url().substring("sqlite:".length()) + "\"}\n"
                : "store: {url: \"" + store.url().replace("postgres:postgres@", "")
                        + "\", user: postgres, password: \"env:PG\"}\n";
        String text = "node: n1\njournal: {folder: journal}\ncatalogue: {shipped: false}\n" + where + more;
        return Node.open(
                GatewayConfig.parse(text, "gateway.yaml", store.folder()),
                new Secrets(Map.of("PG", "postgres"), store.folder()),
                (request, id, endpoint, provider, key, sink) -> {
                    throw new AssertionError();
                },
                RelayObserver.NONE,
                sinks);
    }

    private static List<UsageEvent> record(Node node, int count) {
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            UsageEvent event = Events.event(Ulid.next());
            node.journal().record(event);
            events.add(event);
        }
        return events;
    }

    private static long rows(Database database) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM outbox")) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void withoutASinkNothingIsNoted(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Node node = open(store, "", SinkOpener.NONE)) {
            assertThat(node.sender()).isEmpty();
            record(node, 20);
            assertThat(node.writer().flush(Duration.ofSeconds(20))).isTrue();
            assertThat(node.writer().events()).isEqualTo(20);
            assertThat(rows(node.database())).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsRecordedLastIsSentBeforeTheEndAndWhatIsNotByTheNext(Database.Kind kind) {
        AtomicBoolean away = new AtomicBoolean();
        RecordingSink first = new RecordingSink(all -> away.get() ? Receipt.away("it is away") : all);
        RecordingSink second = new RecordingSink();
        List<UsageEvent> left;
        try (TestStore store = TestStore.of(kind)) {
            List<UsageEvent> sent;
            try (Node node = open(store, KAFKA, (kafka, name, secrets) -> {
                assertThat(kafka.servers()).containsExactly("broker:9092");
                assertThat(name).isEqualTo("n1");
                return first;
            })) {
                sent = record(node, 30);
            }
            assertThat(first.arrived()).containsExactlyInAnyOrderElementsOf(sent);
            assertThat(first.isClosed()).isTrue();
            away.set(true);
            try (Node node = open(store, KAFKA, (kafka, name, secrets) -> first)) {
                left = record(node, 30);
                Outboxes.await(() -> node.sender().orElseThrow().isAway());
            }
            open(store, KAFKA, (kafka, name, secrets) -> second).close();
            assertThat(second.arrived()).containsExactlyInAnyOrderElementsOf(left);
            try (Database database = store.open()) {
                assertThat(rows(database)).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aProcessThatCannotSendSaysSo(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind)) {
            assertThatThrownBy(() -> open(store, KAFKA, SinkOpener.NONE))
                    .isInstanceOf(GatewayException.class)
                    .hasMessageContaining("kafka:")
                    .hasMessageContaining("jerboa-kafka");
        }
    }
}
