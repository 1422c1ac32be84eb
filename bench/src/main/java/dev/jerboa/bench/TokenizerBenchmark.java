package dev.jerboa.bench;

import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.token.TokenStream;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Tokenizers on four million bytes of the JDK's own sources (English and Java, from {@code lib/src.zip}), one thread. The
 * vocabularies are those of {@code oracle/tokenizers} below the folder {@code jerboa.shared}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TokenizerBenchmark {
    private static final int TEXT_BYTES = 4_000_000;

    /** A vocabulary: a GGUF's name, or a folder. */
    @Param({"gpt-2", "deepseek-llm", "llama-spm", "llama3-bpe", "qwen-tiktoken"})
    public String vocabulary = "gpt-2";

    private Tokenizer tokenizer = open(vocabulary);
    private String text = "";
    private int[] ids = new int[0];

    @Setup
    public void prepare() throws IOException {
        tokenizer = open(vocabulary);
        text = sources();
        ids = tokenizer.encode(text, false);
    }

    /** Text to ids. */
    @Benchmark
    public int[] encode() {
        return tokenizer.encode(text, false);
    }

    /** Ids to text, one by one, as generation does. */
    @Benchmark
    public int stream() {
        TokenStream stream = tokenizer.stream(false);
        int length = 0;
        for (int id : ids) {
            length += stream.next(id).length();
        }
        return length + stream.finish().length();
    }

    /** The tokenizer from its files. */
    @Benchmark
    public Tokenizer load() {
        return open(vocabulary);
    }

    private static Tokenizer open(String name) {
        Path folder = Path.of(System.getProperty("jerboa.shared", "../shared"), "oracle", "tokenizers");
        if (name.equals("llama3-bpe") || name.equals("qwen-tiktoken")) {
            return Tokenizers.fromFolder(folder.resolve(name)).orElseThrow();
        }
        Path file = folder.resolve("ggml-vocab-" + name + ".gguf");
        try (Arena arena = Arena.ofConfined()) {
            Metadata metadata = GgufFile.open(file, arena).metadata();
            return Tokenizers.fromGguf(metadata, file.toString()).orElseThrow();
        }
    }

    private static String sources() throws IOException {
        StringBuilder text = new StringBuilder(TEXT_BYTES);
        try (ZipFile zip = new ZipFile(
                Path.of(System.getProperty("java.home"), "lib", "src.zip").toFile())) {
            List<? extends ZipEntry> entries = zip.stream()
                    .filter(entry -> entry.getName().matches("java\\.base/java/(util|lang|net|time)/\\w+\\.java"))
                    .sorted(Comparator.comparing(ZipEntry::getName))
                    .toList();
            for (ZipEntry entry : entries) {
                text.append(new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8));
                if (text.length() >= TEXT_BYTES) {
                    break;
                }
            }
        }
        text.setLength(Math.min(text.length(), TEXT_BYTES));
        return text.toString();
    }

    /** Runs all of it, or the benchmarks whose names match the first argument, and prints MB/s. */
    public static void main(String[] arguments) throws RunnerException {
        String include = arguments.length > 0 ? arguments[0] : TokenizerBenchmark.class.getName();
        OptionsBuilder options = new OptionsBuilder();
        options.include(include);
        if (arguments.length > 1) {
            options.param("vocabulary", arguments[1].split(","));
        }
        for (RunResult result : new Runner(options.build()).run()) {
            double millis = result.getPrimaryResult().getScore();
            String label = result.getPrimaryResult().getLabel();
            String rate = label.equals("load") ? "" : "  %.1f MB/s".formatted(TEXT_BYTES / 1e3 / millis);
            System.out.printf(
                    "%-8s %-14s %9.2f ms%s%n", label, result.getParams().getParam("vocabulary"), millis, rate);
        }
    }
}
