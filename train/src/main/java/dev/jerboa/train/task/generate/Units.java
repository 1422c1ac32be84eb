package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Task;
import java.util.List;

/** Conversions between two units, both ways; the working is a product or a long division, or moves the point. */
record Units(String name) implements Task {
    /** {@code large} is {@code factor} of {@code small}; up to {@code most} of it is asked for. */
    private record Pair(String large, String small, String largeArabic, String smallArabic, int factor, int most) {}

    private static final List<Pair> PAIRS = List.of(
            new Pair("hours", "minutes", "الساعات", "الدقائق", 60, 99),
            new Pair("minutes", "seconds", "الدقائق", "الثواني", 60, 99),
            new Pair("days", "hours", "الأيام", "الساعات", 24, 9),
            new Pair("weeks", "days", "الأسابيع", "الأيام", 7, 99),
            new Pair("years", "months", "السنوات", "الأشهر", 12, 9),
            new Pair("km", "m", "الكيلومترات", "الأمتار", 1000, 99),
            new Pair("m", "cm", "الأمتار", "السنتيمترات", 100, 99),
            new Pair("cm", "mm", "السنتيمترات", "المليمترات", 10, 999),
            new Pair("kg", "g", "الكيلوغرامات", "الغرامات", 1000, 99));

    private static final Phrases PHRASES = Phrases.of(
            List.of("How many {1} are in {0} {2}?", "Convert {0} {2} to {1}.", "{0} {2} in {1}?"),
            List.of("كم عدد {1} في {0} من {2}؟", "حول {0} من {2} إلى {1}."));

    @Override
    public Example example(Draws draws) {
        Pair pair = draws.pick(PAIRS);
        int large = draws.between(2, pair.most);
        int small = large * pair.factor;
        boolean up = draws.chance(0.5) && pair.factor != 24 && pair.factor != 12;
        Language language = Phrases.language(draws);
        boolean arabic = language == Language.ARABIC;
        String largeName = arabic ? pair.largeArabic : pair.large;
        String smallName = arabic ? pair.smallArabic : pair.small;
        String question = up
                ? PHRASES.say(draws, language, small, largeName, smallName)
                : PHRASES.say(draws, language, large, smallName, largeName);
        return Numeric.example(
                name,
                (up ? pair.small + " " + pair.large : pair.large + " " + pair.small) + " " + large,
                draws,
                language,
                question,
                working(pair, large, up),
                up ? large : small);
    }

    private static CharSequence working(Pair pair, int large, boolean up) {
        int small = large * pair.factor;
        StringBuilder out = new StringBuilder();
        if (pair.factor % 10 != 0) {
            if (up) {
                Columns.divide(out, small, pair.factor);
            } else {
                Columns.multiply(out, Math.max(large, pair.factor), Math.min(large, pair.factor));
            }
            return out;
        }
        int digit = pair.factor == 60 ? 6 : 1;
        int zeros = pair.factor / digit;
        if (digit == 1) {
            return up
                    ? out.append(small).append('/').append(zeros).append('=').append(large)
                    : out.append(large).append('*').append(zeros).append('=').append(small);
        }
        if (up) {
            out.append(small).append("/10=").append(small / 10).append('\n');
            Columns.divide(out, small / 10, digit);
        } else {
            Columns.multiplyDigit(out, large, digit);
            out.append('\n').append(large * digit).append("*10=").append(small);
        }
        return out;
    }
}
