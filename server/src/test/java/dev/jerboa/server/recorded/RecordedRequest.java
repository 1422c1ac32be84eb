package dev.jerboa.server.recorded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A request that a client once sent.
 *
 * @param name the client and the scenario, {@code openai-python/chat}
 * @param head the request line and the headers, in their order and spelling
 * @param body the body
 */
record RecordedRequest(String name, List<String> head, String body) {
    RecordedRequest {
        head = List.copyOf(head);
    }

    static RecordedRequest read(Path file) {
        try {
            String text = Files.readString(file);
            int end = text.indexOf("\n\n");
            String scenario = String.valueOf(file.getFileName()).replace(".http", "");
            Path client = file.toAbsolutePath().getParent();
            String name = (client == null ? "" : client.getFileName()) + "/" + scenario;
            return new RecordedRequest(name, text.substring(0, end).lines().toList(), text.substring(end + 2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String scenario() {
        return name.substring(name.indexOf('/') + 1);
    }

    String method() {
        return head.getFirst().split(" ")[0];
    }

    /** The path without its query. */
    String path() {
        return head.getFirst().split(" ")[1].split("\\?")[0];
    }

    boolean hasHeader(String name) {
        return head.stream().anyMatch(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"));
    }

    /** The fields of the body. */
    Seen fields() {
        return Seen.of(name, body.isEmpty() ? "{}" : body);
    }

    /** The request as it came, with the host that it goes to now. */
    byte[] bytes(int port) {
        StringBuilder text = new StringBuilder();
        for (String line : head) {
            boolean host = line.toLowerCase(Locale.ROOT).startsWith("host:");
            text.append(host ? line.substring(0, 5) + " 127.0.0.1:" + port : line)
                    .append("\r\n");
        }
        return text.append("\r\n").append(body).toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return name;
    }
}
