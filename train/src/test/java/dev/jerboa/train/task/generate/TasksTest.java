package dev.jerboa.train.task.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.HeldOut;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Turns;
import dev.jerboa.train.task.Verdict;
import dev.jerboa.train.task.Wordings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
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
    /** {@code 14=2*7+0}, of divisions. */
    private static final Pattern PARTS =
            Pattern.compile("(?<![-\\d.+*/<>])(\\d+)=(\\d+)\\*(\\d+)(?:\\+(\\d+))?(?!\\d)");
    /** {@code 7>6}, of comparisons of digits. */
    private static final Pattern DIGITS = Pattern.compile("(?<=[,:])(\\d)([<>=])(\\d)(?=[,:]|$)");
    /** What is known by heart, and asked for without numbers. */
    private static final Set<String> BY_HEART = Set.of("product", "talk", "general");

    private static final Pattern NUMBER_WORDS = Pattern.compile(
            "(?iU)\\b(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|twenty|thirty|forty|fifty|sixty"
                    + "|seventy|eighty|ninety|hundred|thousand|million|first|second|third|half|twice|double|dozen"
                    + "|واحد|واحدة|اثنان|اثنين|ثلاثة?|أربعة?|خمسة?|ستة?|سبعة?|ثمانية?|تسعة?|عشرة?|عشرون|عشرين|مئة|مائة|ألف|مليون"
                    + "|نصف|ضعف)\\b");

    static List<Task> everyTask() {
        return java.util.stream.Stream.concat(Tasks.trained().stream(), Tasks.shifted().stream())
                .toList();
    }

    @Property(tries = 2000)
    void everyReplyIsRightUnlessItSaysOtherwise(@ForAll long seed, @ForAll Wordings wordings) {
        for (Task task : everyTask()) {
            Example example = task.example(Draws.of(seed, 0, 0), wordings);
            Problem problem = example.problem();
            assertThat(Verdict.of(problem, example.reply()))
                    .as("%s", example)
                    .isEqualTo(example.good() ? Verdict.CORRECT : Verdict.WELL_FORMED);
            assertThat(Verdict.ofAnswer(problem, problem.answer())).isEqualTo(Verdict.CORRECT);
            assertThat(problem.task()).isEqualTo(task.name());
            assertThat(example.good() || task.name().equals("countdown")).isTrue();
            assertThat(problem.question())
                    .doesNotContain("{", "\n", "<|")
                    .isNotBlank()
                    .isEqualTo(problem.question().strip());
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

    /** Every equation that a working writes, {@code a∘b=c}, {@code a∘b±d=c} or {@code a=b*c+d}, holds, and every comparison of digits. */
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
        matcher = PARTS.matcher(thinking);
        while (matcher.find()) {
            int rest = matcher.group(4) == null ? 0 : Integer.parseInt(matcher.group(4));
            assertThat(Integer.parseInt(matcher.group(2)) * Integer.parseInt(matcher.group(3)) + rest)
                    .as(thinking + " at " + matcher.group())
                    .isEqualTo(Integer.parseInt(matcher.group(1)));
        }
        matcher = DIGITS.matcher(thinking);
        while (matcher.find()) {
            int order = matcher.group(1).compareTo(matcher.group(3));
            assertThat(matcher.group(2))
                    .as(thinking + " at " + matcher.group())
                    .isEqualTo(order < 0 ? "<" : order > 0 ? ">" : "=");
        }
    }

    @Test
    void columnsAreWrittenFromTheLeastSignificantDigit() {
        assertThat(add(47, 58)).isEqualTo("47+58:7+8+0=15;4+5+1=10;=105");
        assertThat(add(999, 1)).isEqualTo("999+1:9+1+0=10;9+0+1=10;9+0+1=10;=1000");
        StringBuilder out = new StringBuilder();
        Columns.subtract(out, 105, 98);
        assertThat(out).hasToString("105-98:1>0:15-8-0=7;10-9-1=0;1-0-1=0;=7");
        out.setLength(0);
        Columns.subtract(out, 23, 58);
        assertThat(out).hasToString("23-58:2<5:-(58-23):8-3-0=5;5-2-0=3;=-35");
        out.setLength(0);
        Columns.subtract(out, 175, 175);
        assertThat(out).hasToString("175-175:1=1,7=7,5=5:5-5-0=0;7-7-0=0;1-1-0=0;=0");
        out.setLength(0);
        Columns.multiply(out, 86, 14);
        assertThat(out)
                .hasToString("86*4:6*4+0=24;8*4+2=34;=344\n86*1:6*1+0=06;8*1+0=08;=86\n"
                        + "344+860:4+0+0=04;4+6+0=10;3+8+1=12;=1204\n86*14=1204");
        out.setLength(0);
        Columns.divide(out, 847, 4);
        assertThat(out).hasToString("847/4:8=2*4+0;4=1*4+0;7=1*4+3;=211,3");
    }

    @Test
    void expressionsAreWorkedOutStepByStep() {
        assertThat(steps('(', 3, '+', 9, ')', '*', 12, '-', 7))
                .isEqualTo("(3+9)*12-7\n3+9=12\n12*12-7\n12*2:2*2+0=04;1*2+0=02;=24\n12*1:2*1+0=02;1*1+0=01;=12\n"
                        + "24+120:4+0+0=04;2+2+0=04;0+1+0=01;=144\n12*12=144\n"
                        + "144-7:1>0:14-7-0=7;4-0-1=3;1-0-0=1;=137");
        assertThat(steps(2, '+', 3, '*', 4)).isEqualTo("2+3*4\n3*4=12\n2+12:2+2+0=04;0+1+0=01;=14");
        assertThat(steps(10, '*', 7, '/', 5)).isEqualTo("10*7/5\n10*7=70\n70/5:7=1*5+2;20=4*5+0;=14");
        assertThat(steps('(', '(', 2, '+', 3, ')', '*', 2, '-', 1, ')'))
                .isEqualTo("((2+3)*2-1)\n2+3=5\n(5*2-1)\n5*2=10\n(10-1)\n10-1:1>0:10-1-0=9;1-0-1=0;=9");
    }

    private static String steps(Object... tokens) {
        StringBuilder out = new StringBuilder();
        Steps.work(out, List.of(tokens));
        return out.toString();
    }

    @Test
    void workingsOfOtherTasks() {
        assertThat(thinking("gcd", "gcd 18 48")).isEqualTo("18=2*9,48=2*24,1*2=2;9=3*3,24=3*8,2*3=6;3=3*1,8=3*2+2;6");
        assertThat(thinking("gcd", "gcd 1 97")).isEqualTo("1");
        assertThat(thinking("parity", "parity 36")).isEqualTo("36:6=2*3+0");
        assertThat(thinking("percent", "percent 50 80")).isEqualTo("50/10=5\n80/10=8\n8*5:8*5+0=40;=40");
        assertThat(thinking("percent", "percent 15 200")).isEqualTo("200/100=2\n15*2:5*2+0=10;1*2+1=03;=30");
        assertThat(thinking("date", "date leap 1900")).isEqualTo("1900=19*100;19=4*4+3");
    }

    /** The working of the first example with this key. */
    private static String thinking(String task, String key) {
        for (int i = 0; ; i++) {
            Example example = Tasks.named(task).example(Draws.of(1, 0, i));
            if (example.problem().key().equals(key)) {
                return example.thinking();
            }
        }
    }

    @Test
    void sortingGoesThroughTheTens() {
        for (int i = 0; i < 2000; i++) {
            Example example = Tasks.named("sort").example(Draws.of(1, 0, i));
            String[] sides = example.thinking().split(":", 2);
            List<String> listed = new ArrayList<>(List.of(sides[0].split(",")));
            List<String> placed = Arrays.stream(sides[1].split("\\|"))
                    .filter(tens -> tens.contains(":"))
                    .flatMap(tens -> Arrays.stream(tens.substring(2).split(",")))
                    .toList();
            assertThat(sides[1]).matches("[0-9|:,]+");
            assertThat(placed.stream().map(text -> text.length() == 1 ? "0" + text : text))
                    .containsExactlyInAnyOrderElementsOf(listed);
            if (example.problem().check() instanceof Check.Numbers) {
                assertThat(String.join(", ", placed))
                        .isEqualTo(western(example.answer()).replace('،', ','));
            } else {
                assertThat(placed.getFirst()).isEqualTo(western(example.answer()));
            }
        }
    }

    private static String western(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append((char) (c >= '\u0660' && c <= '\u0669' ? c - '\u0660' + '0' : c)));
        return out.toString();
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
        if (BY_HEART.contains(task.name())) {
            assertThat(held).isEmpty();
        } else {
            assertThat(held).isNotEmpty().allMatch(Split::isHeldOut);
            assertThat(HeldOut.problems(task, 3, 1)).isEqualTo(held.subList(0, Math.min(3, held.size())));
            assertThat(Split.isHeldOut(Split.heldOut(task, 1, 0, 0).problem())).isTrue();
        }
    }

    /** Equal draws are the same problem in either wordings, and no question in new ones is what a trained one is. */
    @ParameterizedTest
    @MethodSource("everyTask")
    void newWordingsAskTheSameProblemsInWordsThatTrainingNeverReads(Task task) {
        Set<String> read = new HashSet<>();
        Set<String> asked = new HashSet<>();
        for (int i = 0; i < 5000; i++) {
            Problem trained = task.example(Draws.of(4, 0, i), Wordings.TRAINED).problem();
            Problem fresh = task.example(Draws.of(4, 0, i), Wordings.NEW).problem();
            if (!BY_HEART.contains(task.name())) {
                assertThat(fresh.key()).isEqualTo(trained.key());
                assertThat(fresh.check().getClass()).isEqualTo(trained.check().getClass());
            }
            assertThat(fresh.language()).isEqualTo(trained.language());
            read.add(bare(trained.question()));
            asked.add(bare(fresh.question()));
        }
        assertThat(asked).hasSizeGreaterThan(10).doesNotContainAnyElementsOf(read);
        assertThat(HeldOut.problems(task, Wordings.NEW, 20, 1))
                .extracting(Problem::key)
                .isEqualTo(
                        HeldOut.problems(task, 20, 1).stream().map(Problem::key).toList());
    }

    /** A question without its numbers, spaces, punctuation, and the freedoms of spelling. */
    private static String bare(String question) {
        return question.toLowerCase(Locale.ROOT)
                .replaceAll("[0-9\u0660-\u0669]+", "#")
                .replaceAll("[\\s.?!,:;،؟]", "")
                .replace('’', '\'')
                .replaceAll("[أإآ]", "ا");
    }

    /** Where nothing is reckoned there are no numbers, so that questions with numbers are always reckoned with. */
    @Test
    void whatIsKnownByHeartIsAskedWithoutNumbers() {
        Set<String> general = new HashSet<>();
        for (String name : BY_HEART) {
            for (int i = 0; i < 20_000; i++) {
                Wordings wordings = i % 2 == 0 ? Wordings.TRAINED : Wordings.NEW;
                Problem problem =
                        Tasks.named(name).example(Draws.of(8, 0, i), wordings).problem();
                assertThat(problem.question()).doesNotContainPattern("\\p{N}").doesNotContainPattern(NUMBER_WORDS);
                assertThat(problem.check()).isInstanceOf(Check.Recall.class);
                if (name.equals("general")) {
                    general.add(bare(problem.question()));
                    boolean arabic = problem.language() == Language.ARABIC;
                    assertThat(problem.answer()).contains(arabic ? "الحساب" : "reckon", "./jerboa run MODEL");
                }
            }
        }
        assertThat(general).hasSizeGreaterThan(8_000);
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
        for (String name : List.of(
                "add2",
                "multiply11",
                "countdown",
                "sort",
                "gcd",
                "expression",
                "compare",
                "percent",
                "parity",
                "word")) {
            Task task = Tasks.named(name);
            for (int i = 0; i < 20_000; i++) {
                Problem problem = task.example(Draws.of(7, 0, i)).problem();
                Object value = switch (problem.check()) {
                    case Check.Countdown check -> check.target();
                    case Check.Words check -> check.choices().indexOf(check.text());
                    default -> problem.check();
                };
                Object before = values.putIfAbsent(problem.key(), value);
                assertThat(before == null ? value : before).as(problem.key()).isEqualTo(value);
                questions.computeIfAbsent(problem.key(), key -> new HashSet<>()).add(problem.question());
            }
        }
        assertThat(questions.get("multiply11 3 8"))
                .anyMatch(text -> text.contains("3*8"))
                .anyMatch(text -> text.contains("8*3"))
                .anyMatch(text -> text.contains("اضرب"));
    }

    /** Keys decide what is held out, also from models of earlier trainings: their form stays. */
    @Test
    void keysKeepTheirForm() {
        Map<String, String> forms = Map.ofEntries(
                Map.entry("add3", "\\d+ \\d+"),
                Map.entry("subtract2", "\\d+ \\d+"),
                Map.entry("multiply22", "\\d+ \\d+"),
                Map.entry("divide", "((rest|both) )?\\d+ \\d"),
                Map.entry("expression", "([-+*] \\d+ \\d+ [-+*]r? \\d+|tree .+)"),
                Map.entry("compare", "(larger|smaller|above) [\\d.]+ [\\d.]+"),
                Map.entry("sort", "(up|down|min|max)( \\d+){3,6}"),
                Map.entry("gcd", "\\d+ \\d+"),
                Map.entry("unit", "[a-z]+ [a-z]+ \\d+"),
                Map.entry(
                        "date", "(weekday [A-Z]\\w+ \\d+|date [A-Z]\\w+ \\d+ \\d+|clock \\d\\d:\\d\\d \\d+|leap \\d+)"),
                Map.entry("word", "[A-Z_]+( \\d+){3}"),
                Map.entry("countdown", "\\d+ \\d+ \\d+ = \\d+"));
        forms.forEach((name, form) -> {
            for (int i = 0; i < 500; i++) {
                assertThat(Tasks.named(name)
                                .example(Draws.of(2, 0, i))
                                .problem()
                                .key())
                        .matches(name + " " + form);
            }
        });
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
        assertThat(eastern).isBetween(250, 450);
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
