package dev.jerboa.model.template;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filters that make texts. */
final class TextFilters {
    private TextFilters() {}

    static void register(Map<String, Filters.Filter> filters) {
        method(filters, "upper");
        method(filters, "lower");
        method(filters, "capitalize");
        filters.put("title", TextFilters::title);
        filters.put("trim", TextFilters::trim);
        filters.put("string", (run, value, arguments) -> soft(value, run.budget()));
        filters.put("replace", TextFilters::replace);
        filters.put("format", TextFilters::format);
        filters.put("indent", TextFilters::indent);
        filters.put("center", TextFilters::center);
        filters.put("truncate", TextFilters::truncate);
        filters.put("wordcount", TextFilters::wordCount);
        filters.put("wordwrap", TextWrap::filter);
        filters.put("pprint", (run, value, arguments) -> PrettyPrint.format(value, run.budget()));
        filters.put("join", TextFilters::join);
        filters.put("urlencode", TextFilters::urlEncode);
        filters.put("striptags", TextFilters::stripTags);
        filters.put("xmlattr", TextFilters::xmlAttributes);
        filters.put("escape", TextFilters::escape);
        filters.put("e", TextFilters::escape);
        filters.put(
                "forceescape", (run, value, arguments) -> SafeText.escape(Repr.str(value, run.budget()), run.budget()));
        filters.put("safe", (run, value, arguments) -> new SafeText(Repr.str(value, run.budget())));
    }

    /** A filter that is the method of the same name, without arguments. */
    private static void method(Map<String, Filters.Filter> filters, String name) {
        filters.put(name, (run, value, arguments) -> {
            arguments.positionalOnly(name, 0, 0);
            return call(run, soft(value, run.budget()), name, Arguments.NONE);
        });
    }

    private static @Nullable Object call(Interpreter run, Object text, String method, Arguments arguments) {
        Attributes.Method found = StringMethods.find(method);
        if (found == null) {
            throw new IllegalArgumentException("no method " + method);
        }
        return found.call(run, text, arguments);
    }

    /** A text as it is, anything else as {@code str} shows it. */
    private static Object soft(@Nullable Object value, Budget budget) {
        return value instanceof SafeText safe ? safe : Repr.str(value, budget);
    }

    private static Object like(@Nullable Object model, String text) {
        return model instanceof SafeText ? new SafeText(text) : text;
    }

