package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Noun;
import dev.jerboa.train.task.wording.Person;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Short stories of one or two steps about who has how many of what; the working is the steps in {@link Columns}. */
record WordProblems(String name) implements Task {
    private static final List<Noun> MONEY =
            List.of(Noun.of("dollars"), Noun.of("euros"), Noun.of("pounds"), Noun.of("dinars"), Noun.of("riyals"));
    private static final List<Noun> MONEY_ARABIC = List.of(
            Noun.of("دولارات/دولارا"),
            Noun.of("دنانير/دينارا"),
            Noun.of("ريالات/ريالا"),
            Noun.of("دراهم/درهما"),
            Noun.of("جنيهات/جنيها"));

    /** What happens; the wordings are those of the list named after it. */
    private enum Story {
        GAIN,
        LOSE,
        BOXES,
        SHARE,
        GAIN_LOSE,
        BOXES_MORE,
        TOGETHER,
        CHANGE,
        MORE,
        ROWS,
        PAGES,
        DISTANCE,
        COST,
        SPEED,
        LOSE_LOSE,
        SUM,
        HALF,
        DOUBLE,
        LATER,
        AGO,
        FIRST;

        final Phrases phrases =
                Phrases.of("story." + name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    private static final List<Story> STORIES = List.of(Story.values());

    /** The numbers of a story, how it is worked out, and what comes out. */
    private record Plot(int a, int b, int c, CharSequence working, int answer) {}

    @Override
    public Example example(Draws draws, Wordings wordings) {
        Story story = draws.pick(STORIES);
        Plot plot = plot(story, draws);
        Speaker speaker = Speaker.of(draws, wordings);
        Person person = speaker.person();
        Person other = speaker.person();
        while (other.equals(person)) {
            other = speaker.person();
        }
        Noun things = speaker.things();
        Noun food = speaker.food();
        Map<String, ?> parts = Map.ofEntries(
                Map.entry("a", plot.a),
                Map.entry("b", plot.b),
                Map.entry("c", plot.c),
                Map.entry("name", person),
                Map.entry("other", other),
                Map.entry("things", things),
                Map.entry("thing", things.singular()),
                Map.entry("food", food),
                Map.entry("bite", food.singular()),
                Map.entry("money", draws.pick(speaker.arabic() ? MONEY_ARABIC : MONEY)));
        return speaker.example(
                name,
                story.name() + " " + plot.a + " " + plot.b + " " + plot.c,
                speaker.ask(story.phrases, parts),
                plot.working,
                plot.answer);
    }

    private static Plot plot(Story story, Draws draws) {
        int a = draws.between(2, 99);
        int b = draws.between(2, 99);
        int c = 0;
        StringBuilder out = new StringBuilder();
        int answer;
        switch (story) {
            case GAIN, LATER, FIRST -> {
                b = story == Story.LATER ? 2 + b % 49 : b;
                Columns.add(out, a, b);
                answer = a + b;
            }
            case LOSE, MORE, AGO -> {
                int high = Math.max(a, b);
                b = Math.min(a, b);
                a = high + (high == b && story != Story.LOSE ? 1 : 0);
                Columns.subtract(out, a, b);
                answer = a - b;
            }
            case BOXES, ROWS, PAGES, DISTANCE, COST -> {
                b = draws.between(2, 9);
                Columns.multiplyDigit(out, a, b);
                answer = a * b;
            }
            case SHARE, SPEED -> {
                b = draws.between(2, 9);
                answer = a;
                a *= b;
                Columns.divide(out, a, b);
            }
            case GAIN_LOSE -> {
                c = draws.between(1, a + b - 1);
                Columns.add(out, a, b);
                Columns.subtract(out.append('\n'), a + b, c);
                answer = a + b - c;
            }
            case LOSE_LOSE -> {
                a = draws.between(6, 99);
                b = draws.between(2, a - 3);
                c = draws.between(2, Math.max(2, a - b));
                Columns.subtract(out, a, b);
                Columns.subtract(out.append('\n'), a - b, c);
                answer = a - b - c;
            }
            case BOXES_MORE -> {
                b = draws.between(2, 9);
                c = draws.between(2, 99);
                Columns.multiplyDigit(out, a, b);
                Columns.add(out.append('\n'), a * b, c);
                answer = a * b + c;
            }
            case TOGETHER -> {
                Columns.add(out, a, b);
                Columns.add(out.append('\n'), a, a + b);
                answer = a + a + b;
            }
            case SUM -> {
                c = draws.between(2, 99);
                Columns.add(out, a, b);
                Columns.add(out.append('\n'), a + b, c);
                answer = a + b + c;
            }
            case HALF -> {
                a = 2 * draws.between(2, 49);
                b = 0;
                Columns.divide(out, a, 2);
                answer = a / 2;
            }
            case DOUBLE -> {
                b = 0;
                Columns.multiplyDigit(out, a, 2);
                answer = 2 * a;
            }
            default -> {
                a = draws.between(2, 19);
                b = draws.between(2, 9);
                c = a * b <= 50 ? draws.pick(List.of(50, 100)) : a * b <= 100 ? 100 : 200;
                Columns.multiplyDigit(out, a, b);
                Columns.subtract(out.append('\n'), c, a * b);
                answer = c - a * b;
            }
        }
        return new Plot(a, b, c, out, answer);
    }
}
