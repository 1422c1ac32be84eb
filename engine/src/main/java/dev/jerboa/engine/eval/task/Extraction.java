package dev.jerboa.engine.eval.task;

import dev.jerboa.engine.eval.EvalException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * How an answer is found in a reply, and compared.
 *
 * @param name in reports
 * @param regex what is looked for; of its groups the first that is not empty is the answer. Null for the whole reply
 * @param last whether the last match counts, not the first
 * @param ignored patterns that are taken out of both answer and target before they are compared
 * @param ignoreCase whether small and large letters are the same
 */
public record Extraction(
        String name, @Nullable Pattern regex, boolean last, List<Pattern> ignored, boolean ignoreCase) {
    /** Looks at characters that one search may take. */
    private static final int LOOKS = 20_000_000;

    private static final List<Pattern> AROUND_NUMBERS = List.of(
            Pattern.compile(","), Pattern.compile("\\$"), Pattern.compile("(?s).*#### "), Pattern.compile("\\.$"));

    /** The number after {@code ####}, as GSM8K's solutions have it. */
    static final Extraction STRICT_NUMBER =
            new Extraction("strict", Pattern.compile("#### (-?[0-9.,]+)"), false, AROUND_NUMBERS, true);

    /** The last number. */
    static final Extraction FLEXIBLE_NUMBER =
            new Extraction("flexible", Pattern.compile("(-?[$0-9.,]{2,})|(-?[0-9]+)"), true, AROUND_NUMBERS, true);

    /** The whole reply. */
    static final Extraction WHOLE = new Extraction("whole", null, false, List.of(), false);

    public Extraction {
        ignored = List.copyOf(ignored);
    }

    /**
     * A pattern from a file.
     *
     * @throws EvalException where it is none
     */
    public static Pattern pattern(String regex, String place) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new EvalException(place + ": '" + regex + "' is no regular expression: " + e.getDescription());
        }
    }

    /**
     * The answer in a reply, or nothing.
     *
     * @throws EvalException where the expression takes too long
     */
    public Optional<String> of(String reply) {
        Pattern own = regex;
        if (own == null) {
            return Optional.of(reply.strip());
        }
        return bounded(own, reply, text -> {
            Matcher matcher = own.matcher(text);
            String found = null;
            while (matcher.find()) {
                found = answer(matcher);
                if (!last) {
                    break;
                }
            }
            return Optional.ofNullable(found).map(String::strip);
        });
    }

    private static String answer(Matcher matcher) {
        for (int group = 1; group <= matcher.groupCount(); group++) {
            String text = matcher.group(group);
            if (text != null && !text.isEmpty()) {
                return text;
            }
        }
        return matcher.groupCount() == 0 ? matcher.group() : "";
    }

    /** Whether an answer is the target, without what is ignored. */
    public boolean matches(String answer, String target) {
        return compared(answer).equals(compared(target));
    }

    private String compared(String text) {
        String left = text;
        for (Pattern each : ignored) {
            left = bounded(each, left, bounded -> each.matcher(bounded).replaceAll(""));
        }
        left = left.strip();
        return ignoreCase ? left.toLowerCase(Locale.ROOT) : left;
    }

    private <T> T bounded(Pattern pattern, String text, Function<CharSequence, T> work) {
        try {
            return work.apply(new BoundedText(text, LOOKS));
        } catch (BoundedText.Exhausted | StackOverflowError e) {
            throw new EvalException("the extraction " + name + ", '" + pattern + "', takes too long on a reply of "
                    + text.length() + " characters: write it without nested repetition");
        }
    }
}
