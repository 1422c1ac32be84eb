package dev.jerboa.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Turns;
import dev.jerboa.train.task.generate.Tasks;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchesTest {
    static Tokenizer tokenizer;

    @BeforeAll
    static void learn(@TempDir Path folder) {
        TaskTokenizer.write(folder, Tasks.standard(), TaskTokenizer.SIZE, 1);
        tokenizer = Tokenizers.fromFolder(folder).orElseThrow();
    }

    @Test
    void aBatchIsTheStepsExamplesSideBySide() {
        Task task = Tasks.standard();
        Batch batch = new Batch(2048);
        new ProblemBatches(tokenizer, task, 9, ProblemBatches.Loss.REPLY).fill(17, batch);
        assertThat(batch.tokens()).isBetween(1700, 2048);
        for (int s = 0; s < batch.sequences(); s++) {
            int[] ids = IntStream.range(batch.start(s), batch.start(s + 1))
                    .map(batch::id)
                    .toArray();
            assertThat(tokenizer.decode(ids, true))
                    .isEqualTo(Split.training(task, 9, 17, s).text());
            int answer = batch.start(s);
            while (batch.id(answer) != tokenizer.id(Turns.ASSISTANT)) {
                assertThat(batch.weight(answer++)).isZero();
            }
            for (int i = answer; i < batch.start(s + 1); i++) {
                boolean last = i == batch.start(s + 1) - 1;
                assertThat(batch.weight(i)).isEqualTo(last ? 0 : 1);
                assertThat(batch.target(i)).isEqualTo(last ? Batch.NONE : batch.id(i + 1));
                assertThat(batch.position(i)).isEqualTo(i - batch.start(s));
            }
            assertThat(batch.id(batch.start(s + 1) - 1)).isEqualTo(tokenizer.eos());
        }
    }

    @Test
    void everyTokenCountsWhereAskedFor() {
        Batch batch = new Batch(512);
        new ProblemBatches(tokenizer, Tasks.standard(), 9, ProblemBatches.Loss.ALL).fill(0, batch);
        assertThat(batch.totalWeight()).isEqualTo(batch.tokens() - batch.sequences());
        Batch tiny = new Batch(4);
        assertThatThrownBy(
                        () -> new ProblemBatches(tokenizer, Tasks.standard(), 9, ProblemBatches.Loss.ALL).fill(0, tiny))
                .hasMessageContaining("4");
    }

    @Test
    void batchesDependOnSeedAndStepOnly() {
        for (BatchSource source : List.of(
                new ProblemBatches(tokenizer, Tasks.standard(), 3, ProblemBatches.Loss.REPLY),
                new TextBatches(IntStream.range(0, 5_000).toArray(), 64, 3),
                new SyntheticBatches(64, 3))) {
            List<String> inOrder = IntStream.range(0, 8)
                    .mapToObj(step -> written(source, step))
                    .toList();
            List<String> parallel = IntStream.range(0, 8)
                    .parallel()
                    .mapToObj(step -> written(source, 7 - step))
                    .toList();
            assertThat(parallel.reversed()).isEqualTo(inOrder);
            assertThat(inOrder).doesNotHaveDuplicates();
        }
    }

    private static String written(BatchSource source, long step) {
        Batch batch = new Batch(1024);
        source.fill(step + 1, batch);
        source.fill(step, batch);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < batch.tokens(); i++) {
            out.append(batch.id(i))
                    .append(' ')
                    .append(batch.target(i))
                    .append(' ')
                    .append(batch.weight(i))
                    .append('\n');
        }
        return out.toString();
    }

    @Test
    void windowsOfATextFillTheBatch() {
        int[] tokens = IntStream.range(0, 130).toArray();
        Batch batch = new Batch(300);
        new TextBatches(tokens, 64, 1).fill(5, batch);
        assertThat(batch.sequences()).isEqualTo(4);
        assertThat(batch.tokens()).isEqualTo(256);
        assertThat(batch.totalWeight()).isEqualTo(256);
        for (int i = 0; i < batch.tokens(); i++) {
            assertThat(batch.target(i)).isEqualTo(batch.id(i) + 1);
        }
        assertThatThrownBy(() -> new TextBatches(tokens, 130, 1)).hasMessageContaining("130");
    }

    /** Whatever counts can be known: solved here from the text before it. */
    @Test
    void syntheticExercisesCountWhatCanBeKnown() {
        Batch batch = new Batch(128 * 200);
        new SyntheticBatches(128, 1).fill(0, batch);
        assertThat(batch.sequences()).isEqualTo(200);
        int known = 0;
        for (int s = 0; s < 200; s++) {
            StringBuilder text = new StringBuilder();
            for (int i = batch.start(s); i < batch.start(s + 1); i++) {
                text.append(SyntheticBatches.ALPHABET.charAt(batch.id(i)));
                if (batch.weight(i) > 0) {
                    known++;
                    char next = SyntheticBatches.ALPHABET.charAt(batch.target(i));
                    assertThat(solve(text.toString())).as(text.toString()).isEqualTo(next);
                }
            }
        }
        assertThat(known).isBetween(128 * 200 / 4, 128 * 200 * 2 / 3);
    }

    private static char solve(String text) {
        int copy = text.lastIndexOf('#');
        int equals = text.lastIndexOf('=');
        int ask = text.lastIndexOf('?');
        int close = text.lastIndexOf('|');
        int plus = text.lastIndexOf('+');
        int last = Math.max(Math.max(copy, equals), Math.max(Math.max(ask, close), plus));
        if (last == plus) {
            return '=';
        }
        if (last == ask) {
            char key = text.charAt(text.length() - 1);
            return text.charAt(text.lastIndexOf(key, ask) + 1);
        }
        if (last == close) {
            StringBuilder open = new StringBuilder();
            int from = close;
            while (from > 0 && "()[]{}<>".indexOf(text.charAt(from - 1)) >= 0) {
                from--;
            }
            // What stands before belongs to another exercise and closes more than it opens.
            for (char c : text.substring(from).replace("|", "").toCharArray()) {
                int kind = "([{<".indexOf(c);
                if (kind >= 0) {
                    open.append(")]}>".charAt(kind));
                } else if (!open.isEmpty()) {
                    open.setLength(open.length() - 1);
                }
            }
            return open.charAt(open.length() - 1);
        }
        if (plus > copy) {
            int sum = Integer.parseInt(text.substring(plus - 2, plus))
                    + Integer.parseInt(text.substring(plus + 1, plus + 3));
            return (sum + ";").charAt(text.length() - equals - 1);
        }
        return text.charAt(copy + text.length() - equals);
    }
}
