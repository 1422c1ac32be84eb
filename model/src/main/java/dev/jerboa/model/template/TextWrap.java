package dev.jerboa.model.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The filter {@code wordwrap}: Python's {@code textwrap} on every line, blanks at the ends of lines dropped. */
final class TextWrap {
    private final int width;
    private final boolean breakWords;
    private final boolean breakHyphens;

    private TextWrap(int width, boolean breakWords, boolean breakHyphens) {
        this.width = width;
        this.breakWords = breakWords;
        this.breakHyphens = breakHyphens;
    }

    static String filter(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable
        Object[] bound = arguments.bind("wordwrap", 0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
        Budget budget = run.budget();
        int width = Values.clampedInteger(Arguments.or(bound[0], 79L), "wordwrap: the width");
        if (width <= 0) {
            throw new Fault("invalid width " + width + " (must be > 0)");
        }
        Object wrap = Arguments.or(bound[2], null);
        String wrapString = wrap == null ? "\n" : Values.text(wrap, "wordwrap: the wrapstring");
        TextWrap wrapper = new TextWrap(
                width, Values.truth(Arguments.or(bound[1], true)), Values.truth(Arguments.or(bound[3], true)));
        StringBuilder out = new StringBuilder();
        boolean first = true;
        for (String line : StringMethods.lines(Values.text(value, "wordwrap: the value"), false, budget)) {
            StringMethods.append(out, first ? "" : wrapString, budget);
            first = false;
            boolean firstPart = true;
            for (String part : wrapper.wrap(line, budget)) {
                StringMethods.append(out, firstPart ? "" : wrapString, budget);
                StringMethods.append(out, part, budget);
                firstPart = false;
            }
        }
        return budget.made(out.toString());
    }

    private List<String> wrap(String line, Budget budget) {
        List<String> chunks = chunks(line);
        budget.elements(chunks.size());
        List<String> lines = new ArrayList<>();
        int at = 0;
        while (at < chunks.size()) {
            if (!lines.isEmpty() && isBlank(chunks.get(at)) && ++at == chunks.size()) {
                break;
            }
            List<String> current = new ArrayList<>();
            int length = 0;
            while (at < chunks.size() && length + Text.length(chunks.get(at)) <= width) {
                length += Text.length(chunks.get(at));
                current.add(chunks.get(at++));
            }
            if (at < chunks.size() && Text.length(chunks.get(at)) > width) {
                String chunk = chunks.get(at);
                if (breakWords) {
                    int cut = Text.offset(chunk, breakPoint(chunk, width - length));
                    current.add(chunk.substring(0, cut));
                    chunks.set(at, chunk.substring(cut));
                } else if (current.isEmpty()) {
                    current.add(chunk);
                    at++;
                }
            }
            if (!current.isEmpty() && (current.getLast().isEmpty() || isBlank(current.getLast()))) {
                current.removeLast();
            }
            if (!current.isEmpty()) {
                lines.add(String.join("", current));
            }
            budget.scan(line.length());
        }
        return lines;
    }

    /** Where a word that is too long is cut, in code points: after its last hyphen that fits, else where room ends. */
    private int breakPoint(String chunk, int room) {
        if (breakHyphens) {
            int hyphen = chunk.substring(0, Text.offset(chunk, room)).lastIndexOf('-');
            if (hyphen > 0 && chunk.substring(0, hyphen).chars().anyMatch(c -> c != '-')) {
                return chunk.codePointCount(0, hyphen) + 1;
            }
        }
        return room;
    }

    private static boolean isBlank(String chunk) {
        return !chunk.isEmpty() && isBlank(chunk.charAt(0));
    }

    private static boolean isBlank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    /** Runs of blanks, words, and the parts of words between which a line may break. */
    private List<String> chunks(String line) {
        List<String> chunks = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= line.length(); i++) {
            boolean boundary = i == line.length()
                    || isBlank(line.charAt(i)) != isBlank(line.charAt(i - 1))
                    || (breakHyphens && (endsHyphenated(line, start, i) || atDash(line, i)));
            if (boundary) {
                chunks.add(line.substring(start, i));
                start = i;
            }
        }
        return chunks;
    }

    /** Whether a hyphen between letters, two on either side (or a letter and a hyphen), ends at {@code i}. */
    private static boolean endsHyphenated(String s, int start, int i) {
        if (s.charAt(i - 1) != '-' || i - 3 < 0 || i - 1 <= start || !letter(s, i - 2)) {
            return false;
        }
        boolean before = letter(s, i - 3) || (s.charAt(i - 3) == '-' && letter(s, i - 4));
        boolean after = letter(s, i) && (letter(s, i + 1) || (charAt(s, i + 1) == '-' && letter(s, i + 2)));
        return before && after;
    }

    /** Whether two or more dashes between words begin or end at {@code i}. */
    private static boolean atDash(String s, int i) {
        int begin = i;
        while (begin > 0 && s.charAt(begin - 1) == '-') {
            begin--;
        }
        int end = i;
        while (end < s.length() && s.charAt(end) == '-') {
            end++;
        }
        if (end - begin < 2 || (i != begin && i != end) || begin == 0 || end == s.length()) {
            return false;
        }
        char before = s.charAt(begin - 1);
        return (TextFilters.isWordPart(before) || "!\"'&.,?".indexOf(before) >= 0)
                && TextFilters.isWordPart(s.charAt(end));
    }

    private static char charAt(String s, int i) {
        return i >= 0 && i < s.length() ? s.charAt(i) : 0;
    }

    private static boolean letter(String s, int i) {
        char c = charAt(s, i);
        return c != 0 && TextFilters.isWordPart(c) && !Character.isDigit(c);
    }
}