    private static String title(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("title", 0, 0);
        String text = Repr.str(value, run.budget());
        run.budget().scan(text.length());
        StringBuilder out = new StringBuilder(text.length());
        boolean atStart = true;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean separator = Text.isSpace(c) || "-({[<".indexOf(c) >= 0;
            String letter = Character.toString(c);
            out.append(atStart || separator ? letter.toUpperCase(Locale.ROOT) : letter.toLowerCase(Locale.ROOT));
            atStart = separator;
        }
        return run.budget().made(out.toString());
    }

    private static Object trim(Interpreter run, @Nullable Object value, Arguments arguments) {
        Object chars = Arguments.or(arguments.bind("trim", 0, "chars")[0], null);
        String text = Repr.str(value, run.budget());
        run.budget().scan(text.length());
        return like(value, run.budget().made(StringMethods.strip(text, chars, true, true)));
    }

    private static String replace(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("replace", 2, "old", "new", "count");
        Budget budget = run.budget();
        Object count = Arguments.or(bound[2], null);
        return StringMethods.replace(
                Repr.str(value, budget),
                Repr.str(bound[0], budget),
                Repr.str(bound[1], budget),
                count == null ? -1 : Values.integer(count, "replace: the count"),
                budget);
    }

    private static @Nullable Object format(Interpreter run, @Nullable Object value, Arguments arguments) {
        if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
            throw new Fault("can't handle positional and keyword arguments at the same time");
        }
        Object values = arguments.named().isEmpty() ? new Tuple(arguments.positional()) : arguments.named();
        return Arithmetic.apply(Arithmetic.Operator.MODULO, soft(value, run.budget()), values, run);
    }

    private static Object indent(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("indent", 0, "width", "first", "blank");
        Budget budget = run.budget();
        Object width = Arguments.or(bound[0], 4L);
        String by = Values.isText(width)
                ? String.valueOf(width)
                : " ".repeat(budget.text(Math.max(0, Values.integer(width, "indent: the width"))));
        boolean blank = Values.truth(Arguments.or(bound[2], false));
        List<String> lines = StringMethods.lines(Values.text(value, "indent: the value") + "\n", false, budget);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean indented = i == 0 ? Values.truth(Arguments.or(bound[1], false)) : blank || !line.isEmpty();
            StringMethods.append(out, i > 0 ? "\n" : "", budget);
            StringMethods.append(out, indented ? by : "", budget);
            StringMethods.append(out, line, budget);
        }
        return like(value, budget.made(out.toString()));
    }

    private static Object center(Interpreter run, @Nullable Object value, Arguments arguments) {
        Object width = Arguments.or(arguments.bind("center", 0, "width")[0], 80L);
        String text = Repr.str(value, run.budget());
        return like(
                value,
                StringMethods.pad(text, Values.clampedInteger(width, "center: the width"), 0, " ", run.budget()));
    }

    private static @Nullable Object truncate(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
        int length = Values.clampedInteger(Arguments.or(bound[0], 255L), "truncate: the length");
        String end = Values.text(Arguments.or(bound[2], "..."), "truncate: the end");
        Object slack = Arguments.or(bound[3], null);
        long leeway = slack == null ? 5 : Values.integer(slack, "truncate: the leeway");
        if (length < Text.length(end) || leeway < 0) {
            throw new Fault("truncate: expected length >= " + Text.length(end) + " and leeway >= 0");
        }
        if (Values.length(value, run.budget()) <= length + leeway) {
            return value;
        }
        String text = Values.text(value, "truncate: the value");
        run.budget().scan(text.length());
        String cut = text.substring(0, Text.offset(text, length - Text.length(end)));
        if (!Values.truth(Arguments.or(bound[1], false))) {
            int blank = cut.lastIndexOf(' ');
            cut = blank < 0 ? cut : cut.substring(0, blank);
        }
        return like(value, run.budget().made(cut + end));
    }

    private static Object wordCount(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("wordcount", 0, 0);
        String text = Repr.str(value, run.budget());
        run.budget().scan(text.length());
        long words = 0;
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean part = isWordPart(c);
            words += part && !inWord ? 1 : 0;
            inWord = part;
        }
        return words;
    }

    /** Python's {@code \w}. */
    static boolean isWordPart(int c) {
        return c == '_'
                || Character.isLetterOrDigit(c)
                || Character.getType(c) == Character.LETTER_NUMBER
                || Character.getType(c) == Character.OTHER_NUMBER;
    }

    private static String join(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("join", 0, "d", "attribute");
        Budget budget = run.budget();
        String separator = Repr.str(Arguments.or(bound[0], ""), budget);
        Object attribute = Arguments.or(bound[1], null);
        StringBuilder out = new StringBuilder();
        Iterator<? extends @Nullable Object> items = Values.iterate(value);
        for (boolean first = true; items.hasNext(); first = false) {
            Object item = items.next();
            if (attribute != null) {
                item = SequenceFilters.path(item, attribute, null, budget);
            }
            StringMethods.append(out, first ? "" : separator, budget);
            StringMethods.append(out, Repr.str(item, budget), budget);
        }
        return budget.made(out.toString());
    }

    private static String urlEncode(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("urlencode", 0, 0);
        Budget budget = run.budget();
        if (Values.isText(value) || !Values.isIterable(value)) {
            return quote(Repr.str(value, budget), false, budget);
        }
        List<String> pairs = new ArrayList<>();
        Object source = value instanceof Map<?, ?> map ? new DictView(map, DictView.Part.ITEMS) : value;
        for (Object pair : Values.list(source, budget)) {
            List<@Nullable Object> items = Values.list(pair, budget);
            if (items.size() != 2) {
                throw new Fault("urlencode needs pairs of keys and values");
            }
            pairs.add(quote(Repr.str(items.get(0), budget), true, budget) + "="
                    + quote(Repr.str(items.get(1), budget), true, budget));
        }
        return budget.made(String.join("&", pairs));
    }

    private static String quote(String text, boolean query, Budget budget) {
        budget.text(3L * text.length());
        HexFormat hex = HexFormat.of().withUpperCase();
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0);
            if (plain || (!query && c == '/')) {
                out.append(c);
            } else if (query && c == ' ') {
                out.append('+');
            } else {
                out.append('%').append(hex.toHexDigits((byte) c));
            }
        }
        return out.toString();
    }

    private static Object escape(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("escape", 0, 0);
        return value instanceof SafeText safe ? safe : SafeText.escape(Repr.str(value, run.budget()), run.budget());
    }

    private static String xmlAttributes(Interpreter run, @Nullable Object value, Arguments arguments) {
        boolean autospace = Values.truth(Arguments.or(arguments.bind("xmlattr", 0, "autospace")[0], true));
        if (!(value instanceof Map<?, ?> map)) {
            throw value instanceof Undefined undefined
                    ? undefined.fault()
                    : new Fault("xmlattr needs a mapping, not " + Values.type(value));
        }
        Budget budget = run.budget();
        StringBuilder out = new StringBuilder();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getValue() == null || entry.getValue() instanceof Undefined) {
                continue;
            }
            String name = Values.text(entry.getKey(), "xmlattr: an attribute name");
            if (name.chars()
                    .anyMatch(c -> c < 128
                            && c != 0x1c
                            && c != 0x1d
                            && c != 0x1e
                            && c != 0x1f
                            && (Text.isSpace(c) || "/>=".indexOf(c) >= 0))) {
                throw new Fault("Invalid character in attribute name: " + Repr.repr(name, budget));
            }
            Object item = entry.getValue();
            String text = item instanceof SafeText safe
                    ? safe.text()
                    : SafeText.escape(Repr.str(item, budget), budget).text();
            out.append(out.isEmpty() ? "" : " ");
            StringMethods.append(out, SafeText.escape(name, budget).text() + "=\"" + text + "\"", budget);
        }
        return budget.made(autospace && !out.isEmpty() ? " " + out : out.toString());
    }

    /** Without comments and tags, entities resolved, blanks collapsed. */
    private static String stripTags(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("striptags", 0, 0);
        Budget budget = run.budget();
        String source = Repr.str(value, budget);
        budget.text(source.length());
        String text = withoutTags(withoutComments(source));
        String words = String.join(" ", StringMethods.splitBlanks(text, Long.MAX_VALUE, false, budget));
        return budget.made(HtmlEntities.resolve(words));
    }

    private static String withoutComments(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        for (int open = text.indexOf("<!--"); open >= 0; open = text.indexOf("<!--", at)) {
            int close = text.indexOf("-->", open);
            if (close < 0) {
                break;
            }
            out.append(text, at, open);
            at = close + 3;
        }
        return out.append(text, at, text.length()).toString();
    }

    private static String withoutTags(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        for (int open = text.indexOf('<'); open >= 0; open = text.indexOf('<', at)) {
            int close = text.indexOf('>', open);
            if (close < 0) {
                break;
            }
            out.append(text, at, open);
            at = close + 1;
        }
        return out.append(text, at, text.length()).toString();
    }
}
