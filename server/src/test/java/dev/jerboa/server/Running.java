package dev.jerboa.server;

import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.model.json.Json;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Puller;
import dev.jerboa.server.model.Served;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A server on a real socket, with the model inside where nothing else is said, and a plain client. */
public final class Running implements AutoCloseable {
    public final JerboaServer server;
    final HttpClient client = HttpClient.newHttpClient();
    final List<String> headers = new ArrayList<>(List.of("Content-Type", "application/json"));

    Running(ServerOptions options) {
        this(options, OpenOptions.defaults().withMaxWaiting(64).withMaxSequences(16));
    }

    Running(ServerOptions options, OpenOptions opening) {
        this(options, opening, "inside");
    }

    private Running(ServerOptions options, OpenOptions opening, String name) {
        this(options, new Models(List.of(new Served(name, InsideModel.open(opening), Instant.now(), List.of()))));
    }

    /** With other models, which it closes. */
    Running(ServerOptions options, Models models) {
        this.server = JerboaServer.start(options, models);
    }

    /** With other models, which it closes, and somebody who fetches more. */
    Running(ServerOptions options, Models models, Puller puller) {
        this.server = JerboaServer.start(options, models, puller);
    }

    static Running open() {
        return new Running(ServerOptions.defaults().withPort(0));
    }

    /** With the model under a name. */
    public static Running open(String name) {
        return new Running(
                ServerOptions.defaults().withPort(0),
                OpenOptions.defaults().withMaxWaiting(64).withMaxSequences(16),
                name);
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    HttpResponse<String> post(String path, String body) {
        return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(
                    request.headers(headers.toArray(String[]::new)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static Map<String, @Nullable Object> json(HttpResponse<String> response) {
        return Json.asObject(Json.parse(response.body(), "answer"), "answer");
    }

    /** The data of an event stream, as values, without the end mark. */
    static List<Map<String, @Nullable Object>> events(String body) {
        List<Map<String, @Nullable Object>> events = new ArrayList<>();
        for (String line : body.split("\n")) {
            if (line.startsWith("data: ") && !line.equals("data: [DONE]")) {
                events.add(Json.asObject(Json.parse(line.substring(6), "event"), "event"));
            }
        }
        return events;
    }

    /** A value inside: names, and numbers of elements. */
    static @Nullable Object at(@Nullable Object value, Object... path) {
        Object at = value;
        for (Object step : path) {
            at = step instanceof Integer i
                    ? Json.asList(at, "list").get(i)
                    : Json.asObject(at, "object").get(step);
        }
        return at;
    }

    @Override
    public void close() {
        server.close();
    }
}
