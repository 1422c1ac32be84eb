package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Task;
import java.util.List;

/** Short stories of one or two steps about who has how many of what; the working is the steps in {@link Columns}. */
record WordProblems(String name) implements Task {
    private record Person(String english, String arabic, String pronoun) {}

    private record Thing(String english, String arabic) {}

    private static final List<Person> PEOPLE = List.of(
            new Person("Sara", "سارة", "She"),
            new Person("Lina", "لينا", "She"),
            new Person("Omar", "عمر", "He"),
            new Person("Adam", "آدم", "He"));
    private static final List<Thing> THINGS = List.of(
            new Thing("apples", "التفاحات"),
            new Thing("books", "الكتب"),
            new Thing("pens", "الأقلام"),
            new Thing("coins", "القطع"));

    /** {0} a person, {1} the pronoun, {2} the things, {3} to {5} the numbers, {6} another person. */
    private enum Story {
        GAIN(
                "{0} has {3} {2}. {1} gets {4} more. How many {2} does {0} have?",
                "مع {0} {3} من {2}، ثم أضيف إليها {4}. كم المجموع؟"),
        LOSE(
                "{0} has {3} {2}. {1} gives away {4}. How many {2} are left?",
                "مع {0} {3} من {2}، ثم أخذ منها {4}. كم الباقي؟"),
        BOXES(
                "There are {4} boxes with {3} {2} each. How many {2} are there?",
                "في كل صندوق {3} من {2}، وعدد الصناديق {4}. كم المجموع؟"),
        SHARE(
                "{0} shares {3} {2} among {4} friends. How many does each get?",
                "وزع {3} من {2} على {4} من الأصدقاء بالتساوي. كم نصيب كل واحد؟"),
        GAIN_LOSE(
                "{0} has {3} {2}. {1} gets {4} more and gives away {5}. How many are left?",
                "مع {0} {3} من {2}، ثم أضيف إليها {4} وأخذ منها {5}. كم الباقي؟"),
        BOXES_MORE(
                "{0} has {4} boxes with {3} {2} each and {5} more. How many {2} does {0} have?",
                "مع {0} {4} من الصناديق، في كل صندوق {3} من {2}، ومعها {5} أخرى. كم المجموع؟"),
        TOGETHER(
                "{0} has {3} {2}. {6} has {4} more than {0}. How many {2} do they have together?",
                "مع {0} {3} من {2}، ومع {6} أكثر منها ب {4}. كم المجموع؟"),
        CHANGE(
                "{0} buys {4} {2} for {3} each and pays {5}. How much change does {0} get?",
                "سعر كل واحد من {2} {3}، والعدد {4}، والمدفوع {5}. كم الباقي؟");

        final Phrases phrases;

        Story(String english, String arabic) {
            this.phrases = Phrases.of(List.of(english), List.of(arabic));
        }
    }

    private static final List<Story> STORIES = List.of(Story.values());

    @Override
    public Example example(Draws draws) {
        Story story = draws.pick(STORIES);
        int a = draws.between(2, 99);
        int b = draws.between(2, 99);
        int c = 0;
        StringBuilder out = new StringBuilder();
        int answer;
        switch (story) {
            case GAIN -> {
                Columns.add(out, a, b);
                answer = a + b;
            }
            case LOSE -> {
                int high = Math.max(a, b);
                b = Math.min(a, b);
                a = high;
                Columns.subtract(out, a, b);
                answer = a - b;
            }
            case BOXES -> {
                b = draws.between(2, 9);
                Columns.multiplyDigit(out, a, b);
                answer = a * b;
            }
            case SHARE -> {
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
            default -> {
                a = draws.between(2, 19);
                b = draws.between(2, 9);
                c = a * b <= 50 ? draws.pick(List.of(50, 100)) : a * b <= 100 ? 100 : 200;
                Columns.multiplyDigit(out, a, b);
                Columns.subtract(out.append('\n'), c, a * b);
                answer = c - a * b;
            }
        }
        return told(draws, story, new int[] {a, b, c}, out, answer);
    }

    private Example told(Draws draws, Story story, int[] numbers, CharSequence thinking, int answer) {
        Language language = Phrases.language(draws);
        boolean arabic = language == Language.ARABIC;
        int who = draws.below(PEOPLE.size());
        Person person = PEOPLE.get(who);
        Person other = PEOPLE.get((who + 1 + draws.below(PEOPLE.size() - 1)) % PEOPLE.size());
        Thing thing = draws.pick(THINGS);
        String question = story.phrases.say(
                draws,
                language,
                arabic ? person.arabic : person.english,
                person.pronoun,
                arabic ? thing.arabic : thing.english,
                numbers[0],
                numbers[1],
                numbers[2],
                arabic ? other.arabic : other.english);
        String key = story.name() + " " + numbers[0] + " " + numbers[1] + " " + numbers[2];
        return Numeric.example(name, key, draws, language, question, thinking, answer);
    }
}
