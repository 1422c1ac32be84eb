package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.hub.Hub;
import dev.jerboa.hub.HubException;
import dev.jerboa.hub.name.FileChoice;
import dev.jerboa.hub.name.ListedFile;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.checkpoint.GenerationDefaults;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.ExpertSizes;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.token.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code show}: what a model is and what running it takes. */
@Command(
        name = "show",
        description =
                "Tells what a model is, how much memory it takes and how fast it would be; of one that is not on this machine also"
                        + " what a pull would fetch.")
public final class ShowCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(paramLabel = "MODEL", description = NamedModels.ABOUT)
    private Path model = Path.of("");

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "tokens of a conversation, to reckon memory (default: the model's, at most "
                    + OpenOptions.DEFAULT_CONTEXT + ")")
    private int context;

    @Option(
            names = "--expert-cache",
            paramLabel = "BYTES",
            description = {
                "of a mixture of experts, reckon with so much memory for experts, such as 16GiB",
                "(default: what the machine has left)"
            })
    private @Nullable String expertCache;

    @Option(
            names = "--disk-bandwidth",
            paramLabel = "GB/S",
            description =
                    "of a mixture of experts, reckon with a disk that reads so many gigabytes a second (default: measured)")
    private @Nullable Double diskBandwidth;

    @Option(names = "--tensors", description = "list every tensor")
    private boolean tensors;

    @Option(names = "--template", description = "print the chat template and nothing else")
    private boolean template;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    public ShowCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (NamedModels.isElsewhere(model)) {
            if (template) {
                throw new CommandException(model + " is not on this machine, so its template is not known; jerboa pull "
                        + model + " fetches it");
            }
            show(remoteFacts());
            return ExitCode.OK;
        }
        try (Checkpoint checkpoint = NamedModels.checkpoint(model)) {
            if (template) {
                console.out()
                        .print(checkpoint
                                .chatTemplate()
                                .orElseThrow(() -> new CommandException(model + ": the model has no chat template")));
                return ExitCode.OK;
            }
            show(facts(checkpoint));
            return ExitCode.OK;
        }
    }

    private void show(Map<String, @Nullable Object> facts) {
        if (json) {
            console.out().println(JsonOut.text(facts));
        } else {
            print(facts);
        }
    }

    /** What a hub says of a model that is not here, and what the beginnings of its files tell. */
    private Map<String, @Nullable Object> remoteFacts() {
        Hub hub = NamedModels.hub();
        FileChoice choice = hub.choice(model.toString(), NamedModels.memory());
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("name", model.toString());
        facts.put("on_this_machine", false);
        facts.put("files", choice.files().stream().map(ListedFile::path).toList());
        facts.put("weight_bytes", choice.weightBytes());
        facts.put("machine_bytes", NamedModels.memory());
        facts.put("fits", choice.fits());
        try (UnpulledModel unpulled = UnpulledModel.open(hub, model.toString())) {
            putNumbers(facts, unpulled.checkpoint(), hub.cache().largest());
            putTensors(facts, unpulled.checkpoint());
        } catch (ModelException | HubException e) {
            facts.put("not_known", "what running it takes: " + e.getMessage());
        }
        return facts;
    }

    private Map<String, @Nullable Object> facts(Checkpoint checkpoint) {
        Optional<Tokenizer> tokenizer = checkpoint.tokenizer();
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("name", checkpoint.name());
        facts.put("path", checkpoint.path().toString());
        putNumbers(facts, checkpoint, Optional.of(checkpoint.path()));
        facts.put("tokenizer", tokenizer.map(ShowCommand::tokenizer).orElse(null));
        facts.put("chat_template", checkpoint.chatTemplate().isPresent());
        facts.put("generation", generation(checkpoint.generationDefaults()));
        putTensors(facts, checkpoint);
        return facts;
    }

    /**
     * What the model is in numbers, and what running it takes.
     *
     * @param onDisk a file by which the disk's speed is measured
     */
    private void putNumbers(Map<String, @Nullable Object> facts, Checkpoint checkpoint, Optional<Path> onDisk) {
        DecoderSpec spec = checkpoint.spec();
        int tokens = context > 0 ? context : Math.min(spec.contextLength(), OpenOptions.DEFAULT_CONTEXT);
        CacheType cacheType = OpsProvider.ops().cacheType(Ops.Precision.FAST);
        long kvPerToken = KvCache.bytesPerToken(spec.cacheShape(), cacheType);
        long kvBytes = KvCache.bytes(spec.cacheShape(), tokens, cacheType);
        facts.put("format", checkpoint.format());
        facts.put("family", spec.family());
        facts.put("parameters", checkpoint.parameterCount());
        facts.put("layers", spec.layers().size());
        facts.put("prediction_layers", spec.predictions().size());
        facts.put("hidden_size", spec.hiddenSize());
        facts.put("vocabulary_size", spec.vocabularySize());
        facts.put("context_length", spec.contextLength());
        facts.put("weight_bytes", checkpoint.weightBytes());
        facts.put("tensor_types", types(checkpoint));
        facts.put("tensor_count", checkpoint.tensors().tensors().size());
        facts.put("cache_type", cacheType.key());
        facts.put("kv_bytes_per_token", kvPerToken);
        facts.put("context", tokens);
        facts.put("kv_bytes", kvBytes);
        long stateBytes = KvCache.stateBytes(spec.cacheShape());
        if (stateBytes > 0) {
            facts.put("running_state_bytes", stateBytes);
        }
        facts.put("memory_bytes", checkpoint.weightBytes() + kvBytes + stateBytes);
        putRoom(facts, checkpoint, kvPerToken, stateBytes);
        putSpeed(facts, checkpoint, kvBytes + stateBytes, onDisk);
    }

    private void putTensors(Map<String, @Nullable Object> facts, Checkpoint checkpoint) {
        if (tensors) {
            facts.put(
                    "tensors",
                    checkpoint.tensors().tensors().stream()
                            .map(ShowCommand::tensor)
                            .toList());
        }
    }

    /** The context for which memory has room beside the weights, of experts that do not fit beside the other weights. */
    private static void putRoom(
            Map<String, @Nullable Object> facts, Checkpoint checkpoint, long kvPerToken, long stateBytes) {
        Long room = ExpertRoom.forWeights();
        if (room == null) {
            return;
        }
        long weights = checkpoint.weightBytes();
        long resident =
                weights <= room ? weights : weights - checkpoint.expertSizes().bytes();
        long most = checkpoint.spec().contextLength();
        long left = room - resident - stateBytes;
        facts.put("context_that_fits", kvPerToken == 0 ? most : Math.clamp(left / kvPerToken, 0, most));
    }

    /** How fast it would be; of a mixture of experts with what fits in memory. */
    private void putSpeed(
            Map<String, @Nullable Object> facts, Checkpoint checkpoint, long cacheBytes, Optional<Path> onDisk) {
        ExpertSizes sizes = checkpoint.expertSizes();
        double kept = sizes.experts() == 0 ? 1 : putExperts(facts, checkpoint, sizes, cacheBytes);
        SpeedEstimate speed = speed(sizes, kept, onDisk);
        facts.put("speed_estimate", speed == null ? null : speed.facts());
    }

    /** What of the experts fits in memory; the result is their share. */
    private double putExperts(
            Map<String, @Nullable Object> facts, Checkpoint checkpoint, ExpertSizes sizes, long cacheBytes) {
        String given = expertCache;
        ExpertRoom room = ExpertRoom.of(
                checkpoint, cacheBytes, given == null ? null : Long.valueOf(Sizes.parse("--expert-cache", given)));
        facts.put("experts", sizes.experts());
        facts.put("expert_bytes", sizes.bytes());
        facts.put("active_bytes_per_token", sizes.activeBytes() + sizes.otherActiveBytes());
        facts.put("room_for_weights_bytes", room.weights());
        facts.put("room_for_experts_bytes", room.experts());
        facts.put("experts_that_fit", room.fitting());
        return room.kept();
    }

    /** The estimate; null where memory cannot be measured. */
    private @Nullable SpeedEstimate speed(ExpertSizes sizes, double kept, Optional<Path> onDisk) {
        Double given = diskBandwidth;
        if (given != null && !(given > 0)) {
            throw new CommandException("--disk-bandwidth " + given + ": expected gigabytes a second, more than 0");
        }
        long available = ProcessMemory.availableBytes();
        if (Peaks.here().isEmpty() || available >= 0 && available < 2 * Peaks.READ_BYTES) {
            return null;
        }
        OptionalDouble disk = given != null
                ? OptionalDouble.of(given)
                : kept < 1 && onDisk.isPresent() ? DiskReads.of(onDisk.get()) : OptionalDouble.empty();
        NativePages.Use pages = NativePages.hugePages().offered() ? NativePages.Use.HUGE : NativePages.Use.SMALL;
        try (Team team = Team.ofCores()) {
            return new SpeedEstimate(sizes, kept, Peaks.here().get().reads(team, pages), disk);
        }
    }

    private static Map<String, @Nullable Object> tokenizer(Tokenizer tokenizer) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("size", tokenizer.size());
        map.put("bos", tokenizer.bos());
        map.put("eos", tokenizer.eos());
        map.put("ends", Arrays.stream(tokenizer.stops()).boxed().toList());
        return map;
    }

    private static Map<String, @Nullable Object> generation(GenerationDefaults defaults) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("end_tokens", Arrays.stream(defaults.endTokens()).boxed().toList());
        map.put("sample", defaults.sample());
        map.put("temperature", defaults.temperature());
        map.put("top_k", defaults.topK());
        map.put("top_p", defaults.topP());
        map.put("min_p", defaults.minP());
        map.put("repetition_penalty", defaults.repetitionPenalty());
        return map;
    }

    private static Map<String, @Nullable Object> tensor(StoredTensor tensor) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("name", tensor.name());
        map.put("type", tensor.type().name());
        map.put("shape", Arrays.stream(tensor.shape()).boxed().toList());
        map.put("bytes", tensor.data().byteSize());
        return map;
    }

    /** Bytes by tensor type, the largest first. */
    private static Map<String, @Nullable Object> types(Checkpoint checkpoint) {
        Map<String, Long> bytes = new TreeMap<>();
        for (StoredTensor tensor : checkpoint.tensors().tensors()) {
            bytes.merge(tensor.type().name(), tensor.data().byteSize(), Long::sum);
        }
        List<Map.Entry<String, Long>> entries = new ArrayList<>(bytes.entrySet());
        entries.sort(Map.Entry.<String, Long>comparingByValue().reversed());
        Map<String, @Nullable Object> sorted = new LinkedHashMap<>();
        entries.forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }

    private void print(Map<String, @Nullable Object> facts) {
        facts.forEach((key, value) -> {
            if (key.equals("tensors") && value instanceof List<?> list) {
                list.forEach(this::printTensor);
            } else {
                row(key.replace('_', ' ').replace("kv ", "cache "), words(key, value, facts));
            }
        });
    }

    private void printTensor(Object tensor) {
        if (tensor instanceof Map<?, ?> map) {
            console.out().printf(Locale.ROOT, "  %-44s %-7s %s%n", map.get("name"), map.get("type"), map.get("shape"));
        }
    }

    private static String words(String key, @Nullable Object value, Map<String, @Nullable Object> facts) {
        if (key.equals("tensor_types") && value instanceof Map<?, ?> types) {
            double all = facts.get("weight_bytes") instanceof Long total ? Math.max(1, total) : 1;
            List<String> parts = new ArrayList<>();
            types.forEach((type, bytes) -> parts.add(
                    String.format(Locale.ROOT, "%s %.1f %%", type, 100 * ((Long) bytes).doubleValue() / all)));
            return String.join(", ", parts);
        }
        if (key.contains("bytes") && value instanceof Long bytes) {
            return Sizes.of(bytes);
        }
        if (key.equals("speed_estimate") && value instanceof Map<?, ?> estimate) {
            return estimate(estimate);
        }
        if (value instanceof Map<?, ?> map) {
            List<String> parts = new ArrayList<>();
            map.forEach((name, part) -> {
                if (part != null) {
                    parts.add(String.valueOf(name).replace('_', ' ') + " " + part);
                }
            });
            return String.join(", ", parts);
        }
        return value == null ? "none" : value instanceof Boolean flag ? flag ? "yes" : "no" : value.toString();
    }

    /** An estimate in words. */
    private static String estimate(Map<?, ?> of) {
        String all = String.format(
                Locale.ROOT,
                "%.1f tokens/s with all in memory, at %.1f GB/s",
                number(of.get("tokens_per_second_all_in_memory")),
                number(of.get("memory_gigabytes_per_second")));
        if (of.get("hit_rate_uniform_use") == null) {
            return all;
        }
        return of.get("disk_gigabytes_per_second") == null
                ? all
                        + String.format(
                                Locale.ROOT,
                                "; %.0f %% of the experts are, and how fast the disk reads the others is not known (--disk-bandwidth)",
                                100 * number(of.get("hit_rate_uniform_use")))
                : String.format(
                        Locale.ROOT,
                        "%.1f tokens/s (experts used alike, %.0f %% in memory) to %.1f (some used most, %.0f %%), the others read at"
                                + " %.2f GB/s; %s",
                        number(of.get("tokens_per_second_uniform_use")),
                        100 * number(of.get("hit_rate_uniform_use")),
                        number(of.get("tokens_per_second_skewed_use")),
                        100 * number(of.get("hit_rate_skewed_use")),
                        number(of.get("disk_gigabytes_per_second")),
                        all);
    }

    private static double number(@Nullable Object fact) {
        return fact instanceof Double value ? value : Double.NaN;
    }

    private void row(String name, String value) {
        console.out().printf(Locale.ROOT, "%-22s %s%n", name, value);
    }
}
