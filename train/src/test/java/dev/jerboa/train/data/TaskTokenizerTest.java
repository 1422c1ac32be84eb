package dev.jerboa.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.ChatPrompt;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Turns;
import dev.jerboa.train.task.generate.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskTokenizerTest {
    @TempDir
    static Path folder;

    static Tokenizer tokenizer;

    @BeforeAll
    static void learn() {
        TaskTokenizer.write(folder, Tasks.standard(), TaskTokenizer.SIZE, 1);
        tokenizer = Tokenizers.fromFolder(folder).orElseThrow();
    }

    @Test
    void theTokenizerHasTheAskedSizeAndRoles() {
        assertThat(tokenizer.size()).isEqualTo(TaskTokenizer.SIZE);
        assertThat(tokenizer.eos()).isEqualTo(tokenizer.id(Turns.END)).isEqualTo(0);
        assertThat(tokenizer.stops()).containsExactly(0);
        assertThat(tokenizer.bos()).isEqualTo(-1);
        assertThat(tokenizer.prefix()).isEmpty();
        for (String mark : List.of(Turns.END, Turns.USER, Turns.ASSISTANT, Turns.THINK, Turns.THOUGHT)) {
            assertThat(tokenizer.isSpecial(tokenizer.id(mark))).isTrue();
            assertThat(tokenizer.encode(mark, true)).hasSize(1);
            assertThat(tokenizer.encode(mark, false)).hasSizeGreaterThan(1);
        }
    }

    @Test
    void everyDigitSignAndLetterIsOneToken() {
        for (String text :
                "0123456789+-*/%()=<>:;|,.?!~\\\n ×÷·−–²’…٪٠١٢٣٤٥٦٧٨٩؟،ابتجحخدرسصعفقكلمنهويأإةءآ".split("")) {
            assertThat(tokenizer.encode(text, false)).as(text).hasSize(1);
        }
        assertThat(tokenizer.encode("47 + 105", false)).hasSize(8);
        for (String word : List.of("What", " is", " what", " how", " have", "كم", " من")) {
            assertThat(tokenizer.encode(word, false)).as(word).hasSize(1);
        }
    }

    @Test
    void everyGeneratedTextComesBack() {
        for (int i = 0; i < 5_000; i++) {
            String text = Tasks.standard().example(Draws.of(11, 0, i)).text();
            assertThat(tokenizer.decode(tokenizer.encode(text, true), true)).isEqualTo(text);
        }
        for (String text : List.of("héllo 漢字 🙂", "\t\r\n  a", "نَصٌّ مشكول", "")) {
            assertThat(tokenizer.decode(tokenizer.encode(text, true), true)).isEqualTo(text);
        }
    }

    @Test
    void theSameSeedGivesTheSameFiles(@TempDir Path again) throws IOException {
        TaskTokenizer.write(again, Tasks.standard(), TaskTokenizer.SIZE, 1);
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            assertThat(again.resolve(name)).hasSameTextualContentAs(folder.resolve(name));
        }
        assertThat(Files.size(again.resolve("tokenizer.json"))).isLessThan(64 << 10);
    }

    /** What serving renders is what training reads. */
    @Test
    void theChatTemplateWritesWhatExamplesAre() {
        String source = String.valueOf(
                Json.object(folder.resolve("tokenizer_config.json")).get("chat_template"));
        ChatPrompt prompt = new ChatPrompt(source, "of the test", tokenizer);
        assertThat(prompt.reasoning()).isPresent();
        Example example = Tasks.named("countdown").example(Draws.of(1, 0, 0));
        List<ChatMessage> messages = List.of(
                ChatMessage.system("Be brief."),
                ChatMessage.user("What is 1+1?"),
                ChatMessage.assistant("2"),
                ChatMessage.user(example.problem().question()));
        assertThat(prompt.render(messages, List.of(), Map.of()))
                .isEqualTo(example.problem().prompt());
        assertThat(prompt.render(
                        List.of(
                                ChatMessage.user(example.problem().question()),
                                ChatMessage.assistant(example.answer(), example.thinking())),
                        List.of(),
                        Map.of("add_generation_prompt", false)))
                .isEqualTo(example.text());
        assertThat(prompt.render(
                        List.of(ChatMessage.user("Hi"), ChatMessage.assistant("Hello!")),
                        List.of(),
                        Map.of("add_generation_prompt", false)))
                .isEqualTo("<|user|>Hi<|assistant|><think></think>Hello!<|end|>");
    }

    /** Longer vocabularies shorten words; what is reckoned stays as long, since each digit is a token. */
    @ParameterizedTest
    @ValueSource(ints = {TaskTokenizer.SIZE, 1024})
    void textsAreShort(int size, @TempDir Path out) {
        TaskTokenizer.write(out, Tasks.standard(), size, 1);
        Tokenizer words = Tokenizers.fromFolder(out).orElseThrow();
        System.out.printf("vocabulary of %d%n%-12s %7s %7s %7s %7s%n", size, "task", "mean", "prompt", "p95", "max");
        double all = 0;
        for (Task task : Tasks.trained()) {
            int n = 1_000;
            int[] lengths = new int[n];
            long prompt = 0;
            for (int i = 0; i < n; i++) {
                Example example = task.example(Draws.of(5, 0, i));
                lengths[i] = words.encode(example.text(), true).length;
                prompt += words.encode(example.problem().prompt(), true).length;
            }
            java.util.Arrays.sort(lengths);
            double mean = java.util.Arrays.stream(lengths).average().orElseThrow();
            System.out.printf(
                    "%-12s %7.1f %7.1f %7d %7d%n",
                    task.name(), mean, prompt / (double) n, lengths[n * 95 / 100], lengths[n - 1]);
            assertThat(mean).as(task.name()).isBetween(15.0, 150.0);
            assertThat(lengths[n - 1]).as(task.name()).isLessThanOrEqualTo(400);
            all += mean;
        }
        assertThat(all / Tasks.trained().size()).isLessThan(75);
    }

    @Test
    void mistakesAreNamed(@TempDir Path out) {
        assertThatThrownBy(() -> new TokenizerTrainer(100, List.of())).hasMessageContaining("100");
        TokenizerTrainer trainer = new TokenizerTrainer(300, List.of("<|end|>"));
        trainer.read("ab");
        assertThatThrownBy(() -> trainer.write(out, "<|end|>", "")).hasMessageContaining("read more");
    }

    /** A hand-worked case: of "ab ab abc", the pair (a, b) merges first, then a space with it, then a c behind. */
    @Test
    void mergesAreByFrequency(@TempDir Path out) {
        TokenizerTrainer trainer = new TokenizerTrainer(260, List.of("<|end|>"));
        trainer.read("ab ab abc 12é");
        trainer.write(out, "<|end|>", "");
        Tokenizer learned = Tokenizers.fromFolder(out).orElseThrow();
        assertThat(learned.size()).isEqualTo(260);
        assertThat(learned.encode("é", false)).containsExactly(257);
        assertThat(learned.encode("ab", false)).containsExactly(258);
        assertThat(learned.encode(" ab", false)).containsExactly(259);
        assertThat(learned.encode("12", false)).hasSize(2);
    }
}
