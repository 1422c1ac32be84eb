package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.SecretReference;
import dev.jerboa.settings.Section;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads where events go beside the store. */
final class KafkaReader {
    private static final int MOST_PROPERTIES = 100;
    private static final int LONGEST = 4096;
    private static final int MOST_PORT = 65_535;
    private static final Pattern SERVER =
            Pattern.compile("[A-Za-z0-9._-]{1,253}:[0-9]{1,5}|\\[[0-9a-fA-F:]{2,45}]:[0-9]{1,5}");
    /** Names of properties whose values are secrets. */
    private static final Pattern SECRET = Pattern.compile("password|passphrase|jaas|secret$|\\.key$");
    /** Names of properties whose values are paths. */
    private static final Pattern PATH = Pattern.compile("\\.(location|file)$");
    /** What the gateway says itself: where to, in which form, and that nothing is lost. */
    private static final Set<String> OWN = Set.of(
            "bootstrap.servers",
            "key.serializer",
            "value.serializer",
            "acks",
            "enable.idempotence",
            "transactional.id");

    private static final String JAAS = "sasl.jaas.config";

    private final Section section;
    private final Path folder;

    private KafkaReader(Section section, Path folder) {
        this.section = section;
        this.folder = folder;
    }

    static Optional<KafkaConfig> read(Section file, Path folder) {
        return file.has("kafka")
                ? Optional.of(new KafkaReader(file.section("kafka"), folder).config())
                : Optional.empty();
    }

    private KafkaConfig config() {
        List<String> servers = section.texts("servers", List.of());
        if (servers.isEmpty()) {
            throw new GatewayException(
                    section.where() + ": kafka.servers is missing or empty, expected a list such as [broker:9092]");
        }
        for (String server : servers) {
            if (!SERVER.matcher(server).matches() || !isPort(server.substring(server.lastIndexOf(':') + 1))) {
                throw section.wrong("servers", "a list of host:port; found '" + server + "'");
            }
        }
        String topic = section.text("topic", "jerboa-usage");
        if (!topic.matches("[A-Za-z0-9._-]{1,249}")) {
            throw section.wrong("topic", "a topic's name in letters, digits, '.', '_' and '-'");
        }
        Map<String, String> properties = new HashMap<>();
        Map<String, String> secrets = new HashMap<>();
        properties(section.sectionOrEmpty("properties"), properties, secrets);
        Optional<KafkaConfig.Login> login = login();
        if (login.isPresent() && secrets.containsKey(JAAS)) {
            throw new GatewayException(
                    section.where("user") + ": kafka.user and " + JAAS + " both say who logs in, expected one of them");
        }
        return new KafkaConfig(servers, topic, login, properties, secrets);
    }

    private static boolean isPort(String digits) {
        int port = Integer.parseInt(digits);
        return port > 0 && port <= MOST_PORT;
    }

    private Optional<KafkaConfig.Login> login() {
        if (!section.has("user")) {
            return Optional.empty();
        }
        return Optional.of(new KafkaConfig.Login(section.text("user"), SecretReference.one(section, "password")));
    }

    private void properties(Section given, Map<String, String> properties, Map<String, String> secrets) {
        if (given.keys().size() > MOST_PROPERTIES) {
            throw new GatewayException(given.where() + ": kafka.properties has "
                    + given.keys().size() + " entries, expected at most " + MOST_PROPERTIES);
        }
        for (String name : given.keys()) {
            if (!name.matches("[a-z0-9._-]{1,128}")) {
                throw unknown(given, name, "a property of Kafka's producer in small letters");
            }
            if (OWN.contains(name)) {
                throw unknown(given, name, "another: this one is the gateway's own");
            }
            if (SECRET.matcher(name).find()) {
                secrets.put(name, SecretReference.one(given, name));
            } else {
                properties.put(name, value(given, name));
            }
        }
    }

    private static GatewayException unknown(Section given, String name, String expected) {
        return new GatewayException(
                given.where(name) + ": unknown key kafka.properties." + name + ", expected " + expected);
    }

    private String value(Section given, String name) {
        String value = given.text(name);
        if (value.length() > LONGEST) {
            throw new GatewayException(given.where(name) + ": kafka.properties." + name + " has " + value.length()
                    + " characters, expected at most " + LONGEST);
        }
        return PATH.matcher(name).find()
                ? Paths.resolve(given, name, value, folder).toString()
                : value;
    }
}
