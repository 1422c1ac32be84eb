package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds secrets by their references, each time anew, so that a file may be changed while the gateway runs. Secrets are in no message and
 * no {@link #toString}. Thread-safe.
 */
public final class Secrets {
    private static final int MAX_BYTES = 16 << 10;
    /** Shorter ones are not looked for in texts: they would be found everywhere. */
    private static final int LEAST_REDACTED = 6;

    private final Map<String, String> environment;
    private final Path folder;
    private final Set<String> found = ConcurrentHashMap.newKeySet();

    /**
     * @param environment where {@code env:} looks
     * @param folder from where paths behind {@code file:} are
     */
    public Secrets(Map<String, String> environment, Path folder) {
        this.environment = Map.copyOf(environment);
        this.folder = folder;
    }

    /** Those of this process's environment, and of files from the folder of a configuration on. */
    public static Secrets beside(Path configuration) {
        return new Secrets(System.getenv(), configuration.toAbsolutePath().resolveSibling(""));
    }

    /**
     * The secret that a reference names, without white space around it.
     *
     * @throws GatewayException where there is none, or it is no single line of visible ASCII, which no header can hold
     */
    public String resolve(String reference) {
        String secret = stripped(reference);
        if (!secret.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw unreadable(reference, "visible ASCII in one line");
        }
        found.add(secret);
        return secret;
    }

    /**
     * The secret text that a reference names, which may have spaces and several lines, as keys in PEM have; without white space around it.
     *
     * @throws GatewayException where there is none, or it has other control characters than ends of lines
     */
    public String text(String reference) {
        String secret = stripped(reference);
        if (!secret.chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r' || c == '\t')) {
            throw unreadable(reference, "lines of text");
        }
        found.add(secret);
        return secret;
    }

    /** What a reference names, which is not empty. */
    private String stripped(String reference) {
        String secret = reference.startsWith("env:")
                ? environment.get(reference.substring("env:".length()))
                : reference.startsWith("file:") ? file(reference) : null;
        if (secret == null) {
            throw new GatewayException(
                    reference.startsWith("env:")
                            ? "the environment variable " + reference.substring("env:".length())
                                    + " is not set, expected it to hold a secret"
                            : "a reference to a secret that is neither env:NAME nor file:PATH");
        }
        String stripped = secret.strip();
        if (stripped.isEmpty()) {
            throw unreadable(reference, "a secret");
        }
        return stripped;
    }

    private static GatewayException unreadable(String reference, String expected) {
        return new GatewayException(
                "the secret at " + reference + " is empty or has other characters than expected: " + expected);
    }

    private String file(String reference) {
        Path file = folder.resolve(reference.substring("file:".length()));
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new GatewayException(
                        "the file of the secret " + reference + " has more than " + MAX_BYTES + " bytes");
            }
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new GatewayException("the file of the secret " + reference + " cannot be read: " + e, e);
        }
    }

    /** A text of somebody else's, such as a provider's error, with {@code ***} for each secret that was resolved. */
    public String redact(String text) {
        String clean = text;
        List<String> longestFirst = found.stream()
                .filter(secret -> secret.length() >= LEAST_REDACTED)
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        for (String secret : longestFirst) {
            clean = clean.replace(secret, "***");
        }
        return clean;
    }

    @Override
    public String toString() {
        return "secrets of the environment and of files";
    }
}
