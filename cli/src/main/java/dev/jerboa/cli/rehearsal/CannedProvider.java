package dev.jerboa.cli.rehearsal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A provider on this machine that has one reply for all, in the dialects of OpenAI's chat and of Anthropic. Thread-safe. */
final class CannedProvider implements AutoCloseable {
    private static final int PIECES = 8;
    private static final String CHUNK =
            "data: {\"id\":\"chatcmpl-rehearsal\",\"object\":\"chat.completion.chunk\",\"created\":1780000000,\"model\":\"rehearsed\","
                    + "\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n";
    private static final String CHAT_USAGE =
            "{\"prompt_tokens\":310,\"completion_tokens\":48,\"total_tokens\":358,\"prompt_tokens_details\":{\"cached_tokens\":128},"
                    + "\"completion_tokens_details\":{\"reasoning_tokens\":16}}";
    private static final String MESSAGE_USAGE =
            "{\"input_tokens\":182,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":128,\"output_tokens\":48}";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    CannedProvider() throws IOException {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // else 40 ms wait for each reply's second packet
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v1/chat/completions", exchange -> answer(exchange, chatWhole(), chatPieces()));
        server.createContext("/v1/messages", exchange -> answer(exchange, messageWhole(), messagePieces()));
        server.start();
    }

    /** Where it is. */
    URI base() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    private static void answer(HttpExchange exchange, String whole, List<String> pieces) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean stream = body.replace(" ", "").contains("\"stream\":true");
            exchange.getResponseHeaders().set("Content-Type", stream ? "text/event-stream" : "application/json");
            exchange.getResponseHeaders().set("X-Request-Id", "rehearsal");
            byte[] all = whole.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, stream ? 0 : all.length);
            OutputStream out = exchange.getResponseBody();
            if (stream) {
                for (String piece : pieces) {
                    out.write(piece.getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
            } else {
                out.write(all);
            }
        }
    }

    private static String chatWhole() {
        return "{\"id\":\"chatcmpl-rehearsal\",\"object\":\"chat.completion\",\"created\":1780000000,\"model\":\"rehearsed\",\"choices\":"
                + "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                + "Once more, from the top. ".repeat(PIECES)
                + "\"},\"finish_reason\":\"stop\"}],\"usage\":" + CHAT_USAGE + "}";
    }

    private static List<String> chatPieces() {
        StringBuilder pieces = new StringBuilder(CHUNK.formatted("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
        for (int i = 0; i < PIECES; i++) {
            pieces.append(CHUNK.formatted("{\"content\":\"Once more, from the top. \"}", "null"));
        }
        return List.of((pieces
                        + CHUNK.formatted("{}", "\"stop\"")
                        + "data: {\"id\":\"chatcmpl-rehearsal\",\"object\":\"chat.completion.chunk\",\"created\":1780000000,"
                        + "\"model\":\"rehearsed\",\"choices\":[],\"usage\":" + CHAT_USAGE + "}\n\ndata: [DONE]\n\n")
                .split("(?<=\n\n)"));
    }

    private static String messageWhole() {
        return "{\"id\":\"msg_rehearsal\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"rehearsed\",\"content\":[{\"type\":\"text\","
                + "\"text\":\"" + "Once more, from the top. ".repeat(PIECES)
                + "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":" + MESSAGE_USAGE + "}";
    }

    private static List<String> messagePieces() {
        String piece = event(
                "content_block_delta",
                "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Once more, from the top. \"}");
        return List.of((event(
                                "message_start",
                                "\"message\":{\"id\":\"msg_rehearsal\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"rehearsed\","
                                        + "\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":"
                                        + MESSAGE_USAGE.replace(":48", ":1") + "}")
                        + event(
                                "content_block_start",
                                "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
                        + piece.repeat(PIECES)
                        + event("content_block_stop", "\"index\":0")
                        + event(
                                "message_delta",
                                "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":48}")
                        + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
                .split("(?<=\n\n)"));
    }

    private static String event(String name, String fields) {
        return "event: " + name + "\ndata: {\"type\":\"" + name + "\"," + fields + "}\n\n";
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
    }
}
