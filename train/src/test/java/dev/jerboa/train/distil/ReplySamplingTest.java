package dev.jerboa.train.distil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.jerboa.train.distil.ReplySampling.Counts;
import dev.jerboa.train.distil.ReplySampling.Keep;
import dev.jerboa.train.distil.ReplySampling.Settings;
import dev.jerboa.train.rl.Rollouts.Draw;
import dev.jerboa.train.rl.Rollouts.Reply;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.generate.Tasks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplySamplingTest {
    private static final Task TASK = Tasks.named("add2");

    private final List<Problem> asked = new ArrayList<>();
    private final Set<Long> seeds = new HashSet<>();

    /** Of four replies the first two are the same right one, the third is wrong, the fourth cut. */
    private List<Reply> replies(List<Draw> draws) {
        List<Reply> replies = new ArrayList<>();
        for (Draw draw : draws) {
            int n = asked.size() % 4;
            asked.add(draw.problem());
            draw.sampling().seed().ifPresent(seeds::add);
            String right = "<think></think>" + draw.problem().answer();
            replies.add(
                    n < 2
                            ? reply(right + "<|end|>", true)
                            : n == 2 ? reply("<think></think>1000<|end|>", true) : reply(right, false));
        }
        return replies;
    }

    private static Reply reply(String text, boolean ended) {
        return new Reply(new int[3], new int[7], new double[7], text, ended);
    }

    private Counts sample(Settings settings, List<String> lines) {
        List<Counts> told = new ArrayList<>();
        Counts counts = ReplySampling.of(TASK, settings, this::replies, lines::add, told::add);
        assertThat(told.getLast()).isEqualTo(counts);
        return counts;
    }

    @Test
    void rightRepliesAreKeptOnce() {
        List<String> lines = new ArrayList<>();
        Counts counts = sample(new Settings(300, 4, 0.8f, Keep.RIGHT, true, 5), lines);
        Set<Problem> distinct = new HashSet<>(asked);
        assertThat(counts.asked()).isEqualTo(1200);
        assertThat(counts.right()).isEqualTo(900);
        assertThat(counts.cut()).isEqualTo(300);
        assertThat(counts.kept() + counts.repeated()).isEqualTo(600);
        assertThat(counts.kept()).isEqualTo(lines.size()).isBetween(150, distinct.size());
        assertThat(counts.tokens()).isEqualTo(10L * lines.size());
        assertThat(lines).doesNotHaveDuplicates().allMatch(line -> line.contains("\"verdict\": \"correct\""));
        assertThat(lines.getFirst()).doesNotContain("<|end|>");
        assertThat(asked).noneMatch(Split::isHeldOut);
        assertThat(seeds).hasSize(1200);
    }

    @Test
    void whatIsKeptIsAsAskedFor() {
        List<String> all = new ArrayList<>();
        assertThat(sample(new Settings(10, 4, 1, Keep.ALL, false, 5), all).kept())
                .isEqualTo(40);
        assertThat(all).anyMatch(line -> line.contains("\"ended\": false"));
        List<String> ended = new ArrayList<>();
        assertThat(sample(new Settings(10, 4, 1, Keep.ENDED, false, 5), ended).kept())
                .isEqualTo(30);
        assertThat(all).containsAll(ended);
        List<String> fewer = new ArrayList<>();
        sample(new Settings(5, 4, 1, Keep.ALL, false, 5), fewer);
        assertThat(all).startsWith(fewer.toArray(String[]::new));
        List<String> others = new ArrayList<>();
        sample(new Settings(10, 4, 1, Keep.ALL, false, 6), others);
        assertThat(others).isNotEqualTo(all);
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Settings(0, 1, 1, Keep.ALL, false, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(1, 2, 0, Keep.ALL, false, 1))
                .withMessageContaining("are all the same");
    }
}
