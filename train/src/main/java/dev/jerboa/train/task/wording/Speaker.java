package dev.jerboa.train.task.wording;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Wordings;
import java.util.Locale;
import java.util.Map;

/**
 * Who asks a question, with habits that are drawn once: the language, the digits, whether small numbers are words, and how
 * carefully it is typed.
 *
 * <p>One Arabic question in four is asked in Arabic-Indic digits and answered in them; workings are in Western digits always, so
 * that there is one arithmetic to learn and a translation at its two ends. For one thread, as its draws are.
 */
public final class Speaker {
    private static final double ARABIC_SHARE = 1 / 3.0;
    private static final double EASTERN_SHARE = 0.25;
    private static final double SPELLED_SHARE = 0.15;
    private static final double LEAD_SHARE = 0.12;
    private static final Phrases LEADS = Phrases.of("lead");
    private static final Phrases TAILS = Phrases.of("tail");
    /** Longer questions are never shouted. */
    private static final int LOUD = 40;

    private final Draws draws;
    private final Wordings wordings;
    private final Language language;
    private final boolean eastern;
    private final boolean spelled;

    private Speaker(Draws draws, Wordings wordings) {
        this.draws = draws;
        this.wordings = wordings;
        this.language = draws.chance(ARABIC_SHARE) ? Language.ARABIC : Language.ENGLISH;
        this.eastern = language == Language.ARABIC && draws.chance(EASTERN_SHARE);
        this.spelled = !eastern && draws.chance(SPELLED_SHARE);
    }

    /** The speaker of the next question. */
    public static Speaker of(Draws draws, Wordings wordings) {
        return new Speaker(draws, wordings);
    }

    public Language language() {
        return language;
    }

    public boolean arabic() {
        return language == Language.ARABIC;
    }

    /** Whether this speaker writes numbers as words where they are small enough. */
    boolean spelled() {
        return spelled;
    }

    Draws draws() {
        return draws;
    }

    /** A question in one of the wordings, perhaps with words before and after it. */
    public String ask(Phrases phrases, Map<String, ?> parts) {
        String text = worded(phrases, parts);
        String lead = draws.chance(LEAD_SHARE) ? worded(LEADS, Map.of()) + " " : "";
        boolean goesOn = !lead.isEmpty() && ending(lead.strip()).isEmpty();
        text = capital(lead) + (goesOn ? text : capital(text));
        if (lead.isEmpty() && draws.chance(0.04)) {
            String end = ending(text);
            String tail = worded(TAILS, Map.of());
            text = text.substring(0, text.length() - end.length())
                    + (Character.isLetter(tail.charAt(0)) ? " " : "")
                    + tail
                    + end;
        }
        return typed(text);
    }

    /** A sentence in one of the wordings, with nothing around it. */
    public String say(Phrases phrases, Map<String, ?> parts) {
        return typed(capital(worded(phrases, parts)));
    }

    /** Somebody for a story. */
    public Person person() {
        return draws.pick(Cast.PEOPLE.of(wordings));
    }

    /** Things to count. */
    public Noun things() {
        return draws.pick(Cast.THINGS.of(wordings)).in(language);
    }

    /** Things to count that can be eaten. */
    public Noun food() {
        return draws.pick(Cast.FOOD.of(wordings)).in(language);
    }

    /** The text in the digits of the question. */
    public String digits(String text) {
        return eastern ? eastern(text) : text;
    }

    /** An example with the answer in the digits of the question. */
    public Example example(
            String task, String key, String question, CharSequence thinking, String answer, Check check) {
        return Example.good(
                new Problem(task, task + " " + key, language, question, digits(answer), check), thinking.toString());
    }

    /** An example whose answer is one whole number. */
    public Example example(String task, String key, String question, CharSequence thinking, long answer) {
        return example(task, key, question, thinking, Long.toString(answer), Check.Number.of(answer));
    }

    private String worded(Phrases phrases, Map<String, ?> parts) {
        boolean words = spelled
                && language == Language.ENGLISH
                && parts.values().stream()
                        .allMatch(part -> !(part instanceof Integer number) || NumberWords.hasEnglish(number));
        StringBuilder out = new StringBuilder();
        draws.pick(phrases.patterns(language, wordings))
                .speak(out, new Telling(draws, wordings, arabic(), words, parts));
        return out.toString().strip();
    }

    /** A large first letter, unless a function begins the text. */
    private static String capital(String text) {
        if (text.isEmpty() || !Character.isLowerCase(text.charAt(0))) {
            return text;
        }
        int letters = 0;
        while (letters < text.length() && Character.isLetter(text.charAt(letters))) {
            letters++;
        }
        return letters < text.length() && text.charAt(letters) == '('
                ? text
                : Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** The sign that ends a sentence, or nothing. */
    private static String ending(String text) {
        return text.isEmpty() || "?.!:؟".indexOf(text.charAt(text.length() - 1)) < 0
                ? ""
                : text.substring(text.length() - 1);
    }

    /** The text as people type it: with or without what ends it, in small letters, with other signs of the same meaning. */
    private String typed(String text) {
        String end = ending(text);
        String bare = text.substring(0, text.length() - end.length());
        if (!bare.isBlank() && !end.isEmpty()) {
            double habit = draws.uniform();
            text = habit < 0.27
                    ? bare.stripTrailing()
                    : habit < 0.31 ? bare + " " + end : habit < 0.32 ? text + end : text;
        }
        return digits(arabic() ? typedArabic(text) : typedEnglish(text));
    }

    private String typedEnglish(String text) {
        double habit = draws.uniform();
        if (habit < 0.25) {
            text = text.toLowerCase(Locale.ROOT);
        } else if (habit < 0.275 && text.length() <= LOUD) {
            text = text.toUpperCase(Locale.ROOT);
        }
        return draws.chance(0.1) ? text.replace('\'', '’') : text;
    }

    private String typedArabic(String text) {
        if (draws.chance(0.12)) {
            text = text.replace('أ', 'ا').replace('إ', 'ا').replace('آ', 'ا');
        }
        if (draws.chance(0.08)) {
            text = text.replace('؟', '?');
        }
        return draws.chance(0.1) ? text.replace('،', ',') : text;
    }

    /** The text with Arabic-Indic digits for Western ones. */
    private static String eastern(String text) {
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            char c = out.charAt(i);
            if (c >= '0' && c <= '9') {
                out.setCharAt(i, (char) (c - '0' + '\u0660'));
            }
        }
        return out.toString();
    }
}
