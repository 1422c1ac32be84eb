package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.settings.Section;
import java.util.List;

/**
 * Where events go beside the store.
 *
 * @param servers {@code host:port} of brokers to begin with
 * @param topic one message an event, with the event's id as its key
 */
public record KafkaConfig(List<String> servers, String topic) {
    public KafkaConfig {
        servers = List.copyOf(servers);
    }

    static KafkaConfig read(Section section) {
        List<String> servers = section.texts("servers", List.of());
        if (servers.isEmpty()) {
            throw new GatewayException(
                    section.where() + ": kafka.servers is missing or empty, expected a list such as [broker:9092]");
        }
        for (String server : servers) {
            if (!server.matches("[A-Za-z0-9._-]{1,253}:[0-9]{1,5}|\\[[0-9a-fA-F:]{2,45}]:[0-9]{1,5}")) {
                throw section.wrong("servers", "a list of host:port; found '" + server + "'");
            }
        }
        String topic = section.text("topic", "jerboa-usage");
        if (!topic.matches("[A-Za-z0-9._-]{1,249}")) {
            throw section.wrong("topic", "a topic's name in letters, digits, '.', '_' and '-'");
        }
        return new KafkaConfig(servers, topic);
    }
}
