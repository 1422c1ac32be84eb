package dev.jerboa.model.template;

import dev.jerboa.model.template.Attributes.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}; those of a safe text give safe texts. */
final class StringMethods {
    /** A method that gives one text. */
    @FunctionalInterface
    private interface ToText {
        String apply(String self, Arguments given, Budget budget);
    }

    /** A method that gives anything else. */
    @FunctionalInterface
    private interface ToAny {
        Object apply(String self, Arguments given, Budget budget);
    }

    private static final Map<String, Method> ALL = new HashMap<>();

    static {
        text("upper", 0, 0, (s, a, b) -> s.toUpperCase(Locale.ROOT));
        text("lower", 0, 0, (s, a, b) -> s.toLowerCase(Locale.ROOT));
        text("casefold", 0, 0, (s, a, b) -> foldCase(s));
        text("capitalize", 0, 0, (s, a, b) -> capitalize(s));
        text("title", 0, 0, (s, a, b) -> title(s));
        text("swapcase", 0, 0, (s, a, b) -> swapCase(s));
        text("strip", 0, 1, (s, a, b) -> strip(s, a, true, true));
        text("lstrip", 0, 1, (s, a, b) -> strip(s, a, true, false));
        text("rstrip", 0, 1, (s, a, b) -> strip(s, a, false, true));
        text("removeprefix", 1, 1, (s, a, b) -> {
            String prefix = Values.text(a.positional().get(0), "removeprefix() argument");
            return s.startsWith(prefix) ? s.substring(prefix.length()) : s;
        });
        text("removesuffix", 1, 1, (s, a, b) -> {
            String suffix = Values.text(a.positional().get(0), "removesuffix() argument");
            return s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
        });
        text("center", 1, 2, (s, a, b) -> pad(s, a, 0, b));
        text("ljust", 1, 2, (s, a, b) -> pad(s, a, -1, b));
        text("rjust", 1, 2, (s, a, b) -> pad(s, a, 1, b));
        text("zfill", 1, 1, StringMethods::zeroFill);
        text("join", 1, 1, (s, a, b) -> join(s, a.positional().get(0), b));
        text("expandtabs", 0, 1, StringMethods::expandTabs);
        any("startswith", 1, 3, (s, a, b) -> startsOrEnds(s, a, b, true));
        any("endswith", 1, 3, (s, a, b) -> startsOrEnds(s, a, b, false));
        any("find", 1, 3, (s, a, b) -> find(s, a, b, false));
        any("rfind", 1, 3, (s, a, b) -> find(s, a, b, true));
        any("index", 1, 3, (s, a, b) -> found(find(s, a, b, false)));
        any("rindex", 1, 3, (s, a, b) -> found(find(s, a, b, true)));
        any("count", 1, 3, StringMethods::count);
        any("isalpha", 0, 0, (s, a, b) -> all(s, Character::isLetter));
        any("isdigit", 0, 0, (s, a, b) -> all(s, c -> Character.isDigit(c) || "¹²³⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉".indexOf(c) >= 0));
        any("isdecimal", 0, 0, (s, a, b) -> all(s, Character::isDigit));
        any("isnumeric", 0, 0, (s, a, b) -> all(s, StringMethods::isNumeric));
        any("isalnum", 0, 0, (s, a, b) -> all(s, c -> Character.isLetter(c) || isNumeric(c)));
        any("isspace", 0, 0, (s, a, b) -> all(s, Text::isSpace));
        any("isascii", 0, 0, (s, a, b) -> s.isEmpty() || all(s, c -> c < 128));
        any("isprintable", 0, 0, (s, a, b) -> s.isEmpty() || all(s, Text::isPrintable));
        any("islower", 0, 0, (s, a, b) -> isCase(s, false));
        any("isupper", 0, 0, (s, a, b) -> isCase(s, true));
        any("istitle", 0, 0, (s, a, b) -> isTitle(s));
        any("isidentifier", 0, 0, (s, a, b) -> isIdentifier(s));
        ALL.put("split", (run, self, arguments) -> split(run, self, arguments, false));
        ALL.put("rsplit", (run, self, arguments) -> split(run, self, arguments, true));
        ALL.put("splitlines", StringMethods::splitLines);
        ALL.put("partition", (run, self, arguments) -> partition(run, self, arguments, false));
        ALL.put("rpartition", (run, self, arguments) -> partition(run, self, arguments, true));
        ALL.put("replace", StringMethods::replace);
        ALL.put(
                "format",
                (run, self, arguments) -> like(
                        self,
                        run.budget().made(BraceFormat.format(run, self, arguments.positional(), arguments.named()))));
        ALL.put("format_map", (run, self, arguments) -> {
            Object map = arguments.positionalOnly("format_map", 1, 1).get(0);
            if (!(map instanceof Map<?, ?> values)) {
                throw new Fault("format_map() argument must be a mapping, not " + Values.type(map));
            }
            return like(self, run.budget().made(BraceFormat.format(run, self, List.of(), values)));
        });
    }

