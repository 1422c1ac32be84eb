package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Infix;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Two operations on small numbers, with and without parentheses, or three in a quarter of the cases; results and everything in
 * between are whole numbers from 0. The working is that of {@link Steps}.
 */
record Expressions(String name) implements Task {
    private static final Phrases PHRASES = Phrases.of("frames");

    /** An inner operation, the outer one, and how the two are written; a and b are inside. */
    private record Form(char inner, char outer, boolean innerFirst, String pattern) {}

    private static final List<Form> FORMS = List.of(
            new Form('+', '*', true, "(a+b)*c"),
            new Form('+', '*', false, "c*(a+b)"),
            new Form('-', '*', true, "(a-b)*c"),
            new Form('-', '*', false, "c*(a-b)"),
            new Form('*', '+', true, "a*b+c"),
            new Form('*', '+', false, "c+a*b"),
            new Form('*', '-', true, "a*b-c"),
            new Form('*', '-', false, "c-a*b"),
            new Form('+', '-', true, "a+b-c"),
            new Form('+', '-', false, "c-(a+b)"));

    private static final List<String> MORE_OF_TWO = List.of(
            "a+b+c", "a+b+c", "a-b-c", "a-b+c", "a-(b-c)", "a*b*c", "(a+b)/c", "(a-b)/c", "a/b+c", "a+b/c", "a-b/c",
            "a*b/c");
    private static final List<String> OF_THREE = List.of(
            "a+b+c+d",
            "a-b+c-d",
            "a+b-c+d",
            "a*b+c*d",
            "a*b-c*d",
            "(a+b)*(c-d)",
            "(a+b)*(c+d)",
            "a+b*c-d",
            "a-b*c+d",
            "(a+b)*c+d",
            "(a+b)*c-d",
            "a*(b-c)+d",
            "a*(b+c)-d",
            "(a+b-c)*d",
            "a*b*c+d",
            "(a+b)/c+d",
            "a*b/c+d",
            "a/b+c*d",
            "a-(b+c)+d",
            "((a+b)*c-d)");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        double kind = draws.uniform();
        return kind < 0.5
                ? ofTwo(draws, wordings)
                : other(draws, wordings, draws.pick(kind < 0.75 ? MORE_OF_TWO : OF_THREE));
    }

    private Example ofTwo(Draws draws, Wordings wordings) {
        Form form = draws.pick(FORMS);
        boolean difference = form.outer == '-';
        boolean outerLarge = difference && !form.innerFirst;
        int a = draws.between(2, outerLarge ? 9 : 12);
        int b = draws.between(2, outerLarge ? 9 : 12);
        if (form.inner == '-' && a < b) {
            int kept = a;
            a = b;
            b = kept;
        }
        int inner = form.inner == '+' ? a + b : form.inner == '-' ? a - b : a * b;
        int c = difference
                ? (form.innerFirst ? draws.between(0, inner) : draws.between(inner, 99))
                : draws.between(2, 12);
        boolean commutes = form.inner != '-';
        String key = form.inner + " " + (commutes ? Math.min(a, b) : a) + " " + (commutes ? Math.max(a, b) : b) + " "
                + form.outer + (difference && !form.innerFirst ? "r " : " ") + c;
        return asked(draws, wordings, key, filled(form.pattern, a, b, c));
    }

    private Example other(Draws draws, Wordings wordings, String pattern) {
        List<Object> tokens;
        do {
            int[] numbers = new int[4];
            for (int i = 0; i < 4; i++) {
                boolean large = draws.chance(0.3);
                numbers[i] = draws.between(2, large ? 60 : 12);
            }
            tokens = filled(pattern, numbers);
        } while (!Parsed.of(tokens).small);
        return asked(draws, wordings, "tree " + Parsed.of(tokens).key, tokens);
    }

    private Example asked(Draws draws, Wordings wordings, String key, List<?> tokens) {
        Speaker speaker = Speaker.of(draws, wordings);
        String question = speaker.ask(PHRASES, Map.of("x", Infix.of(speaker, tokens)));
        StringBuilder thinking = new StringBuilder();
        int value = Steps.work(thinking, tokens);
        return speaker.example(name, key, question, thinking, value);
    }

    private static List<Object> filled(String pattern, int... numbers) {
        List<Object> tokens = new ArrayList<>();
        for (char c : pattern.toCharArray()) {
            if (c >= 'a' && c <= 'd') {
                tokens.add(numbers[c - 'a']);
            } else {
                tokens.add(c);
            }
        }
        return tokens;
    }

    /**
     * An expression's value, with its canonical text: terms and factors in order, so that those that differ by a commuted operation
     * are one.
     *
     * @param small whether everything in between is a whole number from 0 to 999, and each step one that {@link Columns} has
     */
    private record Parsed(int value, String key, boolean small) {
        static Parsed of(List<?> tokens) {
            return new Reader(tokens).sum();
        }

        private static final class Reader {
            private final List<?> tokens;
            private int at;

            Reader(List<?> tokens) {
                this.tokens = tokens;
            }

            private boolean has(char one, char other) {
                return at < tokens.size()
                        && (tokens.get(at).equals(one) || tokens.get(at).equals(other));
            }

            Parsed sum() {
                Parsed first = product();
                List<String> added = new ArrayList<>(List.of(first.key));
                List<String> taken = new ArrayList<>();
                int value = first.value;
                boolean small = first.small;
                while (has('+', '-')) {
                    boolean plus = tokens.get(at++).equals('+');
                    Parsed next = product();
                    (plus ? added : taken).add(next.key);
                    value += plus ? next.value : -next.value;
                    small &= next.small && value >= 0 && value < 1000;
                }
                return new Parsed(value, key(added, '+', taken, '-'), small);
            }

            private Parsed product() {
                Parsed first = factor();
                List<String> times = new ArrayList<>(List.of(first.key));
                List<String> over = new ArrayList<>();
                int value = first.value;
                boolean small = first.small;
                while (has('*', '/')) {
                    boolean star = tokens.get(at++).equals('*');
                    Parsed next = factor();
                    (star ? times : over).add(next.key);
                    small &= next.small && (star || (next.value > 1 && next.value < 10 && value % next.value == 0));
                    value = star ? value * next.value : value / Math.max(1, next.value);
                    small &= value < 1000;
                }
                return new Parsed(value, key(times, '*', over, '/'), small);
            }

            private Parsed factor() {
                Object token = tokens.get(at++);
                if (token instanceof Integer number) {
                    return new Parsed(number, number.toString(), true);
                }
                Parsed inside = sum();
                at++;
                return inside;
            }

            private static String key(List<String> with, char sign, List<String> against, char inverse) {
                if (with.size() + against.size() == 1) {
                    return with.getFirst();
                }
                return "("
                        + with.stream().sorted().collect(Collectors.joining(String.valueOf(sign)))
                        + against.stream().sorted().map(text -> inverse + text).collect(Collectors.joining())
                        + ")";
            }
        }
    }
}
