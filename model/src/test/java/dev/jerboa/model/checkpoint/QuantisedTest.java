package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.convert.Conversion;
import dev.jerboa.model.convert.ConversionPlan;
import dev.jerboa.model.convert.FolderPacking;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every reference folder in Q8_0, converted to GGUF, or packed where GGUF cannot say it, against the float logits of the references.
 * Rows that are not whole blocks are in F16.
 */
class QuantisedTest {
    /** Bounds of the Kullback–Leibler divergence from the reference's distribution, in nats: at the middle position, and on average. */
    private record Bounds(double median, double mean) {}

    private static final Bounds DENSE = new Bounds(0.006, 0.01);

    /** Running states carry roundings on. */
    private static final Bounds STATES = new Bounds(0.02, 0.06);

    /**
     * A rounding that turns a router or an indexer of these small random models another way changes a position much. Distributions
     * that have nothing to do with each other are several nats apart.
     */
    private static final Bounds CHOOSING = new Bounds(0.15, 0.6);

    private static Bounds bounds(Checkpoint checkpoint) {
        boolean chooses = checkpoint.spec().layers().stream()
                .anyMatch(layer -> layer.feedForward() instanceof FeedForwardSpec.Experts
                        || layer.attention() instanceof AttentionSpec.Selected
                        || layer.attention() instanceof AttentionSpec.Compressed);
        if (chooses) {
            return CHOOSING;
        }
        return checkpoint.spec().keepsStates() ? STATES : DENSE;
    }

    private static final String TOKENIZER = """
            {"version": "1.0", "normalizer": null, "post_processor": null, "added_tokens": [],
             "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated"}, "decoder": null,
             "model": {"type": "BPE", "merges": ["a b"], "vocab": {"a": 0, "b": 1, "ab": 2}}}
            """;

    static final List<String> FOLDERS = OracleTest.FAMILIES;

    static Stream<String> folders() {
        return FOLDERS.stream().filter(name -> name.matches(System.getProperty("jerboa.oracle", ".*")));
    }

    /** Whether a folder is quantised by packing it, for want of a GGUF architecture. */
    static boolean packed(String name) {
        return GgufTwinTest.UNSAID.contains(name);
    }

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("folders")
    void agreesWithTheFloatReference(String name) throws IOException {
        Path published = SharedFolder.require("oracle/hf/" + name);
        Path file = folder.resolve("small.gguf");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            if (packed(name)) {
                Path copy = Files.createDirectory(folder.resolve("folder"));
                Files.copy(published.resolve("config.json"), copy.resolve("config.json"));
                Files.copy(published.resolve("model.safetensors"), copy.resolve("model.safetensors"));
                Files.writeString(copy.resolve("tokenizer.json"), TOKENIZER);
                FolderPacking.write(copy, TypeMix.Q8_0, name, file);
            } else {
                try (Checkpoint from = Checkpoint.open(published)) {
                    new Conversion(team, (done, total) -> {})
                            .toGguf(ConversionPlan.of(from), Optional.of(TypeMix.Q8_0), null, file);
                }
            }
            TensorSource expected = SafetensorsFolder.open(published.resolve("expect.safetensors"), arena);
            try (Checkpoint small = Checkpoint.open(file);
                    Decoder decoder = small.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 288)) {
                requireQuantised(small);
                int[] prompt = OracleTest.integers(expected.tensor("prompt.2"));
                double[] divergences = divergences(
                        expected.tensor("logits.2").floats(), new OneSequence(decoder).logits(prompt, prompt.length));
                Arrays.sort(divergences);
                double mean = Arrays.stream(divergences).average().orElseThrow();
                assertThat(divergences[divergences.length / 2])
                        .as("median divergence, nats; the mean is %g", mean)
                        .isLessThan(bounds(small).median);
                assertThat(mean).as("mean divergence, nats").isLessThan(bounds(small).mean);
                assertThat(mean).as("mean divergence of quantised weights").isPositive();
            }
        }
    }

    private static void requireQuantised(Checkpoint small) {
        long eights = 0;
        long all = 0;
        for (StoredTensor tensor : small.tensors().tensors()) {
            boolean whole = tensor.rank() > 1 && tensor.size(-1) % DType.Q8_0.blockSize() == 0;
            boolean half = tensor.type() == DType.F16;
            assertThat(half && whole).as("%s could be Q8_0", tensor).isFalse();
            eights += tensor.type() == DType.Q8_0 ? tensor.elements() : 0;
            all += whole ? tensor.elements() : 0;
        }
        assertThat((double) eights / all).as("share of values that are Q8_0").isGreaterThan(0.7);
    }

    /** Of each position, in nats. */
    private static double[] divergences(float[] expected, float[][] found) {
        double[] all = new double[found.length];
        for (int p = 0; p < found.length; p++) {
            int size = found[p].length;
            float[] reference = Arrays.copyOfRange(expected, p * size, (p + 1) * size);
            double sum = logSum(reference);
            double foundSum = logSum(found[p]);
            for (int v = 0; v < size; v++) {
                double log = reference[v] - sum;
                all[p] += Math.exp(log) * (log - (found[p][v] - foundSum));
            }
        }
        return all;
    }

    private static double logSum(float[] logits) {
        double most = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            most = Math.max(most, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - most);
        }
        return most + Math.log(sum);
    }
}
