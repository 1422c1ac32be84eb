package dev.jerboa.server.browser;

import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.model.json.Json;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.server.model.Declared;
import dev.jerboa.server.model.Models;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server in this process: the model inside, a model of stories where the references have one, and the model inside once more, not
 * loaded. It gives running replies next to no time when it closes.
 */
final class RealServer implements AutoCloseable {
    static final String INSIDE = "jerboa-inside";
    static final String STORIES = "stories260K";
    static final String LATER = "later";

    private static final String STORIES_FILE = "models/stories260K/stories260K-q8_0.gguf";

    private final Models models;
    private final JerboaServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    private RealServer(ServerOptions options) {
        OpenOptions opening = OpenOptions.defaults().withMaxSequences(8);
        List<Declared> declared = new ArrayList<>();
        declared.add(declare(INSIDE, () -> InsideModel.open(opening)));
        Path stories = SharedFolder.path(STORIES_FILE);
        if (Files.exists(stories)) {
            declared.add(declare(STORIES, () -> Jerboa.open(stories, opening)));
        }
        declared.add(declare(LATER, () -> InsideModel.open(opening)));
        models = Models.declared(declared);
        models.load(INSIDE);
        if (Files.exists(stories)) {
            models.load(STORIES);
        }
        server = JerboaServer.start(options.withStopping(Duration.ofMillis(50)), models);
    }

    private static Declared declare(String name, Supplier<LanguageModel> opener) {
        return new Declared(name, opener, List.of());
    }

    /** On any free port. */
    static RealServer start() {
        return start(ServerOptions.defaults().withPort(0));
    }

    static RealServer start(ServerOptions options) {
        return new RealServer(options);
    }

    /** Skips the calling test where the model of stories is missing. */
    static void requireStories() {
        SharedFolder.require(STORIES_FILE);
    }

    int port() {
        return server.port();
    }

    /** The page's address. */
    String address() {
        return "http://127.0.0.1:" + port() + "/";
    }

    void load(String model) {
        models.load(model);
    }

    void unload(String model) {
        models.unload(model, Duration.ZERO);
    }

    /** {@code GET /jerboa/status}. */
    Map<String, @Nullable Object> status() {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address() + "jerboa/status")).build();
        try {
            return Json.asObject(
                    Json.parse(
                            client.send(request, HttpResponse.BodyHandlers.ofString())
                                    .body(),
                            "status"),
                    "status");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What the state says of a model, by the names on the way to it. */
    long figure(String model, String... names) {
        for (Object one : Json.asList(status().get("models"), "models")) {
            Map<String, @Nullable Object> found = Json.asObject(one, "model");
            if (model.equals(found.get("id"))) {
                Object value = found;
                for (String name : names) {
                    value = Json.asObject(value, "state of " + model).get(name);
                }
                if (value instanceof Number number) {
                    return number.longValue();
                }
                throw new AssertionError(
                        "expected a number at " + List.of(names) + " of " + model + ", found " + value);
            }
        }
        throw new AssertionError("the state has no model " + model);
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
