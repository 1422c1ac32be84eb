package dev.jerboa.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import dev.jerboa.train.data.ProblemBatches.Loss;
import dev.jerboa.train.task.generate.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplyBatchesTest {
    @TempDir
    static Path folder = Path.of("");

    private static Tokenizer tokenizer;

    @BeforeAll
    static void learn() {
        TaskTokenizer.write(folder, Tasks.named("add1"), 400, 1);
        tokenizer = Tokenizers.fromFolder(folder).orElseThrow();
    }

    /** Replies of 1 to {@code count} letters, so that each is known by its length. */
    private static List<WrittenReply> replies(int count) {
        List<WrittenReply> replies = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            replies.add(new WrittenReply("q", "z".repeat(i), true));
        }
        return replies;
    }

    private static List<List<Integer>> sequences(Batch batch) {
        List<List<Integer>> all = new ArrayList<>();
        for (int s = 0; s < batch.sequences(); s++) {
            List<Integer> ids = new ArrayList<>();
            for (int t = batch.start(s); t < batch.start(s + 1); t++) {
                ids.add(batch.id(t));
            }
            all.add(ids);
        }
        return all;
    }

    @Test
    void everyReplyComesOnceARoundInAnOrderOfItsOwn() {
        ReplyBatches batches = new ReplyBatches(tokenizer, replies(20), 3, Loss.REPLY);
        Batch batch = new Batch(64);
        List<List<Integer>> row = new ArrayList<>();
        Map<Integer, List<List<Integer>>> byStep = new HashMap<>();
        for (int step = 0; row.size() < 60; step++) {
            batches.fill(step, batch);
            assertThat(batch.tokens()).isBetween(1, 64);
            byStep.put(step, sequences(batch));
            row.addAll(sequences(batch));
        }
        List<List<Integer>> first = row.subList(0, 20);
        assertThat(first).doesNotHaveDuplicates();
        for (int round = 1; round < 3; round++) {
            List<List<Integer>> next = row.subList(20 * round, 20 * round + 20);
            assertThat(new HashSet<>(next)).isEqualTo(new HashSet<>(first));
            assertThat(next).isNotEqualTo(first);
        }
        ReplyBatches others = new ReplyBatches(tokenizer, replies(20), 3, Loss.REPLY);
        for (int step : new int[] {7, 2, 5, 0}) { // in any order of asking
            others.fill(step, batch);
            assertThat(sequences(batch)).isEqualTo(byStep.get(step));
        }
    }

    @Test
    void onlyRepliesCountAndCutOnesDoNotEnd() {
        List<WrittenReply> two = List.of(new WrittenReply("1+1", "2", true));
        Batch batch = new Batch(64);
        new ReplyBatches(tokenizer, two, 1, Loss.REPLY).fill(0, batch);
        int[] ids = tokenizer.encode("<|user|>1+1<|assistant|>2<|end|>", true);
        assertThat(batch.tokens() % ids.length).isZero();
        float[] weights = new float[ids.length];
        for (int t = 0; t < ids.length; t++) {
            assertThat(batch.id(t)).isEqualTo(ids[t]);
            weights[t] = batch.weight(t);
        }
        assertThat(weights[ids.length - 3]).isEqualTo(1); // <|assistant|> is followed by the reply
        assertThat(Arrays.copyOf(weights, ids.length - 3)).containsOnly(0);
        new ReplyBatches(tokenizer, List.of(new WrittenReply("1+1", "2", false)), 1, Loss.ALL).fill(0, batch);
        assertThat(batch.id(ids.length - 2)).isEqualTo(ids[ids.length - 2]);
        assertThat(batch.target(ids.length - 2)).isEqualTo(Batch.NONE);
        assertThat(batch.weight(0)).isEqualTo(1);
    }

    @Test
    void longRepliesAreRefused() {
        ReplyBatches batches = new ReplyBatches(tokenizer, replies(400), 1, Loss.REPLY);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> batches.fill(0, new Batch(32)))
                .withMessageContaining("does not fit a batch of 32");
    }

    @Test
    void linesAreReadAndMistakesNameTheirs() throws IOException {
        WrittenReply reply = new WrittenReply("كم ٢ + ٣؟", "<think>\"…\"\n</think>٥", false);
        Path file = folder.resolve("replies.jsonl");
        Files.writeString(file, reply.line(Map.of("task", "add1")) + "\n\n{\"question\":\"a\",\"reply\":\"b\"}\n");
        assertThat(WrittenReply.read(file)).containsExactly(reply, new WrittenReply("a", "b", true));
        Files.writeString(file, "{\"question\": \"a\", \"reply\": \"b\"}\n{\"question\": 5, \"reply\": \"b\"}\n");
        assertThatThrownBy(() -> WrittenReply.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("replies.jsonl:2: question is 5, expected a text");
        Files.writeString(file, "\n");
        assertThatThrownBy(() -> WrittenReply.read(file)).hasMessageContaining("no replies");
        Files.writeString(file, "{oops\n");
        assertThatThrownBy(() -> WrittenReply.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("replies.jsonl:1");
    }
}
