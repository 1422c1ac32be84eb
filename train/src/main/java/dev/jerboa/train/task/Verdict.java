package dev.jerboa.train.task;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a reply comes to. Only the text after the last {@code </think>} is read, up to the end of turn; a reply without one
 * is unparseable. Texts are never evaluated: numbers are read by value, Countdown by exact arithmetic ({@link Expression}).
 *
 * <p>Western digits and Arabic-Indic ones (U+0660…, U+06F0…) count the same, but not both in one number; other digits of
 * Unicode are no digits here. An answer is the answer and nothing else: two numbers, a unit, a sentence around it are
 * unparseable.
 */
public enum Verdict {
    CORRECT,
    /** The form that was asked for, with a wrong value. */
    WELL_FORMED,
    UNPARSEABLE;

    private static final int MAX_ANSWER = 256;
    private static final int MAX_DIGITS = 18;

    /** The verdict on a completion of the problem's prompt. */
    public static Verdict of(Problem problem, String completion) {
        int thought = completion.lastIndexOf(Turns.THOUGHT);
        if (thought < 0) {
            return UNPARSEABLE;
        }
        int from = thought + Turns.THOUGHT.length();
        int end = completion.indexOf(Turns.END, from);
        return ofAnswer(problem, completion.substring(from, end < 0 ? completion.length() : end));
    }

    /** The verdict on an answer alone, what follows the thinking. */
    public static Verdict ofAnswer(Problem problem, String answer) {
        if (answer.length() > MAX_ANSWER || answer.isBlank()) {
            return UNPARSEABLE;
        }
        return of(problem.check(), answer.strip());
    }

    private static Verdict of(Check wanted, String text) {
        return switch (wanted) {
            case Check.Within check -> {
                boolean form =
                        text.length() > check.before().length() + check.after().length()
                                && text.startsWith(check.before())
                                && text.endsWith(check.after());
                yield form
                        ? of(
                                check.answer(),
                                text.substring(
                                        check.before().length(),
                                        text.length() - check.after().length()))
                        : UNPARSEABLE;
            }
            case Check.Number check -> {
                BigDecimal number = number(text);
                yield number == null ? UNPARSEABLE : judged(number.compareTo(check.value()) == 0);
            }
            case Check.Numbers check -> numbers(check, text);
            case Check.Words check -> {
                boolean known = check.choices().isEmpty()
                        || check.choices().stream().anyMatch(choice -> same(choice, text))
                        || same(check.text(), text);
                yield known ? judged(same(check.text(), text)) : UNPARSEABLE;
            }
            case Check.Recall check -> judged(check.texts().stream().anyMatch(known -> same(known, text)));
            case Check.Countdown check -> countdown(check, text);
        };
    }

    private static Verdict judged(boolean right) {
        return right ? CORRECT : WELL_FORMED;
    }

    private static boolean same(String expected, String found) {
        return plain(expected).equals(plain(found));
    }

    /** In small letters and Western digits, without white space around it. */
    private static String plain(String text) {
        StringBuilder out = new StringBuilder(text.strip().toLowerCase(Locale.ROOT));
        for (int i = 0; i < out.length(); i++) {
            int digit = Expression.digit(out.charAt(i));
            if (digit >= 0) {
                out.setCharAt(i, (char) ('0' + digit));
            }
        }
        return out.toString();
    }

    private static Verdict numbers(Check.Numbers check, String text) {
        List<BigDecimal> found = new ArrayList<>();
        for (String part : text.split("\\s*[,،]\\s*|\\s+", -1)) {
            BigDecimal number = number(part);
            if (number == null) {
                return UNPARSEABLE;
            }
            found.add(number);
        }
        boolean right = found.size() == check.values().size();
        for (int i = 0; right && i < found.size(); i++) {
            right = found.get(i).compareTo(check.values().get(i)) == 0;
        }
        return judged(right);
    }

    /** An expression, perhaps with {@code =} and its value after it. */
    private static Verdict countdown(Check.Countdown check, String text) {
        int equals = text.indexOf('=');
        BigDecimal said = equals < 0
                ? BigDecimal.valueOf(check.target())
                : number(text.substring(equals + 1).strip());
        Expression.Value value = Expression.value(equals < 0 ? text : text.substring(0, equals));
        if (value == null || said == null) {
            return UNPARSEABLE;
        }
        List<Integer> left = new ArrayList<>(check.numbers());
        boolean allowed = value.numbers().stream()
                .allMatch(number -> number <= Integer.MAX_VALUE && left.remove((Integer) number.intValue()));
        return judged(allowed
                && (left.isEmpty() || !check.all())
                && value.equals(check.target())
                && said.compareTo(BigDecimal.valueOf(check.target())) == 0);
    }

    /** A number of one script, with at most one sign before and one point inside; null where the text is none. */
    static @Nullable BigDecimal number(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        int script = 0;
        int digits = 0;
        int point = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int digit = Expression.digit(c);
            if (digit >= 0) {
                int zero = c - digit;
                if ((script != 0 && script != zero) || ++digits > MAX_DIGITS) {
                    return null;
                }
                script = zero;
                plain.append((char) ('0' + digit));
            } else if ((c == '-' || c == '−') && i == 0) {
                plain.append('-');
            } else if ((c == '.' || c == '٫') && point < 0 && digits > 0 && i < text.length() - 1) {
                point = i;
                plain.append('.');
            } else {
                return null;
            }
        }
        return digits == 0 ? null : new BigDecimal(plain.toString());
    }
}
