package dev.jerboa.kafka;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.config.KafkaConfig;
import dev.jerboa.gateway.config.Secrets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What Kafka's producer is made with: what the gateway's file says, over what keeps a sender that waits responsive. */
final class ProducerSettings {
    /** For how long nothing is known of a broker before it is said to be away. */
    private static final int BLOCK_MILLIS = 10_000;

    private static final int REQUEST_MILLIS = 10_000;
    /** For how long a message is tried again by the producer itself; behind that the outbox tries again. */
    private static final int DELIVERY_MILLIS = 30_000;

    private static final String PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule";
    private static final String SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule";

    private final KafkaConfig config;
    private final String node;
    private final Secrets secrets;

    /** @throws GatewayException where Kafka knows a property not at all, or not with such a value */
    ProducerSettings(KafkaConfig config, String node, Secrets secrets) {
        this.config = config;
        this.node = node;
        this.secrets = secrets;
        check();
    }

    private void check() {
        for (Map<String, String> named : List.of(config.properties(), config.secrets())) {
            for (String name : named.keySet()) {
                if (!ProducerConfig.configNames().contains(name)) {
                    throw new GatewayException("kafka.properties." + name
                            + ": Kafka's producer has no such property, expected one of its own names");
                }
            }
        }
        try {
            new ProducerConfig(map());
        } catch (ConfigException e) {
            throw new GatewayException("kafka.properties: " + secrets.redact(String.valueOf(e.getMessage())));
        }
    }

    /** With secrets, as they are now. */
    Map<String, Object> map() {
        Map<String, Object> map = new HashMap<>();
        map.put(ProducerConfig.CLIENT_ID_CONFIG, "jerboa-" + node);
        map.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, BLOCK_MILLIS);
        map.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MILLIS);
        map.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MILLIS);
        map.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false); // what brokers ask clients about themselves
        map.putAll(config.properties());
        config.secrets().forEach((name, reference) -> map.put(name, secrets.text(reference)));
        config.login().ifPresent(login -> map.put(SaslConfigs.SASL_JAAS_CONFIG, jaas(login)));
        map.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.servers());
        map.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
        map.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        map.put(ProducerConfig.ACKS_CONFIG, "all");
        map.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        return map;
    }

    private String jaas(KafkaConfig.Login login) {
        String mechanism = config.properties().getOrDefault(SaslConfigs.SASL_MECHANISM, "");
        String module = switch (mechanism) {
            case "PLAIN" -> PLAIN;
            case "SCRAM-SHA-256", "SCRAM-SHA-512" -> SCRAM;
            default ->
                throw new GatewayException("kafka.user: kafka.properties.sasl.mechanism is '" + mechanism
                        + "', expected PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; others are told who logs in by"
                        + " kafka.properties.sasl.jaas.config");
        };
        return module + " required username=" + quoted(login.user()) + " password="
                + quoted(secrets.resolve(login.password())) + ";";
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
