package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.ExpertMemory;
import dev.jerboa.model.decoder.ExpertTraffic;
import dev.jerboa.testkit.SharedFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Experts of the families, stacked, fused, encoded or by token, that do not all fit in memory: the same bits. */
class StreamedFamiliesTest {
    private static final int[] PROMPT = new Random(3).ints(24, 0, 90).toArray();

    private static float[][] logits(Decoder decoder, int chunk) {
        return new OneSequence(decoder).logits(PROMPT, chunk);
    }

    private static void agree(Checkpoint checkpoint, List<AdaptedModel> adapters, Ops.Precision precision) {
        Ops ops = OpsProvider.ops();
        long given = checkpoint.expertSizes().bytes() / 3;
        try (Team team = Team.ofSize(2);
                Decoder all = checkpoint.load(
                        ops, team, DecoderOptions.of(precision, 24).withAdaptations(adapters));
                Decoder some = checkpoint.load(
                        ops,
                        team,
                        DecoderOptions.of(precision, 24)
                                .withAdaptations(adapters)
                                .withExperts(ExpertMemory.of(given)))) {
            float[][] expected = logits(all, 24);
            ExpertTraffic before = some.expertTraffic().orElseThrow();
            assertThat(before.places()).isLessThan(before.experts());
            for (int chunk : new int[] {24, 5, 1}) {
                assertThat(logits(some, chunk)).as("steps of %d", chunk).isDeepEqualTo(expected);
            }
            assertThat(some.expertTraffic().orElseThrow().loads()).isGreaterThan(before.places());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixtral", "qwen3_moe/model.gguf", "deepseek_v3", "deepseek_v4", "gpt_oss", "llama4_text"})
    void aFamilyGivesTheSameBits(String name) {
        try (Checkpoint checkpoint = Checkpoint.open(SharedFolder.require("oracle/hf/" + name))) {
            agree(checkpoint, List.of(), Ops.Precision.FAST);
        }
    }

    @Test
    void adaptersAreBesideStreamedExperts(@TempDir Path folder) {
        try (Checkpoint checkpoint = Checkpoint.open(SharedFolder.require("oracle/hf/qwen3_moe"))) {
            RandomAdapter.write(folder.resolve("one"), checkpoint, 3, false, 11);
            RandomAdapter.write(folder.resolve("two"), checkpoint, 2, false, 12);
            agree(
                    checkpoint,
                    List.of(checkpoint.adapted(folder.resolve("one")), checkpoint.adapted(folder.resolve("two"))),
                    Ops.Precision.EXACT);
        }
    }
}
