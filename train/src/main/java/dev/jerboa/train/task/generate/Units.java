package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Noun;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.List;
import java.util.Map;

/**
 * Conversions between two units, both ways. The working says what the larger unit is in the smaller one, then has a product or a
 * long division, or moves the point.
 */
record Units(String name) implements Task {
    /**
     * A unit.
     *
     * @param name in keys
     * @param sign in workings
     * @param english as people write it
     */
    private record Unit(String name, String sign, List<String> english, Noun arabic) {
        static Unit of(String name, String sign, String english, String arabic) {
            return new Unit(name, sign, List.of(english.split(" ")), Noun.of(arabic));
        }
    }

    /** {@code large} is {@code factor} of {@code small}; up to {@code most} of it is asked for. */
    private record Pair(Unit large, Unit small, int factor, int most) {}

    private static final Unit HOUR = Unit.of("hours", "h", "hours hours hours hrs h", "ساعات/ساعة");
    private static final Unit MINUTE = Unit.of("minutes", "min", "minutes minutes minutes mins min", "دقائق/دقيقة");
    private static final Unit SECOND = Unit.of("seconds", "s", "seconds seconds seconds secs s", "ثوان/ثانية/الثواني");
    private static final Unit DAY = Unit.of("days", "d", "days", "أيام/يوما");
    private static final Unit WEEK = Unit.of("weeks", "w", "weeks", "أسابيع/أسبوعا");
    private static final Unit YEAR = Unit.of("years", "y", "years", "سنوات/سنة");
    private static final Unit MONTH = Unit.of("months", "mon", "months", "أشهر/شهرا");
    private static final Unit KILOMETRE = Unit.of("km", "km", "km km kilometres kilometers", "كيلومترات/كيلومترا");
    private static final Unit METRE = Unit.of("m", "m", "m m metres meters", "أمتار/مترا");
    private static final Unit CENTIMETRE = Unit.of("cm", "cm", "cm cm centimetres centimeters", "سنتيمترات/سنتيمترا");
    private static final Unit MILLIMETRE = Unit.of("mm", "mm", "mm mm millimetres millimeters", "مليمترات/مليمترا");
    private static final Unit KILOGRAM = Unit.of("kg", "kg", "kg kg kilograms kilos", "كيلوغرامات/كيلوغراما");
    private static final Unit GRAM = Unit.of("g", "g", "g g grams", "غرامات/غراما");
    private static final Unit TONNE = Unit.of("t", "t", "tonnes tons", "أطنان/طنا");
    private static final Unit LITRE = Unit.of("l", "l", "l litres liters", "لترات/لترا");
    private static final Unit MILLILITRE = Unit.of("ml", "ml", "ml ml millilitres milliliters", "مليلترات/مليلترا");

    private static final List<Pair> PAIRS = List.of(
            new Pair(HOUR, MINUTE, 60, 99),
            new Pair(MINUTE, SECOND, 60, 99),
            new Pair(DAY, HOUR, 24, 9),
            new Pair(WEEK, DAY, 7, 99),
            new Pair(YEAR, MONTH, 12, 9),
            new Pair(KILOMETRE, METRE, 1000, 99),
            new Pair(METRE, CENTIMETRE, 100, 99),
            new Pair(CENTIMETRE, MILLIMETRE, 10, 999),
            new Pair(KILOGRAM, GRAM, 1000, 99),
            new Pair(TONNE, KILOGRAM, 1000, 99),
            new Pair(LITRE, MILLILITRE, 1000, 99));

    private static final Phrases PHRASES = Phrases.of("unit");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        Pair pair = draws.pick(PAIRS);
        int large = draws.between(2, pair.most);
        int small = large * pair.factor;
        boolean up = draws.chance(0.5) && pair.factor != 24 && pair.factor != 12;
        Unit from = up ? pair.small : pair.large;
        Unit to = up ? pair.large : pair.small;
        Speaker speaker = Speaker.of(draws, wordings);
        Map<String, ?> parts = speaker.arabic()
                ? Map.of("n", up ? small : large, "from", from.arabic, "to", to.arabic, "one", to.arabic.singular())
                : Map.of("n", up ? small : large, "from", draws.pick(from.english), "to", draws.pick(to.english));
        return speaker.example(
                name,
                from.name + " " + to.name + " " + large,
                speaker.ask(PHRASES, parts),
                working(pair, large, up),
                up ? large : small);
    }

    private static CharSequence working(Pair pair, int large, boolean up) {
        int small = large * pair.factor;
        StringBuilder out = new StringBuilder("1").append(pair.large.sign).append('=');
        out.append(pair.factor).append(pair.small.sign).append('\n');
        if (pair.factor % 10 != 0) {
            if (up) {
                Columns.divide(out, small, pair.factor);
            } else {
                Columns.multiply(out, Math.max(large, pair.factor), Math.min(large, pair.factor));
            }
        } else if (pair.factor != 60) {
            out.append(up ? small : large).append(up ? '/' : '*').append(pair.factor);
            out.append('=').append(up ? large : small);
        } else if (up) {
            out.append(small).append("/10=").append(small / 10).append('\n');
            Columns.divide(out, small / 10, 6);
        } else {
            Columns.multiplyDigit(out, large, 6);
            out.append('\n').append(large * 6).append("*10=").append(small);
        }
        return out;
    }
}
