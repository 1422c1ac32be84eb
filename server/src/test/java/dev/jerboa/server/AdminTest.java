package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.model.json.Json;
import dev.jerboa.server.model.Declared;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Puller;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loading and unloading models while a server runs. */
@Timeout(120)
class AdminTest {
    private static final String KEY = "inference-0123456789";
    private static final String ADMIN_KEY = "admin-0123456789abcdef";

    /** A reply that takes a while. */
    private static final String LONG = "\"prompt\": [5], \"ignore_eos\": true, \"max_tokens\": ";

    @TempDir
    static Path folder;

    private static Path file;
    private static Running running;

    @BeforeAll
    static void open() throws IOException {
        file = folder.resolve("second.gguf");
        try (InputStream in = Objects.requireNonNull(InsideModel.class.getResourceAsStream("model.gguf"))) {
            Files.copy(in, file);
        }
        OpenOptions options = OpenOptions.defaults();
        Models models = Models.declared(List.of(
                new Declared("first", () -> InsideModel.open(options), List.of()),
                new Declared("second", () -> Jerboa.open(file, options), List.of()),
                new Declared("org/third", () -> InsideModel.open(options), List.of()),
                new Declared("broken", () -> Jerboa.open(folder.resolve("none.gguf"), options), List.of())));
        models.load("first");
        running = new Running(
                ServerOptions.defaults().withPort(0).withKeys(List.of(KEY)).withAdmin(0, List.of(ADMIN_KEY)),
                models,
                AdminTest::pulled);
        running.headers.addAll(List.of("Authorization", "Bearer " + KEY));
    }

    @AfterAll
    static void close() {
        running.close();
    }

