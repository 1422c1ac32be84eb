package dev.jerboa.server.ollama;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import dev.jerboa.server.reply.Serving;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Ollama's clients are told of models: {@code /api/tags}, {@code ps} and {@code show}. Thread-safe. */
final class OllamaModels {
    private static final String LATEST = ":latest";
    private static final String ARCHITECTURE = "jerboa";

    /** Models do not go by themselves; clients want a time at which they would. */
    private static final Duration FOR_EVER = Duration.ofDays(36_525);

    private final Serving serving;

    OllamaModels(Serving serving) {
        this.serving = serving;
    }

    List<Object> tags() {
        List<Object> list = new ArrayList<>();
        for (Served served : serving.models().all()) {
            list.add(tag(served, served.id()));
            served.adapters().forEach(adapter -> list.add(tag(served, adapter)));
        }
        return list;
    }

    List<Object> running() {
        List<Object> list = new ArrayList<>();
        for (Served served : serving.models().all()) {
            Map<String, @Nullable Object> entry = tag(served, served.id());
            entry.put("expires_at", served.created().plus(FOR_EVER).toString());
            entry.put("size_vram", 0);
            entry.put("context_length", served.model().contextLength());
            list.add(entry);
        }
        return list;
    }

    private static Map<String, @Nullable Object> tag(Served served, String name) {
        String tagged = name.indexOf(':', name.lastIndexOf('/') + 1) < 0 ? name + LATEST : name;
        return map(
                "name",
                tagged,
                "model",
                tagged,
                "modified_at",
                served.created().toString(),
                "size",
                served.model().weightBytes(),
                "digest",
                digest(served, name),
                "details",
                details(served.model()));
    }

    /** Stands for the hash of Ollama's own files, of which clients print the beginning: it tells models apart and says nothing else. */
    private static String digest(Served served, String name) {
        LanguageModel model = served.model();
        String facts = name + '\n' + model.name() + '\n' + model.parameterCount() + '\n' + model.weightBytes();
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(facts.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, @Nullable Object> details(LanguageModel model) {
        return map(
                "parent_model",
                "",
                "format",
                "",
                "family",
                model.name(),
                "families",
                List.of(model.name()),
                "parameter_size",
                size(model.parameterCount()),
                "quantization_level",
                "unknown");
    }

    private static String size(long parameters) {
        return parameters >= 1e9
                ? String.format(Locale.ROOT, "%.1fB", parameters / 1e9)
                : String.format(Locale.ROOT, "%.1fM", parameters / 1e6);
    }

    void show(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        String name = body.has("model") ? body.text("model") : body.text("name");
        Models.Target target = serving.models().find(name);
        LanguageModel model = target.served().model();
        body.known("model", "name", "verbose", "system", "template", "options");
        Http.warn(response, body.ignored());
        Http.json(
                response,
                map(
                        "parameters",
                        parameters(model.defaultSampling()),
                        "modified_at",
                        target.served().created().toString(),
                        "details",
                        details(model),
                        "model_info",
                        map(
                                "general.architecture",
                                ARCHITECTURE,
                                "general.basename",
                                model.name(),
                                "general.parameter_count",
                                model.parameterCount(),
                                ARCHITECTURE + ".context_length",
                                model.contextLength()),
                        "capabilities",
                        capabilities(model)));
    }

    /** The usual sampling, as lines of names and values. */
    private static String parameters(SamplingOptions sampling) {
        return "temperature " + sampling.temperature() + "\ntop_k " + sampling.topK() + "\ntop_p " + sampling.topP()
                + "\nmin_p " + sampling.minP();
    }

    private static List<String> capabilities(LanguageModel model) {
        List<String> capabilities = new ArrayList<>(List.of("completion"));
        if (model.fill("", "").isPresent()) {
            capabilities.add("insert");
        }
        if (model.hasChatTemplate()) {
            capabilities.add("tools");
        }
        if (model.thinks()) {
            capabilities.add("thinking");
        }
        return capabilities;
    }
}
