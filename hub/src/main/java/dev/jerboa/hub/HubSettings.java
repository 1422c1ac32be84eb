package dev.jerboa.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which hub, whose token, and where its files are kept.
 *
 * @param endpoint the hub's address; empty where none is set: then only what is on this machine is found
 * @param token what private and gated repositories ask for; sent to the endpoint's own host only
 * @param cache the folder of all models
 * @param offline whether nothing may be asked of the hub
 * @param connections how many ranges are fetched at a time
 * @param chunkBytes the most bytes of a range, and the most that an interruption may cost
 * @param patience how long a connection may be silent; also the longest wait between attempts
 */
public record HubSettings(
        Optional<URI> endpoint,
        Optional<String> token,
        Path cache,
        boolean offline,
        int connections,
        int chunkBytes,
        Duration patience) {
    static final int CONNECTIONS = 4;
    static final int CHUNK_BYTES = 16 << 20;
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");
    private static final int MAX_TOKEN_BYTES = 4096;

    /**
     * The settings that Hugging Face's clients read too: {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_TOKEN_PATH}, {@code HF_HUB_CACHE},
     * {@code HF_HOME}, {@code XDG_CACHE_HOME}, {@code HF_HUB_OFFLINE}.
     *
     * @param environment the process's variables
     * @param home the user's folder
     * @throws HubException where a variable cannot be used
     */
    public static HubSettings of(Map<String, String> environment, Path home) {
        String xdg = value(environment, "XDG_CACHE_HOME");
        String ofHub = value(environment, "HF_HOME");
        Path top = !ofHub.isEmpty()
                ? Path.of(ofHub)
                : (xdg.isEmpty() ? home.resolve(".cache") : Path.of(xdg)).resolve("huggingface");
        String cache = value(environment, "HF_HUB_CACHE");
        return new HubSettings(
                endpoint(value(environment, "HF_ENDPOINT")),
                token(environment, top),
                cache.isEmpty() ? top.resolve("hub") : Path.of(cache),
                TRUE.contains(value(environment, "HF_HUB_OFFLINE").toLowerCase(Locale.ROOT)),
                CONNECTIONS,
                CHUNK_BYTES,
                PATIENCE);
    }

    private static String value(Map<String, String> environment, String name) {
        return environment.getOrDefault(name, "").strip();
    }

    private static Optional<URI> endpoint(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        URI uri;
        try {
            uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (IllegalArgumentException e) {
            throw new HubException("HF_ENDPOINT '" + text + "' is not an address: " + e.getMessage(), e);
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null || uri.getRawQuery() != null || uri.getRawUserInfo() != null) {
            throw new HubException(
                    "HF_ENDPOINT '" + text + "': expected a hub's address, http or https, a host, and perhaps a path");
        }
        return Optional.of(uri);
    }

    private static Optional<String> token(Map<String, String> environment, Path top) {
        String token = value(environment, "HF_TOKEN");
        if (!token.isEmpty()) {
            return Optional.of(sendable(token, "HF_TOKEN"));
        }
        String path = value(environment, "HF_TOKEN_PATH");
        Path file = path.isEmpty() ? top.resolve("token") : Path.of(path);
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_TOKEN_BYTES) {
                return Optional.empty();
            }
            return Optional.of(sendable(Files.readString(file).strip(), file.toString()))
                    .filter(text -> !text.isEmpty());
        } catch (IOException e) {
            throw new HubException("the token in " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Refuses what no header can carry, without repeating it: it is a secret. */
    private static String sendable(String token, String where) {
        if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new HubException(
                    "the token in " + where
                            + " has spaces, line breaks or letters that are not ASCII, which no hub's token has; copy it again");
        }
        return token;
    }

    @Override
    public String toString() {
        return "HubSettings[endpoint=" + endpoint + ", token=" + (token.isPresent() ? "set" : "none") + ", cache="
                + cache + ", offline=" + offline + "]";
    }
}
