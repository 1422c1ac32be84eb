package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.cli.term.ProgressLine;
import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.ExpertMemory;
import dev.jerboa.model.decoder.ExpertTraffic;
import dev.jerboa.model.decoder.WeightPages;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.synthetic.SyntheticModel;
import dev.jerboa.model.synthetic.SyntheticShape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench}: tokens a second of a model, or of random weights in a published model's shape. */
@Command(
        name = "bench",
        description = {
            "Measures how fast a model reads prompts and writes text on this machine: medians of rounds after one to warm up.",
            "--synthetic makes random weights of a published model's shape, so that nothing has to be downloaded."
        })
public final class BenchCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = "a .gguf file or a Hugging Face folder")
    private @Nullable Path model;

    @Option(
            names = "--synthetic",
            paramLabel = "SHAPE",
            description = "qwen3-0.6b, qwen2-1.5b, llama-1b, deepseek-v2-lite-6l or qwen3-moe-4l")
    private @Nullable String shape;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "quantisation of the synthetic weights, such as q4_0 (default: ${DEFAULT-VALUE})")
    private String type = "q8_0";

    @Option(
            names = "--save",
            paramLabel = "FILE",
            description = "keep the synthetic model in this GGUF file; measure the file where it is there already")
    private @Nullable Path save;

    @Option(names = "-p", paramLabel = "N", description = "prompt tokens (default: ${DEFAULT-VALUE})")
    private int promptTokens = 512;

    @Option(names = "-n", paramLabel = "N", description = "generated tokens (default: ${DEFAULT-VALUE})")
    private int generatedTokens = 128;

    @Option(
            names = "-d",
            paramLabel = "N",
            description = "tokens in the context before each prompt and each text (default: ${DEFAULT-VALUE})")
    private int depth;

    @Option(names = "-r", paramLabel = "N", description = "rounds (default: ${DEFAULT-VALUE})")
    private int rounds = 5;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--step", paramLabel = "N", description = "prompt tokens of a step (default: ${DEFAULT-VALUE})")
    private int stepTokens = 512;

    @Option(names = "--exact", description = "compute with float32 activations throughout")
    private boolean exact;

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description = "elements of the cache: f32, f16, bf16 or q8_0 (default: what the kernels compute with best)")
    private @Nullable String cacheType;

    @Option(
            names = "--expert-cache",
            paramLabel = "BYTES",
            description = "memory for the experts of a mixture, such as 16GiB (default: what the machine has left)")
    private @Nullable String expertCache;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Option(names = "--adapter", paramLabel = "DIR", description = "a LoRA, rsLoRA or DoRA adapter in PEFT's files")
    private @Nullable Path adapter;

    public BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if ((model == null) == (shape == null)) {
            throw new CommandException("give either a MODEL or --synthetic SHAPE");
        }
        if (promptTokens < 0
                || generatedTokens < 0
                || depth < 0
                || promptTokens + generatedTokens == 0
                || rounds < 1
                || threads < 0
                || stepTokens < 1) {
            throw new CommandException(
                    "-p, -n and -d are whole numbers from 0, the first two not both 0; -r and --step from 1; --threads from 0");
        }
        Map<String, @Nullable Object> result =
                model != null ? measure(NamedModels.here(model)) : synthetic(String.valueOf(shape));
        if (json) {
            console.out().println(JsonOut.text(result));
        } else {
            result.forEach((key, value) ->
                    console.out().printf(Locale.ROOT, "%-44s %s%n", key.replace('_', ' '), shown(key, value)));
        }
        return ExitCode.OK;
    }

    private static Object shown(String key, @Nullable Object value) {
        return switch (value) {
            case null -> "not known";
            case Double share when key.contains("fraction") -> String.format(Locale.ROOT, "%.1f %%", 100 * share);
            case Double number -> String.format(Locale.ROOT, "%.2f", number);
            case Long bytes when key.endsWith("bytes") -> Sizes.of(bytes);
            default -> value;
        };
    }

    private Map<String, @Nullable Object> synthetic(String name) {
        SyntheticModel maker = new SyntheticModel(SyntheticShape.named(name), TypeMix.named(type));
        Path kept = save;
        try {
            if (kept != null) {
                if (!Files.exists(kept)) {
                    write(maker, kept);
                }
                return measure(kept);
            }
            Path folder = Files.createTempDirectory("jerboa-bench");
            Path file = folder.resolve(name + "-" + type + ".gguf");
            try {
                write(maker, file);
                return measure(file);
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the synthetic model cannot be written: " + e.getMessage(), e);
        }
    }

    private void write(SyntheticModel maker, Path file) {
        try (ProgressLine progress = new ProgressLine(console, "making random weights")) {
            maker.write(file, share -> progress.at(Math.round(share * 100), 100));
        }
    }

    private Map<String, @Nullable Object> measure(Path path) {
        long start = System.nanoTime();
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            long longest = depth + (long) Math.max(promptTokens, generatedTokens + 1);
            if (longest > checkpoint.spec().contextLength()) {
                throw new CommandException(longest + " tokens do not fit the model's context of "
                        + checkpoint.spec().contextLength());
            }
            Ops.Precision precision = exact ? Ops.Precision.EXACT : Ops.Precision.FAST;
            int step = (int) Math.min(stepTokens, longest);
            try (Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads);
                    Decoder decoder = checkpoint.load(
                            OpsProvider.ops(),
                            team,
                            DecoderOptions.of(precision, step)
                                    .withAdaptations(Arguments.adapters(checkpoint, adapter))
                                    .withExperts(experts()));
                    BenchSubject subject = new BenchSubject(decoder, (int) longest, cacheType(precision));
                    ProgressLine progress = new ProgressLine(console, "measuring")) {
                long loadNanos = System.nanoTime() - start;
                BenchPeaks peaks = new BenchPeaks(team, decoder.weightPages());
                long[] resident = {ProcessMemory.peakResidentBytes()};
                Benchmark.Result result = new Benchmark(subject, depth, promptTokens, generatedTokens)
                        .run(rounds, round -> {
                            progress.at(round, rounds + 1);
                            resident[0] = Math.max(resident[0], ProcessMemory.residentBytes());
                            peaks.measure();
                        });
                return facts(checkpoint, decoder, team, loadNanos, resident[0], result, peaks);
            }
        }
    }

    private ExpertMemory experts() {
        String wanted = expertCache;
        return wanted == null ? ExpertMemory.available(0) : ExpertMemory.of(Sizes.parse("--expert-cache", wanted));
    }

    private static void putExperts(Map<String, @Nullable Object> facts, ExpertTraffic traffic) {
        facts.put("experts", traffic.experts());
        facts.put("expert_places", traffic.places());
        facts.put("expert_cache_bytes", traffic.bytes());
        facts.put("expert_hit_fraction", traffic.hitRate());
        facts.put("experts_needed", traffic.needed());
        facts.put("expert_read_ahead_hits", traffic.readAheadHits());
        facts.put("expert_read_aheads", traffic.readAheads());
        facts.put("expert_read_bytes", traffic.bytesRead());
        facts.put("expert_wait_millis", traffic.waitNanos() / 1e6);
    }

    private CacheType cacheType(Ops.Precision precision) {
        String wanted = cacheType;
        return wanted == null
                ? OpsProvider.ops().cacheType(precision)
                : Arguments.checked(() -> {
                    CacheType type = CacheType.named(wanted);
                    OpsProvider.ops().requireCacheType(type);
                    return type;
                });
    }

    private Map<String, @Nullable Object> facts(
            Checkpoint checkpoint,
            Decoder decoder,
            Team team,
            long loadNanos,
            long residentBytes,
            Benchmark.Result result,
            BenchPeaks peaks) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("model", checkpoint.name());
        if (shape != null) {
            facts.put("type", type);
        }
        facts.put("prompt_tokens_per_second", result.prompt().median());
        facts.put("prompt_tokens_per_second_min", result.prompt().min());
        facts.put("prompt_tokens_per_second_max", result.prompt().max());
        facts.put("generation_tokens_per_second", result.generation().median());
        facts.put("generation_tokens_per_second_min", result.generation().min());
        facts.put("generation_tokens_per_second_max", result.generation().max());
        facts.put("weight_bytes_per_token", decoder.weightBytesPerToken());
        facts.put("weight_bytes", checkpoint.weightBytes());
        facts.put(
                "generation_gigabytes_per_second",
                decoder.weightBytesPerToken() * result.generation().median() / 1e9);
        putPeaks(facts, decoder, result, peaks);
        facts.put("peak_rss_bytes", known(residentBytes));
        facts.put("own_weight_bytes", decoder.ownWeightBytes());
        decoder.weightBytesByWay()
                .forEach((way, bytes) -> facts.put(way.name().toLowerCase(Locale.ROOT) + "_weight_bytes", bytes));
        decoder.expertTraffic().ifPresent(traffic -> putExperts(facts, traffic));
        facts.put("pages", decoder.weightPages().name().toLowerCase(Locale.ROOT));
        facts.put("huge_page_bytes", known(NativePages.hugeBytesInUse()));
        facts.put("load_millis", loadNanos / 1e6);
        facts.put("kernel_tier", OpsProvider.choice().ops().tier());
        Ops.Precision precision = exact ? Ops.Precision.EXACT : Ops.Precision.FAST;
        facts.put("precision", exact ? "exact" : "fast");
        facts.put("cache_type", cacheType(precision).key());
        facts.put("threads", team.size());
        facts.put("depth_tokens", depth);
        facts.put("prompt_tokens", promptTokens);
        facts.put("generated_tokens", generatedTokens);
        facts.put("step_tokens", stepTokens);
        facts.put("rounds", rounds);
        facts.put("processor", CpuFeatures.here().name());
        facts.put("jdk", Runtime.version().toString());
        return facts;
    }

    /** What the rates are of what the machine could do, by the multiply-adds and the bytes of the weights alone. */
    private void putPeaks(
            Map<String, @Nullable Object> facts, Decoder decoder, Benchmark.Result result, BenchPeaks peaks) {
        Double promptRate = promptTokens == 0
                ? null
                : 2e-9
                        * decoder.multiplyAdds(promptTokens, 1)
                        / promptTokens
                        * result.prompt().median();
        Double readRate = generatedTokens == 0
                ? null
                : decoder.weightBytesPerToken() * result.generation().median() / 1e9;
        facts.put("multiply_adds_per_token", decoder.multiplyAdds(1, 1));
        facts.put("prompt_gigaflops", promptRate);
        facts.put("prompt_fraction_of_fma_peak", share(promptRate, median(peaks.multiplyAdds())));
        facts.put("prompt_fraction_of_byte_product_peak", share(promptRate, median(peaks.byteProducts())));
        facts.put("generation_fraction_of_read_peak", share(readRate, median(peaks.reads())));
        putMedian(facts, "fma_peak_gflops", peaks.multiplyAdds());
        facts.put("byte_product_peak_gops", median(peaks.byteProducts()));
        boolean huge = decoder.weightPages() == WeightPages.HUGE;
        Double reads = median(peaks.reads());
        Double others = peaks.otherReads();
        putMedian(facts, "read_peak_gigabytes_per_second", peaks.reads());
        facts.put("read_peak_huge_pages_gigabytes_per_second", huge ? reads : others);
        facts.put("read_peak_small_pages_gigabytes_per_second", huge ? others : reads);
    }

    private static void putMedian(Map<String, @Nullable Object> facts, String key, Benchmark.@Nullable Rate rate) {
        facts.put(key, median(rate));
        facts.put(key + "_min", rate == null ? null : rate.min());
        facts.put(key + "_max", rate == null ? null : rate.max());
    }

    private static @Nullable Double median(Benchmark.@Nullable Rate rate) {
        return rate == null ? null : rate.median();
    }

    private static @Nullable Double share(@Nullable Double part, @Nullable Double whole) {
        return part == null || whole == null ? null : part / whole;
    }

    private static @Nullable Long known(long bytes) {
        return bytes < 0 ? null : bytes;
    }
}
