package dev.jerboa.train.task.wording;

import dev.jerboa.train.random.Draws;
import java.util.List;

/** Writes expressions as people do: by several signs, by words, with spaces or without. */
public final class Infix {
    private static final List<String> PLUS = List.of("plus", "plus", "plus", "added to");
    private static final List<String> MINUS = List.of("minus", "minus", "minus", "less", "take away");
    private static final List<String> TIMES = List.of("times", "times", "times", "multiplied by", "x");
    private static final List<String> OVER = List.of("divided by", "divided by", "divided by", "over");
    private static final List<String> PLUS_ARABIC = List.of("زائد", "زائد", "مضافا إليه");
    private static final List<String> MINUS_ARABIC = List.of("ناقص", "ناقص", "مطروحا منه");
    private static final List<String> TIMES_ARABIC = List.of("ضرب", "ضرب", "في", "في", "مضروبا في");
    private static final List<String> OVER_ARABIC = List.of("على", "تقسيم", "قسمة", "مقسوما على");

    private Infix() {}

    /** Two numbers with + - * or / between them. */
    public static String of(Speaker speaker, int a, char sign, int b) {
        return of(speaker, List.of(a, sign, b));
    }

    /** @param tokens numbers, the signs + - * / and parentheses */
    public static String of(Speaker speaker, List<?> tokens) {
        boolean words =
                tokens.size() <= 7 && !tokens.contains('(') && speaker.draws().chance(0.3);
        return words ? words(speaker, tokens) : signs(speaker.draws(), tokens);
    }

    private static String words(Speaker speaker, List<?> tokens) {
        boolean arabic = speaker.arabic();
        boolean spelled = speaker.spelled()
                && tokens.stream()
                        .allMatch(token -> !(token instanceof Integer number)
                                || (arabic ? NumberWords.hasArabic(number) : NumberWords.hasEnglish(number)));
        boolean single = tokens.size() == 3;
        StringBuilder out = new StringBuilder();
        for (Object token : tokens) {
            out.append(out.isEmpty() ? "" : " ");
            if (token instanceof Integer number) {
                out.append(
                        !spelled
                                ? number.toString()
                                : arabic ? NumberWords.arabic(number) : NumberWords.english(number));
            } else {
                List<String> names = names(String.valueOf(token).charAt(0), arabic);
                out.append(single ? speaker.draws().pick(names) : names.getFirst());
            }
        }
        return out.toString();
    }

    private static List<String> names(char sign, boolean arabic) {
        return switch (sign) {
            case '+' -> arabic ? PLUS_ARABIC : PLUS;
            case '-' -> arabic ? MINUS_ARABIC : MINUS;
            case '*' -> arabic ? TIMES_ARABIC : TIMES;
            default -> arabic ? OVER_ARABIC : OVER;
        };
    }

    private static String signs(Draws draws, List<?> tokens) {
        double spacing = draws.uniform();
        String minus = sign(draws, "----------−−–");
        String times = sign(draws, "******xxx×××××·X");
        String over = sign(draws, "///////÷÷÷÷÷:");
        StringBuilder out = new StringBuilder();
        for (Object token : tokens) {
            if (!(token instanceof Character sign)) {
                out.append(token);
            } else if (sign == '(' || sign == ')') {
                out.append(sign);
            } else {
                out.append(space(draws, spacing));
                out.append(
                        switch (sign) {
                            case '-' -> minus;
                            case '*' -> times;
                            case '/' -> over;
                            default -> sign;
                        });
                out.append(space(draws, spacing));
            }
        }
        return out.toString();
    }

    private static String sign(Draws draws, String choices) {
        return String.valueOf(choices.charAt(draws.below(choices.length())));
    }

    /** Nothing or a space throughout, or here and there, or two. */
    private static String space(Draws draws, double spacing) {
        if (spacing < 0.42) {
            return "";
        }
        if (spacing < 0.87) {
            return " ";
        }
        return spacing < 0.97 ? (draws.chance(0.5) ? " " : "") : (draws.chance(0.5) ? "  " : " ");
    }
}
