package dev.jerboa.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.config.KafkaConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.outbox.EventJson;
import dev.jerboa.gateway.outbox.EventSink;
import dev.jerboa.gateway.outbox.Outboxes;
import dev.jerboa.gateway.outbox.Receipt;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Without a broker: what a receipt says, and what is wrong at the start. */
@Timeout(120)
final class KafkaSinkTest {
    @TempDir
    private Path folder;

    private final List<MockProducer<String, byte[]>> made = new ArrayList<>();

    private KafkaSink sink(boolean atOnce) {
        return new KafkaSink(
                List.of("127.0.0.1:9092"),
                "usage",
                () -> {
                    made.add(new MockProducer<>(atOnce, null, new StringSerializer(), new ByteArraySerializer()));
                    return made.getLast();
                },
                text -> text.replace("hunter2", "***"));
    }

    @Test
    void oneMessageAnEventByItsId() {
        List<UsageEvent> events = Outboxes.events(1, 5);
        try (KafkaSink sink = sink(true)) {
            Receipt receipt = sink.send(events);
            assertThat(receipt.arrived())
                    .containsExactlyInAnyOrderElementsOf(
                            events.stream().map(UsageEvent::id).toList());
            assertThat(receipt.trouble()).isEmpty();
            assertThat(made).hasSize(1);
            assertThat(made.getFirst().history())
                    .extracting(message ->
                            message.topic() + message.key() + new String(message.value(), StandardCharsets.UTF_8))
                    .containsExactlyElementsOf(events.stream()
                            .map(event -> "usage" + event.id() + EventJson.line(event))
                            .toList());
        }
        assertThat(made.getFirst().closed()).isTrue();
    }

    /** A receipt of two messages, of which the second ends badly. */
    private Receipt secondFails(KafkaSink sink, RuntimeException why) {
        List<UsageEvent> events = Outboxes.events(2, 2);
        int before = made.isEmpty() ? 0 : made.getLast().history().size();
        CompletableFuture<Receipt> receipt = CompletableFuture.supplyAsync(() -> sink.send(events));
        Outboxes.await(() -> !made.isEmpty() && made.getLast().history().size() == before + 2);
        assertThat(made.getLast().completeNext()).isTrue();
        assertThat(made.getLast().errorNext(why)).isTrue();
        Receipt known = receipt.join();
        assertThat(known.arrived()).containsExactly(events.getFirst().id());
        return known;
    }

    @Test
    void eachMessageIsAnsweredForByItself() {
        try (KafkaSink sink = sink(false)) {
            assertThat(secondFails(sink, new NotEnoughReplicasException("two are away, says hunter2"))
                            .trouble())
                    .isEqualTo("two are away, says ***");
            assertThat(made).hasSize(1);
            assertThat(made.getLast().closed()).isFalse();
            Receipt large = secondFails(sink, new RecordTooLargeException("too large"));
            assertThat(large.trouble()).isEmpty();
            assertThat(large.refused()).hasSize(1).containsValue("too large");
            assertThat(made).hasSize(1);
        }
    }

    @Test
    void aProducerThatIsOfNoMoreUseIsReplaced() {
        try (KafkaSink sink = sink(false)) {
            assertThat(secondFails(sink, new OutOfOrderSequenceException("lost count"))
                            .trouble())
                    .isEqualTo("lost count");
            assertThat(made.getFirst().closed()).isTrue();
            made.clear();
            assertThat(secondFails(sink, new NotEnoughReplicasException("away")).trouble())
                    .isEqualTo("away");
            assertThat(made).hasSize(1);
        }
    }

    private EventSink open(String server, Map<String, String> properties) {
        return KafkaSink.open(
                new KafkaConfig(List.of(server), "usage", Optional.empty(), properties, Map.of()),
                "n1",
                new Secrets(Map.of(), folder));
    }

    /** Hundreds of messages, of which only the first is waited for: all together would take minutes. */
    @Test
    void brokersThatAreAwayAreNoError() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        try (EventSink sink = open("127.0.0.1:" + free, Map.of("max.block.ms", "1000"))) {
            Receipt receipt = sink.send(Outboxes.events(3, 500));
            assertThat(receipt.arrived()).isEmpty();
            assertThat(receipt.refused()).isEmpty();
            assertThat(receipt.trouble()).contains("usage").contains("metadata");
        }
        try (EventSink sink = open("no-such-host.invalid:9092", Map.of())) {
            assertThat(sink.name()).isEqualTo("Kafka at no-such-host.invalid:9092");
            assertThat(sink.send(Outboxes.events(4, 1)).trouble())
                    .isEqualTo("none of its names is known to this machine: no-such-host.invalid:9092");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    linger.msec | 5 | kafka.properties.linger.msec: Kafka's producer has no such property
                    linger.ms | soon | kafka.properties: Invalid value soon for configuration linger.ms
                    delivery.timeout.ms | 5 | kafka: delivery.timeout.ms should be equal to or larger than
                    retries | 0 | kafka.properties: Must set
                    ssl.truststore.location | /no/such/file | kafka:
                    """)
    void propertiesThatAreWrongAreErrorsAtTheStart(String name, String value, String message) {
        Map<String, String> properties =
                name.startsWith("ssl.") ? Map.of(name, value, "security.protocol", "SSL") : Map.of(name, value);
        assertThatThrownBy(() -> open("127.0.0.1:9092", properties))
                .isInstanceOf(GatewayException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void secretsAreFoundAndWritten() {
        Secrets secrets = new Secrets(
                Map.of("WORD", "a\"b\\c-hunter2", "TRUST", "hunter2", "JAAS", "Other required\n a=\"hunter2\";"),
                folder);
        Map<String, Object> login = new ProducerSettings(
                        new KafkaConfig(
                                List.of("a:1", "b:2"),
                                "usage",
                                Optional.of(new KafkaConfig.Login("us\"er", "env:WORD")),
                                Map.of("sasl.mechanism", "PLAIN", "security.protocol", "SASL_SSL", "linger.ms", "20"),
                                Map.of("ssl.truststore.password", "env:TRUST")),
                        "n1",
                        secrets)
                .map();
        assertThat(login)
                .containsEntry(
                        "sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"us\\\"er\""
                                + " password=\"a\\\"b\\\\c-hunter2\";")
                .containsEntry("ssl.truststore.password", "hunter2")
                .containsEntry("bootstrap.servers", List.of("a:1", "b:2"))
                .containsEntry("client.id", "jerboa-n1")
                .containsEntry("linger.ms", "20")
                .containsEntry("acks", "all")
                .containsEntry("enable.idempotence", true);
        KafkaConfig other = new KafkaConfig(
                List.of("a:1"), "usage", Optional.empty(), Map.of(), Map.of("sasl.jaas.config", "env:JAAS"));
        assertThat(new ProducerSettings(other, "n1", secrets).map())
                .containsEntry("sasl.jaas.config", "Other required\n a=\"hunter2\";");
        KafkaConfig unsaid = new KafkaConfig(
                List.of("a:1"),
                "usage",
                Optional.of(new KafkaConfig.Login("user", "env:WORD")),
                Map.of("sasl.mechanism", "GSSAPI"),
                Map.of());
        assertThatThrownBy(() -> new ProducerSettings(unsaid, "n1", secrets))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("sasl.mechanism is 'GSSAPI', expected PLAIN")
                .message()
                .doesNotContain("hunter2");
    }
}
