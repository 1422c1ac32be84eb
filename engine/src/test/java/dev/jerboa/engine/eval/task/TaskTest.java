package dev.jerboa.engine.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.eval.EvalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lines of published formats become the prompts that published figures are made with; faults are told with the line. */
class TaskTest {
    @TempDir
    Path folder = Path.of("");

    private Task task(String name, String lines) {
        try {
            return Task.detected(name, JsonLines.read(Files.writeString(folder.resolve(name + ".jsonl"), lines)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Item.Choices choices(String line) {
        return (Item.Choices) task("task", line).items().getFirst();
    }

    @Test
    void mmlu() {
        String line = """
                {"question": " Which? ", "subject": "abstract_algebra", "choices": ["0", "1", "2", "3"], "answer": 2}
                {"question": "Who?", "subject": "abstract_algebra", "choices": ["a", "b", "c", "d"], "answer": "B"}
                """;
        Task task = task("mmlu", line);
        assertThat(task.format()).isEqualTo("mmlu");
        Item.Choices item = (Item.Choices) task.items().getFirst();
        assertThat(item.description())
                .isEqualTo("The following are multiple choice questions (with answers) about abstract algebra.\n\n");
        assertThat(item.group()).isEqualTo("abstract_algebra");
        assertThat(item.choices().get(1))
                .isEqualTo(new Item.Choice("Which?\nA. 0\nB. 1\nC. 2\nD. 3\nAnswer:", " B", "B"));
        assertThat(item.right()).isEqualTo(2);
        assertThat(((Item.Choices) task.items().get(1)).right()).isEqualTo(1);
    }

    @Test
    void arc() {
        Item.Choices flat = choices("""
                {"id": "x", "question": "Why?", "choices": {"text": ["a b", "c"], "label": ["A", "B"]}, "answerKey": "B"}
                """);
        assertThat(flat.choices())
                .containsExactly(
                        new Item.Choice("Question: Why?\nAnswer:", " a b", "a b"),
                        new Item.Choice("Question: Why?\nAnswer:", " c", "c"));
        assertThat(flat.right()).isEqualTo(1);
        Item.Choices nested = choices("""
                {"question": {"stem": "Why?", "choices": [{"text": "a b", "label": "1"}, {"text": "c", "label": "2"}]},
                 "answerKey": "1"}
                """.replace("\n ", " "));
        assertThat(nested.choices()).isEqualTo(flat.choices());
        assertThat(nested.right()).isZero();
    }

    @Test
    void textsWithoutWordsAreSaidWithTheirLine() {
        assertThatThrownBy(() -> task("task", """
                {"question": {"stem": "Why?", "choices": [{"text": "", "label": "1"}]}, "answerKey": "1"}
                """))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("task.jsonl:1: text is empty");
        assertThatThrownBy(() -> task("task", """
                {"prompt": "One day", "answer": ""}
                """))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("task.jsonl:1: answer is empty");
    }

    @Test
    void hellaSwag() {
        Item.Choices item = choices("""
                {"activity_label": "Cooking", "ctx_a": "A man [step] stirs.", "ctx_b": "the Man", "ctx": "…", \
                "endings": ["eats. [title] Then rest", "runs  off."], "label": "1"}
                """);
        assertThat(item.choices().getFirst())
                .isEqualTo(new Item.Choice("Cooking: A man stirs. The man", " eats.. Then rest", "eats.. Then rest"));
        assertThat(item.choices().get(1).text()).isEqualTo("runs off.");
        assertThat(item.right()).isEqualTo(1);
        assertThat(choices("{\"ctx\": \"So\", \"endings\": [\"a\", \"b\"], \"label\": 0}")
                        .choices()
                        .getFirst())
                .isEqualTo(new Item.Choice("So", " a", "a"));
    }

    @Test
    void winogrande() {
        Item.Choices item = choices("""
                {"sentence": "Ann thanked Bea because _ had helped.", "option1": "Ann", "option2": "Bea", "answer": "2"}
                """);
        assertThat(item.choices())
                .containsExactly(
                        new Item.Choice("Ann thanked Bea because Ann", " had helped.", "had helped."),
                        new Item.Choice("Ann thanked Bea because Bea", " had helped.", "had helped."));
        assertThat(item.right()).isEqualTo(1);
    }

    @Test
    void gsm8k() {
        Task task = task("gsm8k", """
                {"question": "How many?", "answer": "Two and two.\\n#### 1,004"}
                """);
        assertThat(task.written()).isTrue();
        Item.Written item = (Item.Written) task.items().getFirst();
        assertThat(item.question()).isEqualTo("Question: How many?\nAnswer:");
        assertThat(item.example().text()).isEqualTo("Question: How many?\nAnswer: Two and two.\n#### 1,004");
        assertThat(item.target()).isEqualTo("1,004");
        assertThat(task.stops()).contains("Question:");
        assertThat(task.extractions()).extracting(Extraction::name).containsExactly("strict", "flexible");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "so #### 1004.|1,004|true|true",
                "so $1,004 in all|1,004|false|true",
                "#### 12 then 1004|1004|false|true",
                "#### -3|-3|true|true",
                "nothing|3|false|false",
                "7|7|false|true",
                "#### 5 and 6|5|true|false"
            })
    void numbersAreFoundAsPublished(String reply, String target, boolean strict, boolean flexible) {
        for (Extraction each : List.of(Extraction.STRICT_NUMBER, Extraction.FLEXIBLE_NUMBER)) {
            Optional<String> found = each.of(reply);
            boolean matches = found.isPresent() && each.matches(found.get(), target);
            assertThat(matches).as(each.name()).isEqualTo(each == Extraction.STRICT_NUMBER ? strict : flexible);
        }
    }

    @Test
    @Timeout(20)
    void expressionsThatTryTooMuchEnd() {
        Extraction endless = new Extraction("endless", Pattern.compile("(a+)+b"), false, List.of(), false);
        assertThat(endless.of("xaab")).contains("aa");
        assertThatThrownBy(() -> endless.of("a".repeat(5000)))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("takes too long");
    }

    @Test
    void genericLines() {
        Task task = task("mine", """
                {"prompt": "The sky is", "choices": ["green", "blue"], "answer": 1, "group": "colours"}

                {"prompt": "One and", "choices": [" one", " two"], "answer": " two"}
                """);
        assertThat(task.format()).isEqualTo("choices");
        assertThat(((Item.Choices) task.items().getFirst()).choices().get(1).continuation())
                .isEqualTo(" blue");
        Item.Choices second = (Item.Choices) task.items().get(1);
        assertThat(second.choices().getFirst().continuation()).isEqualTo(" one");
        assertThat(second.right()).isEqualTo(1);
        assertThat(second.line()).isEqualTo(3);
        Item.Written written = (Item.Written) task("open", "{\"prompt\": \"2 + 2 =\", \"answer\": \"4\"}")
                .items()
                .getFirst();
        assertThat(written.example().text()).isEqualTo("2 + 2 = 4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"prompt\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 2}|:2: answer is '2', expected one of the 2 choices",
                "{\"prompt\": \"a\", \"choices\": [\"b\", \"\"], \"answer\": 0}|:2: choices has an empty text",
                "{\"prompt\": \"a\", \"choices\": \"b\", \"answer\": 0}|:2: choices is a string, expected a list",
                "{\"prompt\": 1.5, \"answer\": 0}|:2: choices is missing",
                "{\"prompt\": [1], \"choices\": [\"b\"], \"answer\": 0}|:2: prompt is an array, expected a text",
                "{\"prompt\": \"a\", |:2: not readable as JSON",
                "[1, 2]|:2: expected a JSON object, found an array",
                "{} {}|:2: more than one"
            })
    void faultsAreToldWithTheirLine(String line, String message) {
        String good = "{\"prompt\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 0}\n";
        assertThatThrownBy(() -> task("bad", good + line + "\n" + good))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining(message);
    }

    @Test
    void codeTasksAndUnknownOnesAreRefused() {
        assertThatThrownBy(() -> task("HumanEval", "{\"prompt\": \"def f\", \"answer\": \"1\"}"))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("HumanEval is a code task")
                .hasMessageContaining("never does");
        assertThatThrownBy(() -> task("mine", "{\"prompt\": \"x\", \"answer\": \"1\", \"test_list\": [\"assert f\"]}"))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("mine is a code task")
                .hasMessageContaining("test_list");
        assertThatThrownBy(() -> task("odd", "{\"text\": \"x\"}"))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("odd.jsonl:1: the fields text are of no known format");
        assertThatThrownBy(() -> task("none", "\n\n"))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("has no lines");
        assertThatThrownBy(() -> JsonLines.read(folder.resolve("gone")))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("no such file");
    }

    private Task described(TaskSettings.AnswerAs as, String answer, String lines) throws IOException {
        TaskSettings settings = new TaskSettings(
                "mine",
                Optional.empty(),
                "{{ topic }}:\n",
                "Q: {{ q | trim }}\nA:",
                List.of("{{ a }}", "{{ b }}"),
                Optional.empty(),
                answer,
                as,
                Optional.empty(),
                "{{ topic }}",
                " ",
                Optional.of("\n"),
                List.of(),
                OptionalInt.empty(),
                List.of());
        return Task.of(settings, JsonLines.read(Files.writeString(folder.resolve("mine.jsonl"), lines)));
    }

    @Test
    void templatesMakeItems() throws IOException {
        String line = "{\"q\": \" Why? \", \"a\": \"x\", \"b\": \"y\", \"key\": \"B\", \"topic\": \"t\"}\n";
        for (TaskSettings.AnswerAs as : TaskSettings.AnswerAs.values()) {
            String answer = switch (as) {
                case INDEX -> "1";
                case NUMBER -> "{{ 2 }}";
                case LETTER -> "{{ key }}";
                case TEXT -> "{{ b }}";
            };
            Item.Choices item =
                    (Item.Choices) described(as, answer, line).items().getFirst();
            assertThat(item.right()).isEqualTo(1);
            assertThat(item.description()).isEqualTo("t:\n");
            assertThat(item.choices().getFirst()).isEqualTo(new Item.Choice("Q: Why?\nA:", " x", "x"));
        }
        assertThatThrownBy(() -> described(TaskSettings.AnswerAs.LETTER, "{{ key }}", line.replace("\"B\"", "\"C\"")))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("mine.jsonl:1: the answer is 'C', expected one of the 2 choices by its letter");
        assertThatThrownBy(() -> described(
                        TaskSettings.AnswerAs.INDEX,
                        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
                        line))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("mine.jsonl:1: mine (answer)");
        assertThatThrownBy(() -> described(TaskSettings.AnswerAs.LETTER, "{{ keys }}", line))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("mine.jsonl:1: no field keys, which mine (answer) reads; the fields are q, a, b");
    }

    @Test
    void examplesAreTheSameForAllButTheOneAsked() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            lines.append("{\"prompt\": \"p%d\", \"answer\": \"a%d\", \"group\": \"%s\"}\n"
                    .formatted(i, i, i < 10 ? "g" : "h"));
        }
        List<Item> items = task("shots", lines.toString()).items();
        Shots first = new Shots(items, true, 2, OptionalLong.empty());
        assertThat(first.before(items.get(5))).extracting(Item.Example::text).containsExactly("p0 a0", "p1 a1");
        assertThat(first.before(items.get(0))).extracting(Item.Example::text).containsExactly("p1 a1", "p2 a2");
        assertThat(first.before(items.get(11))).as("too few of its group").hasSize(2);
        Shots drawn = new Shots(items, true, 3, OptionalLong.of(4));
        assertThat(drawn.before(items.get(5)))
                .isEqualTo(new Shots(items, true, 3, OptionalLong.of(4)).before(items.get(5)))
                .isNotEqualTo(new Shots(items, true, 3, OptionalLong.of(5)).before(items.get(5)));
        for (Item item : items) {
            assertThat(drawn.before(item)).hasSize(3).doesNotContain(item.example());
        }
        assertThatThrownBy(() -> new Shots(items, true, 12, OptionalLong.empty()))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("ask for fewer");
        assertThat(new Shots(items, false, 12, OptionalLong.empty()).before(items.get(0)))
                .hasSize(12);
    }
}
