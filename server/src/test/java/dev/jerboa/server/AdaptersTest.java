package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.server.model.Declared;
import dev.jerboa.server.model.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A model and adapters of it, each under its name, on one decoder. */
@Timeout(120)
class AdaptersTest {
    private static final List<String> NAMES = List.of("base", "ada", "bob");

    @TempDir
    static Path folder;

    private static Models models(boolean magnitudes, String... adapters) throws IOException {
        List<Path> folders = new ArrayList<>();
        try (Checkpoint checkpoint = InsideModel.checkpoint()) {
            for (String name : adapters) {
                folders.add(RandomAdapter.write(folder.resolve(name), checkpoint, magnitudes, name.hashCode()));
            }
        }
        OpenOptions options = OpenOptions.defaults().withMaxSequences(16).withAdapters(folders);
        return Models.declared(List.of(new Declared("base", () -> InsideModel.open(options), List.of(adapters))));
    }

    private static String completion(String name, int prompt) {
        return "{\"model\": \"" + name + "\", \"prompt\": [" + (20 + prompt)
                + ", 40, 60], \"temperature\": 0, \"ignore_eos\": true, \"max_tokens\": 40}";
    }

    private static String text(String body) {
        return String.valueOf(at(dev.jerboa.model.json.Json.parse(body, "answer"), "choices", 0, "text"));
    }

    @Test
    void aStepMixesThemAndEachIsGivenWhatItIsGivenAlone() throws Exception {
        Models models = models(false, "ada", "bob");
        models.load("base");
        try (Running running = new Running(ServerOptions.defaults().withPort(0), models)) {
            Map<String, String> alone = new LinkedHashMap<>();
            for (String name : NAMES) {
                for (int prompt = 0; prompt < 4; prompt++) {
                    alone.put(
                            name + prompt,
                            text(running.post("/v1/completions", completion(name, prompt))
                                    .body()));
                }
            }
            assertThat(new HashSet<>(alone.values())).hasSize(alone.size());
            Map<String, Future<String>> together = new LinkedHashMap<>();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int prompt = 0; prompt < 4; prompt++) {
                    for (String name : NAMES) {
                        String body = completion(name, prompt);
                        together.put(
                                name + prompt,
                                threads.submit(() -> text(
                                        running.post("/v1/completions", body).body())));
                    }
                }
                for (Map.Entry<String, Future<String>> one : together.entrySet()) {
                    assertThat(one.getValue().get()).isEqualTo(alone.get(one.getKey()));
                }
            }
            Map<String, @Nullable Object> list = json(running.get("/v1/models"));
            for (int i = 0; i < NAMES.size(); i++) {
                assertThat(at(list, "data", i, "id")).isEqualTo(NAMES.get(i));
                assertThat(at(list, "data", i, "parent")).isEqualTo(i == 0 ? null : "base");
            }
            assertThat(at(json(running.get("/v1/models/bob")), "parent")).isEqualTo("base");
            assertThat(running.get("/metrics").body())
                    .contains("vllm:lora_requests_info{max_lora=\"2\",model_name=\"base\",running_lora_adapters=\"\"");
            assertThat(at(
                            json(running.post(
                                    "/api/generate",
                                    "{\"model\": \"bob:latest\", \"prompt\": \"1\", \"stream\": false,"
                                            + " \"options\": {\"num_predict\": 2}}")),
                            "model"))
                    .isEqualTo("bob");
        }
    }

    /** With DoRA the decoder's weights are the adapter's, so there would be no base to ask for. */
    @Test
    void anAdapterThatHasToBeMergedIsRefused() throws IOException {
        try (Models models = models(true, "dora")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> models.load("base"))
                    .withMessageContaining("dora")
                    .withMessageContaining("merge");
        }
    }

    @Test
    void namesAreUnambiguous() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> models(false, "base"))
                .withMessageContaining("two models are called base");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> models(false, "default"))
                .withMessageContaining("default");
    }
}
