package dev.jerboa.gateway.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where events go beside the store. Holds no secrets, only where they are.
 *
 * @param servers {@code host:port} of brokers to begin with
 * @param topic one message an event, with the event's id as its key
 * @param login who is told to brokers, where they want to know
 * @param properties of the producer, by Kafka's names; those of {@link #secrets} are not among them
 * @param secrets properties whose values are secrets: references by name
 */
public record KafkaConfig(
        List<String> servers,
        String topic,
        Optional<Login> login,
        Map<String, String> properties,
        Map<String, String> secrets) {
    /**
     * A user of the brokers.
     *
     * @param password reference of the secret
     */
    public record Login(String user, String password) {}

    public KafkaConfig {
        servers = List.copyOf(servers);
        properties = Map.copyOf(properties);
        secrets = Map.copyOf(secrets);
    }
}