    private static HttpResponse<String> admin(String method, String path, String body, String... headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + running.server.adminPort() + path))
                    .method(method, HttpRequest.BodyPublishers.ofString(body));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return running.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpResponse<String> admin(String method, String path) {
        return admin(method, path, "", "Authorization", "Bearer " + ADMIN_KEY);
    }

    private static String state(String name) {
        for (Object model : Json.asList(at(json(admin("GET", "/admin/models")), "models"), "models")) {
            if (name.equals(at(model, "name"))) {
                return String.valueOf(at(model, "state"));
            }
        }
        throw new AssertionError("no model " + name);
    }

    /** A hub with one model. */
    private static Declared pulled(String name, Puller.Progress progress) {
        if (!name.equals("org/fourth:Q8_0") && !name.equals("default")) {
            throw new IllegalArgumentException(name + ": the hub has no such repository");
        }
        progress.at("pulling", 100, 40);
        progress.at("pulling", 100, 100);
        return new Declared(name, () -> InsideModel.open(OpenOptions.defaults()), List.of());
    }

    @Test
    void modelsArePulledHereOnly() {
        String body = "{\"model\": \"org/fourth:Q8_0\"}";
        String[] key = {"Authorization", "Bearer " + ADMIN_KEY};
        assertThat(running.post("/api/pull", body).statusCode()).isEqualTo(403);
        assertThat(admin("POST", "/api/pull", body).statusCode()).isEqualTo(401);
        HttpResponse<String> unknown = admin("POST", "/api/pull", "{\"model\": \"org/none\"}", key);
        assertThat(unknown.body().lines().toList().getLast()).contains("error").contains("no such repository");
        assertThat(admin("POST", "/api/pull", "{\"model\": \"org/none\", \"stream\": false}", key)
                        .statusCode())
                .isEqualTo(400);
        HttpResponse<String> taken = admin("POST", "/api/pull", "{\"model\": \"default\", \"stream\": false}", key);
        assertThat(taken.statusCode()).isEqualTo(400);
        assertThat(taken.body()).contains("default");
        HttpResponse<String> lines = admin("POST", "/api/pull", body, key);
        assertThat(lines.statusCode()).isEqualTo(200);
        assertThat(lines.body().lines().toList().getLast()).contains("success");
        assertThat(state("org/fourth:Q8_0")).isEqualTo("unloaded");
        assertThat(admin("POST", "/admin/models/load", body, key).statusCode()).isEqualTo(200);
        assertThat(complete("org/fourth:Q8_0", 2).statusCode()).isEqualTo(200);
        assertThat(admin("POST", "/admin/models/pull", "{\"name\": \"org/fourth:Q8_0\", \"stream\": false}", key)
                        .statusCode())
                .isEqualTo(200);
        assertThat(state("org/fourth:Q8_0")).isEqualTo("ready");
    }

    private static HttpResponse<String> complete(String model, int tokens) {
        return running.post("/v1/completions", "{\"model\": \"" + model + "\", " + LONG + tokens + "}");
    }

    /** Whether the model's file is in the process's memory; where the system does not tell, nothing is checked. */
    private static void assertMapped(boolean mapped) throws IOException {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.exists(maps)) {
            System.err.println("AdminTest: no /proc/self/maps, so that memory is freed is not checked");
            return;
        }
        assertThat(Files.readString(maps).contains(file.toString())).isEqualTo(mapped);
    }

    private static void awaitRunning(String model) throws InterruptedException {
        for (int i = 0; i < 3000; i++) {
            for (Object one : Json.asList(at(json(running.get("/jerboa/status")), "models"), "models")) {
                if (model.equals(at(one, "id"))
                        && ((Number) Objects.requireNonNull(at(one, "running"))).longValue() > 0) {
                    return;
                }
            }
            Thread.sleep(10);
        }
        throw new AssertionError(model + " does nothing");
    }

    @Test
    void modelsComeAndGo() throws Exception {
        assertThat(state("second")).isEqualTo("unloaded");
        HttpResponse<String> refused = complete("second", 3);
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(at(json(refused), "error", "code")).isEqualTo("model_not_found");
        assertThat(at(json(refused), "error", "message")).asString().contains("unloaded");
        assertThat(at(
                        json(running.post(
                                "/v1/messages", "{\"model\": \"second\", \"max_tokens\": 1, \"messages\": []}")),
                        "error",
                        "message"))
                .asString()
                .contains("unloaded");
        assertThat(json(running.post("/api/generate", "{\"model\": \"second\", \"prompt\": \"1\"}"))
                        .get("error"))
                .asString()
                .contains("unloaded");
        assertThat(running.get("/v1/models").body()).contains("\"first\"").doesNotContain("\"second\"");
        assertThat(at(json(running.get("/jerboa/status")), "models", 1, "state"))
                .isEqualTo("unloaded");
        assertMapped(false);
        String text = "";
        for (int round = 0; round < 2; round++) {
            HttpResponse<String> loaded = admin("POST", "/admin/models/second/load");
            assertThat(loaded.statusCode()).isEqualTo(200);
            assertThat(json(loaded).get("state")).isEqualTo("ready");
            assertMapped(true);
            assertThat(running.get("/v1/models").body()).contains("\"second\"");
            String answer = String.valueOf(at(json(complete("second", 20)), "choices", 0, "text"));
            assertThat(answer).isEqualTo(round == 0 ? answer : text);
            text = answer;
            assertThat(json(admin("POST", "/admin/models/second/unload")).get("state"))
                    .isEqualTo("unloaded");
            assertMapped(false);
        }
    }

    @Test
    void unloadingLetsRequestsEndOrEndsThem() throws Exception {
        assertThat(admin("POST", "/admin/models/second/load").statusCode()).isEqualTo(200);
        CompletableFuture<HttpResponse<String>> some = CompletableFuture.supplyAsync(() -> complete("second", 300));
        awaitRunning("second");
        assertThat(admin("POST", "/admin/models/second/unload").statusCode()).isEqualTo(200);
        assertThat(at(json(some.join()), "usage", "completion_tokens")).isEqualTo(300L);

        assertThat(admin("POST", "/admin/models/second/load").statusCode()).isEqualTo(200);
        CompletableFuture<HttpResponse<String>> cut = CompletableFuture.supplyAsync(() -> complete("second", 3000));
        awaitRunning("second");
        assertThat(admin("POST", "/admin/models/second/unload", "{\"grace_seconds\": 0}", "X-Api-Key", ADMIN_KEY)
                        .statusCode())
                .isEqualTo(200);
        assertThat(state("second")).isEqualTo("unloaded");
        assertThat(cut.join().statusCode()).isEqualTo(503);
        assertThat(complete("first", 3).statusCode()).isEqualTo(200);
    }

    @Test
    void aModelThatCannotBeLoadedSaysWhyAndCostsNothing() {
        HttpResponse<String> failed = admin("POST", "/admin/models/broken/load");
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(at(json(failed), "error", "message")).asString().contains("none.gguf");
        assertThat(state("broken")).isEqualTo("failed");
        HttpResponse<String> refused = complete("broken", 3);
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(refused.body()).contains("failed").doesNotContain("none.gguf");
        assertThat(complete("default", 3).statusCode()).isEqualTo(200);
    }

    @Test
    void onlyDeclaredNamesAreLoaded() {
        for (String name :
                List.of("none", "..%2F..%2Fetc%2Fpasswd", file.toString().replace("/", "%2F"))) {
            assertThat(admin("POST", "/admin/models/" + name + "/load").statusCode())
                    .isIn(400, 404);
        }
        HttpResponse<String> path = admin(
                "POST",
                "/admin/models/second/unload",
                "{\"path\": \"/etc/passwd\"}",
                "Authorization",
                "Bearer " + ADMIN_KEY);
        assertThat(path.statusCode()).isEqualTo(400);
        assertThat(path.body()).contains("path");
    }

    @Test
    void theTwoSurfacesHaveNothingInCommon() {
        assertThat(admin("GET", "/admin/models", "").statusCode()).isEqualTo(401);
        assertThat(admin("GET", "/admin/models", "", "Authorization", "Bearer " + KEY)
                        .statusCode())
                .isEqualTo(401);
        assertThat(admin("GET", "/v1/models").statusCode()).isEqualTo(404);
        assertThat(running.get("/admin/models").statusCode()).isEqualTo(404);
        assertThat(admin(
                                "POST",
                                "/admin/models/second/load",
                                "",
                                "Authorization",
                                "Bearer " + ADMIN_KEY,
                                "Origin",
                                "http://evil.example")
                        .statusCode())
                .isEqualTo(403);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServerOptions.defaults().withAdmin(0, List.of()))
                .withMessageContaining("admin key");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ServerOptions.defaults().withKeys(List.of(KEY)).withAdmin(0, List.of(KEY)))
                .withMessageContaining("each open one thing");
    }

    /** A name with a slash in the path, encoded or not, in the body, and in the query. */
    @Test
    void namesMayHaveSlashes() {
        for (String path : List.of("/admin/models/org%2Fthird/", "/admin/models/org/third/")) {
            assertThat(json(admin("POST", path + "load"))).containsEntry("state", "ready");
            assertThat(json(running.get("/v1/models/org%2Fthird"))).containsEntry("id", "org/third");
            assertThat(complete("org/third", 2).statusCode()).isEqualTo(200);
            assertThat(json(admin("POST", path + "unload"))).containsEntry("state", "unloaded");
        }
        String[] key = {"Authorization", "Bearer " + ADMIN_KEY};
        String name = "{\"model\": \"org/third\", \"grace_seconds\": 1}";
        assertThat(json(admin("POST", "/admin/models/load", name, key))).containsEntry("state", "ready");
        assertThat(json(admin("POST", "/admin/models/unload?model=org%2Fthird", "", key)))
                .containsEntry("state", "unloaded");
        assertThat(admin("POST", "/admin/models/load", "", key).statusCode()).isEqualTo(400);
        assertThat(admin("POST", "/admin/models/load", "{\"model\": \"none\"}", key)
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<String> method = admin("GET", "/admin/models/load", "", key);
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("allow")).hasValue("POST");
    }

    /** What has begun cannot become an error's status: the stream says it. */
    @Test
    void aResponseThatFailsUnderWayEndsAsFailed() throws Exception {
        assertThat(admin("POST", "/admin/models/org%2Fthird/load").statusCode()).isEqualTo(200);
        CompletableFuture<HttpResponse<String>> response = CompletableFuture.supplyAsync(() -> running.post(
                "/v1/responses",
                "{\"model\": \"org/third\", \"input\": \"Sort 9, 1.\", \"stream\": true, \"temperature\": 1, \"logit_bias\":"
                        + endless() + "}"));
        awaitRunning("org/third");
        Thread.sleep(200);
        assertThat(admin("POST", "/admin/models/org%2Fthird/unload", "{\"grace_seconds\": 0}", "X-Api-Key", ADMIN_KEY)
                        .statusCode())
                .isEqualTo(200);
        List<Map<String, @Nullable Object>> events =
                Running.events(response.join().body());
        Map<String, @Nullable Object> last = events.getLast();
        assertThat(last.get("type")).isEqualTo("response.failed");
        assertThat(at(last, "response", "status")).isEqualTo("failed");
        assertThat(at(last, "response", "error", "code")).isEqualTo("server_error");
        assertThat(events.get(events.size() - 2).get("type")).isEqualTo("error");
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).get("sequence_number")).isEqualTo((long) i);
        }
    }

    /** Forbids the tokens that end replies. */
    private static String endless() {
        List<String> bias = new ArrayList<>();
        for (int id = 0; id < 20; id++) {
            bias.add("\"" + id + "\": -100");
        }
        return "{" + String.join(", ", bias) + "}";
    }
}
