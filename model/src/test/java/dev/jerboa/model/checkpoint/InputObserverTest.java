package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.convert.Conversion;
import dev.jerboa.model.convert.ConversionPlan;
import dev.jerboa.model.convert.ImportanceMatrix;
import dev.jerboa.model.convert.InputObserver;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.testkit.SharedFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs of a folder's products are those of its GGUF twin's, whatever order or encoding its experts are stored in. */
class InputObserverTest {
    private static final int[] PROMPT =
            IntStream.range(0, 40).map(i -> 3 + i * 7 % 250).toArray();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gpt_oss_bf16", "gpt_oss", "llama4_text", "qwen3_moe"})
    void expertsAreWatched(String name) {
        Path file = folder.resolve("twin.gguf");
        try (Team team = Team.ofSize(2);
                Checkpoint published = Checkpoint.open(SharedFolder.require("oracle/hf/" + name))) {
            new Conversion(team, (done, total) -> {})
                    .toGguf(ConversionPlan.of(published), Optional.empty(), null, file);
            try (Checkpoint twin = Checkpoint.open(file)) {
                Map<String, ImportanceMatrix.Entry> expected = watched(twin, team);
                Map<String, ImportanceMatrix.Entry> found = watched(published, team);
                assertThat(expected.keySet().stream().filter(tensor -> tensor.contains("_exps.")))
                        .hasSizeGreaterThan(2);
                expected.forEach((tensor, entry) -> {
                    assertThat(found).containsKey(tensor);
                    ImportanceMatrix.Entry same = Objects.requireNonNull(found.get(tensor));
                    assertThat(same.counts()).as(tensor).isEqualTo(entry.counts());
                    for (int i = 0; i < entry.squares().length; i++) {
                        assertThat(same.squares()[i])
                                .as("%s, column %d", tensor, i)
                                .isCloseTo(entry.squares()[i], within(1e-3f * (1e-3f + entry.squares()[i])));
                    }
                });
            }
        }
    }

    private static Map<String, ImportanceMatrix.Entry> watched(Checkpoint checkpoint, Team team) {
        InputObserver observer = InputObserver.of(OpsProvider.ops(), ConversionPlan.of(checkpoint));
        try (Decoder decoder = checkpoint.load(observer.ops(), Ops.Precision.EXACT, team, 128)) {
            new OneSequence(decoder).logits(PROMPT, 11);
        }
        return observer.matrix(List.of("prompt"), PROMPT.length).entries();
    }
}
