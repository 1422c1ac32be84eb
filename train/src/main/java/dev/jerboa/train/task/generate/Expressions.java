package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Task;
import java.util.List;

/** Two operations on three small numbers, with and without parentheses; results are at least 0. */
record Expressions(String name) implements Task {
    private static final Phrases PHRASES =
            Phrases.of(List.of("What is {0}?", "{0}", "{0} = ?"), List.of("كم يساوي {0}؟", "{0} = ؟", "ما ناتج {0}؟"));

    /** An inner operation, the outer one, and how the two are written; {@code {0}} and {@code {1}} are inside. */
    private record Form(char inner, char outer, boolean innerFirst, String pattern) {}

    private static final List<Form> FORMS = List.of(
            new Form('+', '*', true, "({0}+{1})*{2}"),
            new Form('+', '*', false, "{2}*({0}+{1})"),
            new Form('-', '*', true, "({0}-{1})*{2}"),
            new Form('-', '*', false, "{2}*({0}-{1})"),
            new Form('*', '+', true, "{0}*{1}+{2}"),
            new Form('*', '+', false, "{2}+{0}*{1}"),
            new Form('*', '-', true, "{0}*{1}-{2}"),
            new Form('*', '-', false, "{2}-{0}*{1}"),
            new Form('+', '-', true, "{0}+{1}-{2}"),
            new Form('+', '-', false, "{2}-({0}+{1})"));

    @Override
    public Example example(Draws draws) {
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
        int inner = apply(form.inner, a, b);
        int c = difference
                ? (form.innerFirst ? draws.between(0, inner) : draws.between(inner, 99))
                : draws.between(2, 12);
        int left = form.innerFirst ? inner : c;
        int right = form.innerFirst ? c : inner;
        int value = apply(form.outer, left, right);
        String text = Phrases.fill(form.pattern, a, b, c);
        Language language = Phrases.language(draws);
        String question = PHRASES.say(draws, language, text);
        String thinking = a + "" + form.inner + b + "=" + inner + ";" + left + form.outer + right + "=" + value;
        boolean commutes = form.inner != '-';
        String key = form.inner + " " + (commutes ? Math.min(a, b) : a) + " " + (commutes ? Math.max(a, b) : b) + " "
                + form.outer + (difference && !form.innerFirst ? "r " : " ") + c;
        return Numeric.example(name, key, draws, language, question, thinking, value);
    }

    private static int apply(char sign, int a, int b) {
        return switch (sign) {
            case '+' -> a + b;
            case '-' -> a - b;
            default -> a * b;
        };
    }
}