    private StringMethods() {}

    static @Nullable Method find(String name) {
        return ALL.get(name);
    }

    private static void text(String name, int least, int most, ToText method) {
        ALL.put(name, (run, self, arguments) -> {
            String text = self.toString();
            run.budget().scan(text.length());
            arguments.positionalOnly(name, least, most);
            return like(self, run.budget().made(method.apply(text, arguments, run.budget())));
        });
    }

    private static void any(String name, int least, int most, ToAny method) {
        ALL.put(name, (run, self, arguments) -> {
            String text = self.toString();
            run.budget().scan(text.length());
            arguments.positionalOnly(name, least, most);
            return method.apply(text, arguments, run.budget());
        });
    }

    /** A text of the kind of {@code self}. */
    private static Object like(Object self, String text) {
        return self instanceof SafeText ? new SafeText(text) : text;
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        String first = Character.toString(text.codePointAt(0));
        String rest = text.toLowerCase(Locale.ROOT)
                .substring(first.toLowerCase(Locale.ROOT).length());
        return titleCase(first) + rest;
    }

    private static String foldCase(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.append(Character.toString(c).toLowerCase(Locale.ROOT)));
        return out.toString().replace("ß", "ss").replace('ς', 'σ');
    }

    private static String titleCase(String letter) {
        int point = letter.codePointAt(0);
        int title = Character.toTitleCase(point);
        if (title != point) {
            return Character.toString(title);
        }
        String upper = letter.toUpperCase(Locale.ROOT);
        int first = 0;
        while (first < upper.length() && !isCased(upper.charAt(first))) {
            first++;
        }
        int end = Math.min(upper.length(), first + 1);
        return upper.substring(0, end) + upper.substring(end).toLowerCase(Locale.ROOT);
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            out.append(inWord ? lowerCase(text, i) : titleCase(Character.toString(c)));
            inWord = isCased(c);
            i += Character.charCount(c);
        }
        return out.toString();
    }

    /** The lower case of one character; a sigma at a word's end has its own. */
    private static String lowerCase(String text, int i) {
        int c = text.codePointAt(i);
        if (c == 'Σ') {
            boolean after = i > 0 && Character.isLetter(text.codePointBefore(i));
            boolean before = i + 1 < text.length() && Character.isLetter(text.codePointAt(i + 1));
            return after && !before ? "ς" : "σ";
        }
        return Character.toString(c).toLowerCase(Locale.ROOT);
    }

    private static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    private static String swapCase(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            boolean upper = Character.isUpperCase(c);
            out.append(upper ? lowerCase(text, i) : Character.toString(c).toUpperCase(Locale.ROOT));
            i += Character.charCount(c);
        }
        return out.toString();
    }

    private static String strip(String text, Arguments arguments, boolean start, boolean end) {
        return strip(
                text,
                arguments.positional().isEmpty() ? null : arguments.positional().get(0),
                start,
                end);
    }

    /** Strips the given characters, or blanks when {@code chars} is null. */
    static String strip(String text, @Nullable Object chars, boolean start, boolean end) {
        IntPredicate strips = Text::isSpace;
        if (chars != null) {
            String set = Values.text(chars, "strip argument");
            strips = c -> set.indexOf(c) >= 0;
        }
        int from = 0;
        int to = text.length();
        while (start && from < to && strips.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (end && to > from && strips.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static String pad(String text, Arguments arguments, int side, Budget budget) {
        String fill = arguments.positional().size() > 1
                ? Values.text(arguments.positional().get(1), "the fill character")
                : " ";
        if (Text.length(fill) != 1) {
            throw new Fault("The fill character must be exactly one character long");
        }
        return pad(text, Values.clampedInteger(arguments.positional().get(0), "the width"), side, fill, budget);
    }

    /** Pads to a width: side -1 keeps the text at the left, 1 at the right, 0 in the middle. */
    static String pad(String text, int width, int side, String fill, Budget budget) {
        int length = Text.length(text);
        if (width <= length) {
            return text;
        }
        int total = width - length;
        budget.text((long) text.length() + (long) total * fill.length());
        int left = side < 0 ? 0 : side > 0 ? total : total / 2 + (total & width & 1);
        return fill.repeat(left) + text + fill.repeat(total - left);
    }

    private static String zeroFill(String text, Arguments arguments, Budget budget) {
        int width = Values.clampedInteger(arguments.positional().get(0), "the width");
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String digits = pad(signed ? text.substring(1) : text, signed ? width - 1 : width, 1, "0", budget);
        return signed ? text.charAt(0) + digits : digits;
    }

    static String join(String separator, @Nullable Object items, Budget budget) {
        StringBuilder out = new StringBuilder();
        Iterator<? extends @Nullable Object> iterator = Values.iterate(items);
        for (int i = 0; iterator.hasNext(); i++) {
            Object item = iterator.next();
            if (!Values.isText(item)) {
                throw new Fault("sequence item " + i + ": expected str instance, " + Values.type(item) + " found");
            }
            append(out, i > 0 ? separator : "", budget);
            append(out, String.valueOf(item), budget);
        }
        return out.toString();
    }

    /** Appends a part to a text under construction, whose length is checked on the way. */
    static void append(StringBuilder out, String part, Budget budget) {
        budget.step();
        budget.grown((long) out.length() + part.length(), part.length());
        out.append(part);
    }

    private static String expandTabs(String text, Arguments arguments, Budget budget) {
        int size = arguments.positional().isEmpty()
                ? 8
                : Math.min(10_000, Values.clampedInteger(arguments.positional().get(0), "the tab size"));
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\t') {
                int blanks = size > 0 ? size - column % size : 0;
                append(out, " ".repeat(blanks), budget);
                column += blanks;
            } else {
                out.append(c);
                column = c == '\n' || c == '\r' ? 0 : column + (Character.isLowSurrogate(c) ? 0 : 1);
            }
        }
        return out.toString();
    }

    /** The part of a text between two optional code point indexes, as char offsets; empty when start is past the end. */
    private static int @Nullable [] window(String text, Arguments arguments) {
        Object first =
                arguments.positional().size() > 1 ? arguments.positional().get(1) : null;
        Object last = arguments.positional().size() > 2 ? arguments.positional().get(2) : null;
        if (first == null && last == null) {
            return new int[] {0, text.length()};
        }
        int length = Text.length(text);
        long start = first == null ? 0 : Values.clampedInteger(first, "the start index");
        long end = last == null ? length : Values.clampedInteger(last, "the end index");
        start = start < 0 ? Math.max(0, start + length) : start;
        end = Math.min(length, end < 0 ? Math.max(0, end + length) : end);
        if (start > end) {
            return null;
        }
        return new int[] {Text.offset(text, (int) start), Text.offset(text, (int) end)};
    }

    private static boolean startsOrEnds(String text, Arguments arguments, Budget budget, boolean starts) {
        int[] window = window(text, arguments);
        List<@Nullable Object> candidates = arguments.positional().get(0) instanceof Tuple tuple
                ? tuple.items()
                : arguments.positional().subList(0, 1);
        for (Object candidate : candidates) {
            String part = Values.text(candidate, (starts ? "startswith" : "endswith") + " first arg");
            budget.scan(part.length());
            if (window == null || part.length() > window[1] - window[0]) {
                continue;
            }
            if (text.startsWith(part, starts ? window[0] : window[1] - part.length())) {
                return true;
            }
        }
        return false;
    }

    private static long find(String text, Arguments arguments, Budget budget, boolean last) {
        String part = Values.text(arguments.positional().get(0), "find() argument");
        budget.search(text.length(), part.length());
        int[] window = window(text, arguments);
        if (window == null) {
            return -1;
        }
        int at = last ? text.lastIndexOf(part, window[1] - part.length()) : text.indexOf(part, window[0], window[1]);
        if (at < window[0] || part.length() > window[1] - window[0]) {
            return -1;
        }
        return text.codePointCount(0, at);
    }

    private static long found(long index) {
        if (index < 0) {
            throw new Fault("substring not found");
        }
        return index;
    }

    private static Object count(String text, Arguments arguments, Budget budget) {
        String part = Values.text(arguments.positional().get(0), "count() argument");
        budget.search(text.length(), part.length());
        int[] window = window(text, arguments);
        if (window == null) {
            return 0L;
        }
        if (part.isEmpty()) {
            return text.codePointCount(window[0], window[1]) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part, window[0], window[1]);
                at >= 0;
                at = text.indexOf(part, at + part.length(), window[1])) {
            count++;
        }
        return count;
    }

    private static boolean all(String text, IntPredicate predicate) {
        return !text.isEmpty() && text.codePoints().allMatch(predicate);
    }

    private static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> "〇一二三四五六七八九十百千万億兆零壹貳參肆伍陸柒捌玖拾佰仟萬".indexOf(c) >= 0;
        };
    }

    static boolean isCase(String text, boolean upper) {
        boolean cased = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (upper
                    ? Character.isLowerCase(c) || Character.isTitleCase(c)
                    : Character.isUpperCase(c) || Character.isTitleCase(c)) {
                return false;
            }
            cased |= isCased(c);
        }
        return cased;
    }

    private static boolean isTitle(String text) {
        boolean cased = false;
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
            if (upper ? inWord : Character.isLowerCase(c) && !inWord) {
                return false;
            }
            inWord = isCased(c);
            cased |= inWord;
        }
        return cased;
    }

    private static boolean isIdentifier(String text) {
        if (text.isEmpty()) {
            return false;
        }
        int first = text.codePointAt(0);
        return (first == '_' || Character.isUnicodeIdentifierStart(first))
                && text.codePoints().allMatch(Character::isUnicodeIdentifierPart);
    }

    private static Object split(Interpreter run, Object self, Arguments arguments, boolean fromEnd) {
        @Nullable Object[] bound = arguments.bind(fromEnd ? "rsplit" : "split", 0, "sep", "maxsplit");
        Object separator = Arguments.or(bound[0], null);
        long limit = Values.integer(Arguments.or(bound[1], -1L), "maxsplit");
        long most = limit < 0 ? Long.MAX_VALUE : limit;
        String text = self.toString();
        List<String> parts = separator == null
                ? splitBlanks(text, most, fromEnd, run.budget())
                : splitAt(text, Values.text(separator, "the separator"), most, fromEnd, run.budget());
        List<@Nullable Object> out = new ArrayList<>(run.budget().elements(parts.size()));
        parts.forEach(part -> out.add(like(self, part)));
        return out;
    }

    private static List<String> splitAt(String text, String separator, long most, boolean fromEnd, Budget budget) {
        if (separator.isEmpty()) {
            throw new Fault("empty separator");
        }
        budget.search(text.length(), separator.length());
        budget.text(text.length());
        List<String> parts = new ArrayList<>();
        if (!fromEnd) {
            int from = 0;
            for (int at = text.indexOf(separator); at >= 0 && parts.size() < most; at = text.indexOf(separator, from)) {
                parts.add(text.substring(from, at));
                from = at + separator.length();
            }
            parts.add(text.substring(from));
            return parts;
        }
        int to = text.length();
        for (int at = text.lastIndexOf(separator); at >= 0 && parts.size() < most; ) {
            parts.add(text.substring(at + separator.length(), to));
            to = at;
            at = at < separator.length() ? -1 : text.lastIndexOf(separator, at - separator.length());
        }
        parts.add(text.substring(0, to));
        return parts.reversed();
    }

    /** Splits at runs of blanks; blanks at the ends make no empty parts. */
    static List<String> splitBlanks(String text, long most, boolean fromEnd, Budget budget) {
        budget.scan(text.length());
        budget.text(text.length());
        List<String> parts = new ArrayList<>();
        String rest = fromEnd ? Text.stripEnd(text) : Text.stripStart(text);
        int from = 0;
        int to = rest.length();
        while (from < to) {
            if (parts.size() >= most) {
                String last = rest.substring(from, to);
                parts.add(fromEnd ? Text.stripEnd(last) : last);
                break;
            }
            int i = fromEnd ? to : from;
            if (fromEnd) {
                while (i > from && !Text.isSpace(rest.charAt(i - 1))) {
                    i--;
                }
                parts.add(rest.substring(i, to));
                while (i > from && Text.isSpace(rest.charAt(i - 1))) {
                    i--;
                }
                to = i;
            } else {
                while (i < to && !Text.isSpace(rest.charAt(i))) {
                    i++;
                }
                parts.add(rest.substring(from, i));
                while (i < to && Text.isSpace(rest.charAt(i))) {
                    i++;
                }
                from = i;
            }
        }
        return fromEnd ? parts.reversed() : parts;
    }

    private static Object splitLines(Interpreter run, Object self, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("splitlines", 0, "keepends");
        List<String> lines = lines(self.toString(), Values.truth(Arguments.or(bound[0], false)), run.budget());
        List<@Nullable Object> out = new ArrayList<>(lines.size());
        lines.forEach(line -> out.add(like(self, line)));
        return out;
    }

    static List<String> lines(String text, boolean keepEnds, Budget budget) {
        budget.scan(text.length());
        budget.text(text.length());
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = from;
            while (end < text.length() && !Text.isLineEnd(text.charAt(end))) {
                end++;
            }
            int next = end;
            if (next < text.length()) {
                next += text.startsWith("\r\n", next) ? 2 : 1;
            }
            lines.add(text.substring(from, keepEnds ? next : end));
            from = next;
        }
        budget.elements(lines.size());
        return lines;
    }

    private static Object partition(Interpreter run, Object self, Arguments arguments, boolean last) {
        String separator =
                Values.text(arguments.positionalOnly("partition", 1, 1).get(0), "the separator");
        if (separator.isEmpty()) {
            throw new Fault("empty separator");
        }
        String text = self.toString();
        run.budget().search(text.length(), separator.length());
        run.budget().text(text.length());
        int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return last
                    ? Tuple.of(like(self, ""), like(self, ""), self)
                    : Tuple.of(self, like(self, ""), like(self, ""));
        }
        return Tuple.of(
                like(self, text.substring(0, at)),
                like(self, separator),
                like(self, text.substring(at + separator.length())));
    }

    private static Object replace(Interpreter run, Object self, Arguments arguments) {
        List<@Nullable Object> given = arguments.positionalOnly("replace", 2, 3);
        long most = given.size() > 2 ? Values.integer(given.get(2), "replace() count") : -1;
        Object replacement = given.get(1);
        String to = Values.text(replacement, "replace() argument 2");
        if (self instanceof SafeText && replacement instanceof String plain) {
            to = SafeText.escape(plain, run.budget()).text();
        }
        String from = Values.text(given.get(0), "replace() argument 1");
        return like(self, replace(self.toString(), from, to, most, run.budget()));
    }

    /** Python's {@code text.replace(from, to, most)}; a negative {@code most} is no limit. */
    static String replace(String text, String from, String to, long most, Budget budget) {
        budget.search(text.length(), from.length());
        StringBuilder out = new StringBuilder();
        int at = 0;
        long left = most < 0 ? Long.MAX_VALUE : most;
        if (from.isEmpty()) {
            while (left-- > 0) {
                append(out, to, budget);
                if (at >= text.length()) {
                    break;
                }
                int next = at + Character.charCount(text.codePointAt(at));
                out.append(text, at, next);
                at = next;
            }
            out.append(text, at, text.length());
            return budget.made(out.toString());
        }
        for (int found = text.indexOf(from); found >= 0 && left > 0; found = text.indexOf(from, at)) {
            append(out, text.substring(at, found), budget);
            append(out, to, budget);
            at = found + from.length();
            left--;
        }
        return at == 0 ? text : budget.made(out.append(text, at, text.length()).toString());
    }
}
