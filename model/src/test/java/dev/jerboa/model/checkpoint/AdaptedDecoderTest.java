package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.adapter.ModulePlaces;
import dev.jerboa.model.adapter.ModulePlaces.Place;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.MemoryTensors;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decoders with adapters: what the merged weights give, for all families and containers, to the same bits however computed. */
class AdaptedDecoderTest {
    private static final int[] PROMPT = new Random(3).ints(24, 0, 90).toArray();

    @TempDir
    Path folder;

    private static float[][] logits(Checkpoint checkpoint, List<AdaptedModel> adapters) {
        return logits(checkpoint, adapters, OpsProvider.ops(), Ops.Precision.EXACT, 2, PROMPT.length);
    }

    private static float[][] logits(
            Checkpoint checkpoint,
            List<AdaptedModel> adapters,
            Ops ops,
            Ops.Precision precision,
            int workers,
            int chunk) {
        try (Team team = Team.ofSize(workers);
                Decoder decoder = checkpoint.load(
                        ops, team, DecoderOptions.of(precision, PROMPT.length).withAdaptations(adapters))) {
            return new OneSequence(decoder).logits(PROMPT, chunk);
        }
    }

    /** The published folder with the adapter added to its weights one by one. */
    private static float[][] merged(Checkpoint checkpoint, RandomAdapter adapter) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Place> places = new HashMap<>();
            TensorNames names = checkpoint.description().names();
            for (Place place : ModulePlaces.of(checkpoint.description()).all()) {
                String name = names.name(place.slot(), place.layer());
                places.put(name.replace("{e}", Integer.toString(place.expert())), place);
            }
            MemoryTensors.Builder tensors = MemoryTensors.named("merged");
            for (StoredTensor tensor : checkpoint.tensors().tensors()) {
                Place place = places.get(tensor.name());
                float[] values = tensor.floats();
                float[] changed = place == null ? values : adapter.merged(place, values);
                tensors.add(tensor.name(), FloatRows.copyOf(arena, changed, changed.length), tensor.shape());
            }
            try (Team team = Team.ofSize(1);
                    Decoder decoder = Decoder.load(
                            checkpoint.spec(),
                            checkpoint.description().names(),
                            tensors.build(),
                            OpsProvider.ops(),
                            team,
                            DecoderOptions.of(Ops.Precision.EXACT, PROMPT.length))) {
                return new OneSequence(decoder).logits(PROMPT, PROMPT.length);
            }
        }
    }

    private static double distance(float[][] found, float[][] expected) {
        double worst = 0;
        double largest = 0;
        for (int t = 0; t < found.length; t++) {
            for (int i = 0; i < found[t].length; i++) {
                worst = Math.max(worst, Math.abs(found[t][i] - expected[t][i]));
                largest = Math.max(largest, Math.abs(expected[t][i]));
            }
        }
        return worst / largest;
    }

    @ParameterizedTest
    @CsvSource({
        "llama3,true",
        "llama_tied,false",
        "mistral,false",
        "mixtral,false",
        "qwen2,true",
        "qwen3,true",
        "qwen3_moe,true",
        "deepseek_v2_lite,false",
        "deepseek_v3,true",
        "deepseek_v4,true"
    })
    void givesWhatMergedWeightsGive(String name, boolean gguf) {
        Path path = SharedFolder.require("oracle/hf/" + name);
        for (boolean magnitudes : new boolean[] {false, true}) {
            Path files = folder.resolve("adapter" + magnitudes);
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                RandomAdapter adapter = RandomAdapter.write(files, checkpoint, 3, magnitudes, 11);
                float[][] expected = merged(checkpoint, adapter);
                float[][] found = logits(checkpoint, List.of(checkpoint.adapted(files)));
                assertThat(distance(logits(checkpoint, List.of()), expected))
                        .as("%s without its adapter", name)
                        .isGreaterThan(0.05);
                assertThat(distance(found, expected)).as(name).isLessThan(2e-5);
                if (gguf) {
                    try (Checkpoint same = Checkpoint.open(path.resolve("model.gguf"))) {
                        double plain = distance(logits(same, List.of()), logits(checkpoint, List.of()));
                        assertThat(distance(logits(same, List.of(same.adapted(files))), expected))
                                .as("%s in GGUF, whose own logits differ by %s", name, plain)
                                .isLessThan(Math.max(1e-4, 20 * plain));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"qwen3_moe", "deepseek_v3", "llama3"})
    void sameBitsForAnyWorkersAndCuts(String name) {
        Path path = SharedFolder.require("oracle/hf/" + name);
        for (Ops ops : Stream.of(OpsProvider.ops(), VectorOps.create(), new ScalarOps())
                .toList()) {
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                RandomAdapter.write(folder.resolve("a"), checkpoint, 5, false, 1);
                List<AdaptedModel> adapters = List.of(checkpoint.adapted(folder.resolve("a")));
                float[][] whole = logits(checkpoint, adapters, ops, Ops.Precision.FAST, 1, PROMPT.length);
                for (int workers = 1; workers <= 3; workers++) {
                    for (int chunk : new int[] {PROMPT.length, 7, 3, 1}) {
                        assertThat(logits(checkpoint, adapters, ops, Ops.Precision.FAST, workers, chunk))
                                .as("%s, %d workers, steps of %d", ops.tier(), workers, chunk)
                                .isDeepEqualTo(whole);
                    }
                }
            }
        }
    }

    @Test
    void tokensOfOneStepHaveDifferentAdapters() {
        try (Checkpoint checkpoint = Checkpoint.open(SharedFolder.require("oracle/hf/qwen3_moe"))) {
            RandomAdapter.write(folder.resolve("a"), checkpoint, 4, false, 1);
            RandomAdapter.write(folder.resolve("b"), checkpoint, 6, false, 2);
            AdaptedModel a = checkpoint.adapted(folder.resolve("a"));
            AdaptedModel b = checkpoint.adapted(folder.resolve("b"));
            List<float[][]> alone = List.of(
                    logits(checkpoint, List.of(a)), logits(checkpoint, List.of(b)), logits(checkpoint, List.of()));
            try (Team team = Team.ofSize(2);
                    Decoder decoder = checkpoint.load(
                            OpsProvider.ops(),
                            team,
                            DecoderOptions.of(Ops.Precision.EXACT, 3 * PROMPT.length)
                                    .withAdaptations(List.of(a, b)))) {
                List<float[][]> together = new OneSequence(decoder).logitsOfEach(PROMPT, 0, 1, -1);
                for (int i = 0; i < 3; i++) {
                    assertThat(together.get(i)).as("sequence %d", i).isDeepEqualTo(alone.get(i));
                }
                assertThatThrownBy(() -> new OneSequence(decoder).logitsOfEach(PROMPT, 2))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("adaptation 2");
            }
        }
    }

    @Test
    void mergedAdaptersCannotBeBesideOthersAndThoseOfOtherModelsAreRefused() {
        try (Checkpoint checkpoint = Checkpoint.open(SharedFolder.require("oracle/hf/qwen3"));
                Checkpoint other = Checkpoint.open(SharedFolder.require("oracle/hf/deepseek_v3"))) {
            RandomAdapter.write(folder.resolve("a"), checkpoint, 4, true, 1);
            AdaptedModel a = checkpoint.adapted(folder.resolve("a"));
            assertThatThrownBy(() -> logits(checkpoint, List.of(a, a)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("cannot be beside others");
            assertThatThrownBy(() -> other.adapted(folder.resolve("a")))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("64 × 128")
                    .hasMessageContaining("another model");
        }
    }
}
