package dev.jerboa.train.task.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.HeldOut;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Turns;
import dev.jerboa.train.task.Verdict;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TasksTest {
    private static final Pattern EQUATION =
            Pattern.compile("(?<![-\\d.+*/<>])(\\d+)([-+*/])(\\d+)(?:([-+])(\\d+))?=(\\d+)(?![\\d*])");

    static List<Task> everyTask() {
        return java.util.stream.Stream.concat(Tasks.trained().stream(), Tasks.shifted().stream())
                .toList();
    }

    @Property(tries = 3000)
    void everyReplyIsRightUnlessItSaysOtherwise(@ForAll long seed) {
        for (Task task : everyTask()) {
            Example example = task.example(Draws.of(seed, 0, 0));
            Problem problem = example.problem();
            assertThat(Verdict.of(problem, example.reply()))
                    .as("%s", example)
                    .isEqualTo(example.good() ? Verdict.CORRECT : Verdict.WELL_FORMED);
            assertThat(Verdict.ofAnswer(problem, problem.answer())).isEqualTo(Verdict.CORRECT);
            assertThat(problem.task()).isEqualTo(task.name());
            assertThat(example.good() || task.name().equals("countdown")).isTrue();
            assertThat(problem.question()).doesNotContain("{", "\n", "<|").isNotBlank();
            assertThat(example.text())
                    .isEqualTo(Turns.USER
                            + problem.question()
                            + Turns.ASSISTANT
                            + Turns.THINK
                            + example.thinking()
                            + Turns.THOUGHT
                            + example.answer()
                            + Turns.END);
            equationsAreTrue(example.thinking());
        }
    }

    /** Every equation that a working writes, {@code a∘b=c} or {@code a∘b±d=c}, holds. */
    private static void equationsAreTrue(String thinking) {
        Matcher matcher = EQUATION.matcher(thinking);
        while (matcher.find()) {
            int a = Integer.parseInt(matcher.group(1));
            int b = Integer.parseInt(matcher.group(3));
            int value = switch (matcher.group(2)) {
                case "+" -> a + b;
                case "-" -> a - b;
                case "*" -> a * b;
                default -> a / b;
            };
            if (matcher.group(4) != null) {
                int c = Integer.parseInt(matcher.group(5));
                value += matcher.group(4).equals("+") ? c : -c;
            }
            assertThat(value).as(thinking + " at " + matcher.group()).isEqualTo(Integer.parseInt(matcher.group(6)));
        }
    }

    @Test
    void columnsAreWrittenFromTheLeastSignificantDigit() {
        assertThat(add(47, 58)).isEqualTo("47+58:7+8+0=15;4+5+1=10;=105");
        assertThat(add(999, 1)).isEqualTo("999+1:9+1+0=10;9+0+1=10;9+0+1=10;=1000");
        StringBuilder out = new StringBuilder();
        Columns.subtract(out, 105, 98);
        assertThat(out).hasToString("105-98:15-8-0=7;10-9-1=0;1-0-1=0;=7");
        out.setLength(0);
        Columns.subtract(out, 23, 58);
        assertThat(out).hasToString("23-58:-(58-23):8-3-0=5;5-2-0=3;=-35");
        out.setLength(0);
        Columns.multiply(out, 86, 14);
        assertThat(out)
                .hasToString("86*4:6*4+0=24;8*4+2=34;=344\n86*1:6*1+0=06;8*1+0=08;=86\n"
                        + "344+860:4+0+0=04;4+6+0=10;3+8+1=12;=1204\n86*14=1204");
        out.setLength(0);
        Columns.divide(out, 847, 4);
        assertThat(out).hasToString("847/4:8=2*4+0;4=1*4+0;7=1*4+3;=211,3");
    }

    private static String add(int a, int b) {
        StringBuilder out = new StringBuilder();
        Columns.add(out, a, b);
        return out.toString();
    }

    @ParameterizedTest
    @MethodSource("everyTask")
    void trainingAndHeldOutProblemsAreApart(Task task) {
        Set<String> training = new HashSet<>();
        for (int i = 0; i < 3000; i++) {
            Problem problem = Split.training(task, 1, 0, i).problem();
            assertThat(Split.isHeldOut(problem)).isFalse();
            training.add(problem.key());
        }
        List<Problem> held = HeldOut.problems(task, 100, 1);
        assertThat(held).extracting(Problem::key).doesNotHaveDuplicates().doesNotContainAnyElementsOf(training);
        if (task.name().equals("product")) {
            assertThat(held).isEmpty();
        } else {
            assertThat(held).isNotEmpty().allMatch(Split::isHeldOut);
            assertThat(HeldOut.problems(task, 3, 1)).isEqualTo(held.subList(0, Math.min(3, held.size())));
            assertThat(Split.isHeldOut(Split.heldOut(task, 1, 0, 0).problem())).isTrue();
        }
    }

    @Test
    void aboutOneProblemInTenIsHeldOut() {
        int held = 0;
        for (int i = 0; i < 10_000; i++) {
            held += Split.isHeldOut(
                            Tasks.named("add3").example(Draws.of(2, 0, i)).problem())
                    ? 1
                    : 0;
        }
        assertThat(held).isBetween(880, 1120);
    }

    /** Another wording, language, or order of commuting operands does not move a problem to the other side. */
    @Test
    void keysAreCanonical() {
        Map<String, Object> values = new HashMap<>();
        Map<String, Set<String>> questions = new HashMap<>();
        for (String name : List.of("add2", "multiply11", "countdown", "sort", "gcd", "expression")) {
            Task task = Tasks.named(name);
            for (int i = 0; i < 20_000; i++) {
                Problem problem = task.example(Draws.of(7, 0, i)).problem();
                Object value = problem.check() instanceof dev.jerboa.train.task.Check.Countdown c
                        ? (Object) c.target()
                        : problem.check();
                Object before = values.putIfAbsent(problem.key(), value);
                assertThat(before == null ? value : before).as(problem.key()).isEqualTo(value);
                questions.computeIfAbsent(problem.key(), key -> new HashSet<>()).add(problem.question());
            }
        }
        assertThat(questions.get("multiply11 3 8")).contains("3*8", "8*3").anyMatch(text -> text.contains("اضرب"));
    }

    @Test
    void examplesDoNotDependOnThreadOrOrder() {
        Task mixture = Tasks.standard();
        List<Example> inOrder = IntStream.range(0, 500)
                .mapToObj(i -> Split.training(mixture, 3, 1, i))
                .toList();
        List<Example> parallel = IntStream.range(0, 500)
                .parallel()
                .mapToObj(i -> Split.training(mixture, 3, 1, 499 - i))
                .toList();
        assertThat(parallel.reversed()).isEqualTo(inOrder);
        assertThat(Split.training(mixture, 4, 1, 0)).isNotEqualTo(inOrder.getFirst());
    }

    @Test
    void theMixtureHasEveryTaskAndBothLanguages() {
        Map<String, Integer> tasks = new HashMap<>();
        int arabic = 0;
        int eastern = 0;
        for (int i = 0; i < 5_000; i++) {
            Problem problem = Split.training(Tasks.standard(), 1, 0, i).problem();
            tasks.merge(problem.task(), 1, Integer::sum);
            arabic += problem.language() == Language.ARABIC ? 1 : 0;
            eastern += problem.question().chars().anyMatch(c -> c >= '\u0660' && c <= '\u0669') ? 1 : 0;
        }
        assertThat(tasks.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        Tasks.trained().stream().map(Task::name).toList());
        assertThat(arabic).isBetween(1_400, 2_000);
        assertThat(eastern).isBetween(50, 300);
    }

    @Test
    void aboutAQuarterOfCountdownRepliesGiveUp() {
        int low = 0;
        int all = 0;
        for (int i = 0; i < 4_000; i++) {
            low += Tasks.named("countdown").example(Draws.of(1, 0, i)).good() ? 0 : 1;
            all += Tasks.countdown(1).example(Draws.of(1, 0, i)).good() ? 1 : 0;
        }
        assertThat(low / 4_000.0).isBetween(0.22, 0.33);
        assertThat(all).isEqualTo(4_000);
    }

    @Test
    void tasksAreFoundByNameAndMistakesAreNamed() {
        assertThat(Tasks.named("countdown4").name()).isEqualTo("countdown4");
        assertThatThrownBy(() -> Tasks.named("chess"))
                .hasMessageContaining("chess")
                .hasMessageContaining("countdown");
        assertThatThrownBy(() -> Tasks.mixture(Map.of("add4", 1.0))).hasMessageContaining("judging");
        assertThatThrownBy(() -> Tasks.mixture(Map.of("chess", 1.0))).hasMessageContaining("chess");
        assertThatThrownBy(() -> Tasks.countdown(2)).hasMessageContaining("patience");
        assertThat(Tasks.mixture(Map.of("sort", 1.0)).tasks()).hasSize(1);
    }
}
