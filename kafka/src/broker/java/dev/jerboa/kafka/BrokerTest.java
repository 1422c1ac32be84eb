package dev.jerboa.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.config.KafkaConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Outbox;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.outbox.EventJson;
import dev.jerboa.gateway.outbox.EventSink;
import dev.jerboa.gateway.outbox.OutboxSender;
import dev.jerboa.gateway.outbox.Outboxes;
import dev.jerboa.gateway.outbox.Receipt;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real broker. */
@Timeout(120)
final class BrokerTest {
    /** So that a broker that is away is known to be soon. */
    private static final Map<String, String> SOON =
            Map.of("max.block.ms", "1000", "request.timeout.ms", "1000", "delivery.timeout.ms", "2000");

    @TempDir
    private static Path folder;

    private static Broker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = new Broker(Files.createDirectory(folder.resolve("broker")));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static KafkaConfig config(String server, String topic, Map<String, String> properties) {
        return new KafkaConfig(List.of(server), topic, Optional.empty(), properties, Map.of());
    }

    private static Secrets secrets() {
        return new Secrets(Map.of(), folder);
    }

    /** All events arrive, each as its JSON by its id, though the broker goes and comes; dropping known keys leaves each once. */
    @Test
    void nothingIsLostWhereTheBrokerIsStoppedAndStartedAgain() {
        List<UsageEvent> before = Outboxes.events(1, 1200);
        List<UsageEvent> meanwhile = Outboxes.events(2, 1300);
        List<UsageEvent> after = Outboxes.events(3, 100);
        try (TestStore store = TestStore.of(Database.Kind.SQLITE);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            Spending noted = outbox.after(Spending.NONE);
            try (OutboxSender sender = OutboxSender.start(
                    outbox, KafkaSink.open(config(broker.plain(), "usage", SOON), "n1", secrets()))) {
                Outboxes.write(store, database, noted, before);
                Outboxes.await(() -> sender.sent() == 1200);
                broker.stop();
                Outboxes.write(store, database, noted, meanwhile);
                Outboxes.await(sender::isAway);
                assertThat(sender.sent()).isEqualTo(1200);
                assertThat(outbox.size()).isEqualTo(1300);
                broker.start();
                Outboxes.write(store, database, noted, after);
                Outboxes.await(() -> sender.sent() == 2600);
                Outboxes.await(() -> !sender.isAway());
            }
            assertThat(outbox.size()).isZero();
        }
        Map<String, String> unique = new HashMap<>();
        for (Messages.Message message : Messages.of(broker, "usage")) {
            String known = unique.putIfAbsent(message.key(), message.value());
            assertThat(known == null || known.equals(message.value())).isTrue();
        }
        Map<String, String> expected = new HashMap<>();
        List.of(before, meanwhile, after)
                .forEach(events -> events.forEach(event -> expected.put(event.id(), EventJson.line(event))));
        assertThat(unique).hasSize(2600).isEqualTo(expected);
    }

    @Test
    void logsInAndSaysWhereItMayNot_withoutThePassword() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "wrong-password-of-nobody");
        KafkaConfig config = new KafkaConfig(
                List.of(broker.login()),
                "accounts",
                Optional.of(new KafkaConfig.Login(Broker.USER, "file:password")),
                Map.of("security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "SCRAM-SHA-512"),
                Map.of());
        List<UsageEvent> events = Outboxes.events(4, 3);
        try (EventSink sink = KafkaSink.open(config, "n1", secrets())) {
            Receipt refused = sink.send(events);
            assertThat(refused.arrived()).isEmpty();
            assertThat(refused.refused()).isEmpty();
            assertThat(refused.trouble()).contains("uthentication").doesNotContain("wrong-password");
            Files.writeString(password, Broker.PASSWORD); // changed while the gateway runs
            Receipt[] last = {refused};
            Outboxes.await(
                    () -> { // brokers hear of new passwords in their own time
                        last[0] = sink.send(events);
                        return last[0].trouble().isEmpty();
                    });
            assertThat(last[0]).isEqualTo(new Receipt(ids(events), Map.of(), ""));
        }
        assertThat(Messages.of(broker, "accounts")).hasSize(3);
    }

    @Test
    void whatIsTooLargeForTheTopicIsRefusedAlone() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.plain()))) {
            admin.createTopics(
                            List.of(new NewTopic("small", 1, (short) 1).configs(Map.of("max.message.bytes", "2000"))))
                    .all()
                    .get();
        }
        UsageEvent small = Events.event("01K00000000000000000000001");
        UsageEvent large = Events.event("01K00000000000000000000002", Events.TIME, "k", "a".repeat(3000), 1);
        try (EventSink sink = KafkaSink.open(config(broker.plain(), "small", Map.of()), "n1", secrets())) {
            Receipt receipt = sink.send(List.of(small, large));
            assertThat(receipt.trouble()).isEmpty();
            assertThat(receipt.arrived()).containsExactly(small.id());
            assertThat(receipt.refused()).containsOnlyKeys(large.id());
        }
        assertThat(Messages.of(broker, "small"))
                .containsExactly(new Messages.Message(small.id(), EventJson.line(small)));
    }

    private static Set<String> ids(List<UsageEvent> events) {
        return events.stream().map(UsageEvent::id).collect(Collectors.toSet());
    }
}
