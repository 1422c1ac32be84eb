package dev.jerboa.train.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.testkit.SharedFolder;
import dev.jerboa.train.adapter.AdapterSettings.Base;
import dev.jerboa.train.adapter.AdapterSettings.Kind;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.autograd.TokenLoss;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.network.Parameters;
import dev.jerboa.train.network.Recompute;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters beside real checkpoints of all families, from folders and from GGUF files: at first they change nothing. */
class AdaptedWeightsTest {
    private static final int TOKENS = 60;

    private static AdapterSettings settings(Kind kind, Base base, String... targets) {
        return new AdapterSettings(kind, 4, 8, List.of(targets), base);
    }

    private static Batch batch(int vocabulary) {
        Random random = new Random(4);
        Batch batch = new Batch(TOKENS);
        for (int length : new int[] {23, 1, 36}) {
            float[] weights = new float[length];
            Arrays.fill(weights, 1);
            batch.addSequence(random.ints(length, 0, vocabulary).toArray(), weights);
        }
        return batch;
    }

    /** Log-probabilities of a batch, and the norm of what backward gives. */
    private static float[] found(Path path, AdapterSettings settings, boolean backward) {
        try (PageArena arena = new PageArena();
                Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(path)) {
            AdaptedWeights weights = new AdaptedWeights(checkpoint, settings, OpsProvider.ops(), arena);
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, TOKENS, team);
            Network network = new Network(weights.spec(), weights, false, 0, Recompute.NOTHING, tape, arena);
            weights.begin(7);
            tape.begin();
            return of(network, batch(checkpoint.spec().vocabularySize()), backward);
        }
    }

    private static float[] whole(Path path) {
        try (PageArena arena = new PageArena();
                Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(path)) {
            Parameters parameters = new Parameters(arena);
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, TOKENS, team);
            Network network = new Network(
                    checkpoint.spec(),
                    checkpoint.description().names(),
                    false,
                    0,
                    Recompute.NOTHING,
                    parameters,
                    tape,
                    arena);
            parameters.load(checkpoint.tensors());
            return of(network, batch(checkpoint.spec().vocabularySize()), false);
        }
    }

    private static float[] of(Network network, Batch batch, boolean backward) {
        network.loss().loss(TokenLoss.CROSS_ENTROPY, 1);
        if (backward) {
            network.tape().forwardAndBackward(batch);
            for (Parameter parameter : network.parameters().all()) {
                float sum = 0;
                for (int r = 0; r < parameter.rows(); r++) {
                    for (int c = 0; c < parameter.cols(); c++) {
                        sum += Math.abs(parameter.gradient().get(r, c));
                    }
                }
                boolean expected = !parameter.name().endsWith("lora_A.weight"); // B is 0, so A learns nothing yet
                boolean used = !parameter.name().contains(".experts.");
                assertThat(sum).as(parameter.name()).isFinite();
                if (used) {
                    assertThat(sum > 0).as(parameter.name()).isEqualTo(expected);
                }
            }
        } else {
            network.tape().forward(batch);
        }
        float[] out = new float[batch.tokens()];
        for (int t = 0; t < out.length; t++) {
            out[t] = network.loss().logProbability(t);
        }
        return out;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama3",
                "llama_tied",
                "mistral",
                "mixtral",
                "qwen2",
                "qwen3",
                "qwen3_moe",
                "deepseek_v2_lite",
                "deepseek_v3"
            })
    void beginsAsTheModelToTheBit(String name) {
        Path folder = SharedFolder.require("oracle/hf/" + name);
        float[] base = whole(folder);
        assertThat(base[0]).isLessThan(0);
        for (Kind kind : Kind.values()) {
            assertThat(found(folder, settings(kind, Base.AS_IS, "all-linear"), true))
                    .as("%s of %s", kind, name)
                    .isEqualTo(base);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen2", "qwen3", "qwen3_moe", "deepseek_v3"})
    void ggufFilesAreReadInThePublishedOrder(String name) {
        Path folder = SharedFolder.require("oracle/hf/" + name);
        float[] published = whole(folder);
        float[] base = found(folder.resolve("model.gguf"), settings(Kind.LORA, Base.AS_IS), false);
        for (int t = 0; t < base.length; t++) {
            assertThat(base[t]).as("%s, token %d", name, t).isCloseTo(published[t], Offset.offset(0.02f));
        }
        assertThat(found(folder.resolve("model.gguf"), settings(Kind.DORA, Base.AS_IS, "all-linear"), true))
                .isEqualTo(base);
    }

    @Test
    void aModelInFloat32HasTheSameBitsInBothContainers() {
        Path stories = SharedFolder.require("models/stories260K");
        float[] base = whole(stories);
        assertThat(found(
                        stories.resolve("stories260K-f32.gguf"),
                        settings(Kind.LORA, Base.AS_IS, "q_proj", "k_proj"),
                        true))
                .isEqualTo(base);
    }

    @Test
    void basesAreHeldInOtherForms() {
        Path stories = SharedFolder.require("models/stories260K");
        float[] base = whole(stories);
        for (Base held : new Base[] {Base.Q8_0, Base.Q4_0}) {
            float[] found = found(stories, settings(Kind.LORA, held, "all-linear"), true);
            double difference = 0;
            for (int t = 0; t < base.length; t++) {
                difference += Math.abs(found[t] - base[t]) / base.length;
            }
            assertThat(difference).as(held.name()).isBetween(1e-5, held == Base.Q8_0 ? 0.1 : 1.5);
        }
    }

    @Test
    void unknownTargetsAreRefusedByName() {
        Path stories = SharedFolder.require("models/stories260K");
        assertThatThrownBy(() -> found(stories, settings(Kind.LORA, Base.AS_IS, "q_proj", "wq"), false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("wq")
                .hasMessageContaining("q_proj");
        assertThatThrownBy(() -> found(stories, settings(Kind.LORA, Base.AS_IS, "lm_head"), false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("lm_head");
    }
}
