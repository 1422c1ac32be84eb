package dev.jerboa.model.token.split;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the part of regular-expression syntax that published pre-tokenizers are written in: choices of sequences of
 * characters, classes (nested, negated, intersected), properties, counts (greedy and possessive) on single characters,
 * groups that are optional, or repeated at the end of an alternative, look-ahead, {@code $}. Everything else is {@link Unsupported}.
 */
final class PatternParser {
    /** The pattern has something that scanners do not do. */
    static final class Unsupported extends Exception {
        private static final long serialVersionUID = 1L;

        Unsupported(String what) {
            super(what, null, false, false);
        }
    }

    private static final int MAX_LENGTH = 1 << 14;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_COUNT = 1 << 16;

    /** Makes the node of an item that goes on to {@code next}. */
    private interface Item {
        Node before(Node next) throws Unsupported;
    }

    private final String pattern;
    private int at;
    private int depth;

    private PatternParser(String pattern) {
        this.pattern = pattern;
    }

    /** The alternatives of a pattern. */
    static Node[] parse(String pattern) throws Unsupported {
        if (pattern.length() > MAX_LENGTH) {
            throw new Unsupported("length");
        }
        PatternParser parser = new PatternParser(pattern);
        List<List<Item>> alternatives = parser.choice(false);
        if (parser.at < pattern.length()) {
            throw new Unsupported("unbalanced )");
        }
        return link(alternatives, new Node.Accept());
    }

    /** A pattern that matches {@code text} itself. */
    static Node literal(String text) {
        Node node = new Node.Accept();
        int[] points = text.codePoints().toArray();
        for (int i = points.length - 1; i >= 0; i--) {
            node = new Node.Run(single(points[i], false), 1, 1, false, node);
        }
        return node;
    }

    private static Node[] link(List<List<Item>> alternatives, Node next) throws Unsupported {
        Node[] nodes = new Node[alternatives.size()];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = link(alternatives.get(i), 0, next);
        }
        return nodes;
    }

    private static Node link(List<Item> items, int from, Node next) throws Unsupported {
        Node node = next;
        for (int i = items.size() - 1; i >= from; i--) {
            node = items.get(i).before(node);
        }
        return node;
    }

    private List<List<Item>> choice(boolean ignoreCase) throws Unsupported {
        if (++depth > MAX_DEPTH) {
            throw new Unsupported("nesting");
        }
        List<List<Item>> alternatives = new ArrayList<>();
        List<Item> current = new ArrayList<>();
        while (at < pattern.length() && pattern.charAt(at) != ')') {
            if (pattern.charAt(at) == '|') {
                at++;
                alternatives.add(current);
                current = new ArrayList<>();
            } else {
                current.add(item(ignoreCase));
            }
        }
        alternatives.add(current);
        depth--;
        return alternatives;
    }

    private Item item(boolean ignoreCase) throws Unsupported {
        char c = pattern.charAt(at);
        return switch (c) {
            case '(' -> group(ignoreCase);
            case '$' -> {
                at++;
                refuseCount();
                yield Node.End::new;
            }
            case '^', '*', '+', '?', '{' -> throw new Unsupported(String.valueOf(c));
            default -> counted(character(ignoreCase));
        };
    }

    private Item group(boolean ignoreCase) throws Unsupported {
        at++;
        boolean fold = ignoreCase;
        boolean ahead = false;
        boolean negative = false;
        if (skip("?:")) {
            fold = ignoreCase;
        } else if (skip("?i:")) {
            fold = true;
        } else if (skip("?=")) {
            ahead = true;
        } else if (skip("?!")) {
            ahead = true;
            negative = true;
        } else if (at < pattern.length() && pattern.charAt(at) == '?') {
            throw new Unsupported("group (?");
        }
        List<List<Item>> alternatives = choice(fold);
        if (!skip(")")) {
            throw new Unsupported("unbalanced (");
        }
        if (ahead) {
            refuseCount();
            Node[] body = link(alternatives, new Node.Accept());
            boolean not = negative;
            return next -> new Node.Ahead(not, new Node.Choice(body), next);
        }
        boolean repeated = at < pattern.length() && "*+".indexOf(pattern.charAt(at)) >= 0;
        if (repeated) {
            boolean once = pattern.charAt(at++) == '+';
            refuseCount();
            Node body = new Node.Choice(link(alternatives, new Node.Accept()));
            if (body.shortest() == 0) {
                throw new Unsupported("repeated group that may be empty");
            }
            return next -> {
                if (!(next instanceof Node.Accept)) {
                    throw new Unsupported("repeated group before something else");
                }
                return new Node.Repeat(body, once);
            };
        }
        boolean optional = skip("?");
        refuseCount();
        return next -> {
            Node[] nodes = link(alternatives, next);
            if (optional) {
                nodes = Arrays.copyOf(nodes, nodes.length + 1);
                nodes[nodes.length - 1] = next;
            }
            return nodes.length == 1 ? nodes[0] : new Node.Choice(nodes);
        };
    }

    private void refuseCount() throws Unsupported {
        if (at < pattern.length() && "*+?{".indexOf(pattern.charAt(at)) >= 0) {
            throw new Unsupported("count on a group");
        }
    }

    private Item counted(CharSet set) throws Unsupported {
        int least = 1;
        int most = 1;
        boolean count = true;
        if (skip("?")) {
            least = 0;
        } else if (skip("*")) {
            least = 0;
            most = Integer.MAX_VALUE;
        } else if (skip("+")) {
            most = Integer.MAX_VALUE;
        } else if (skip("{")) {
            least = number();
            most = least;
            if (skip(",")) {
                most = at < pattern.length() && pattern.charAt(at) == '}' ? Integer.MAX_VALUE : number();
            }
            if (!skip("}") || most < least) {
                throw new Unsupported("count");
            }
        } else {
            count = false;
        }
        boolean possessive = count && skip("+");
        refuseCount();
        int from = least;
        int to = most;
        return next -> new Node.Run(set, from, to, possessive, next);
    }

    private int number() throws Unsupported {
        int start = at;
        int value = 0;
        while (at < pattern.length() && pattern.charAt(at) >= '0' && pattern.charAt(at) <= '9') {
            value = value * 10 + pattern.charAt(at++) - '0';
            if (value > MAX_COUNT) {
                throw new Unsupported("count");
            }
        }
        if (at == start) {
            throw new Unsupported("count");
        }
        return value;
    }

    private CharSet character(boolean ignoreCase) throws Unsupported {
        char c = pattern.charAt(at);
        if (c == '[') {
            return new CharSet(bracket(ignoreCase));
        }
        if (c == '.') {
            at++;
            return new CharSet(p -> p != '\n');
        }
        if (c == '\\') {
            IntPredicate named = named();
            if (named != null) {
                return new CharSet(named);
            }
            return single(escaped(), ignoreCase);
        }
        return single(plain(), ignoreCase);
    }

    /** The class at a bracket: items, nested classes, and intersections of them. */
    private IntPredicate bracket(boolean ignoreCase) throws Unsupported {
        if (++depth > MAX_DEPTH) {
            throw new Unsupported("nesting");
        }
        at++;
        boolean negated = skip("^");
        IntPredicate whole = null;
        IntPredicate part = null;
        boolean first = true;
        while (true) {
            if (at >= pattern.length()) {
                throw new Unsupported("unbalanced [");
            }
            char c = pattern.charAt(at);
            if (c == ']' && first) {
                throw new Unsupported("] first in a class");
            }
            first = false;
            if (c == ']') {
                at++;
                break;
            }
            if (skip("&&")) {
                whole = and(whole, part);
                part = null;
            } else {
                IntPredicate member = member(ignoreCase);
                part = part == null ? member : part.or(member);
            }
        }
        IntPredicate set = and(whole, part);
        depth--;
        return negated ? set.negate() : set;
    }

    private static IntPredicate and(@Nullable IntPredicate whole, @Nullable IntPredicate part) throws Unsupported {
        if (part == null) {
            throw new Unsupported("empty class");
        }
        return whole == null ? part : whole.and(part);
    }

    private IntPredicate member(boolean ignoreCase) throws Unsupported {
        if (pattern.charAt(at) == '[') {
            if (pattern.startsWith("[:", at)) {
                throw new Unsupported("POSIX class");
            }
            return bracket(ignoreCase);
        }
        int from;
        if (pattern.charAt(at) == '\\') {
            IntPredicate named = named();
            if (named != null) {
                return named;
            }
            from = escaped();
        } else {
            from = plain();
        }
        int to = from;
        if (at + 1 < pattern.length() && pattern.charAt(at) == '-' && pattern.charAt(at + 1) != ']') {
            at++;
            if (pattern.charAt(at) == '[' || pattern.startsWith("&&", at)) {
                throw new Unsupported("range");
            }
            if (pattern.charAt(at) == '\\') {
                if (named() != null) {
                    throw new Unsupported("range");
                }
                to = escaped();
            } else {
                to = plain();
            }
            if (to < from) {
                throw new Unsupported("range");
            }
        }
        int low = from;
        int high = to;
        IntPredicate range = p -> p >= low && p <= high;
        return ignoreCase ? folded(range) : range;
    }

    /** The set behind {@code \s}, {@code \p{…}} and the like; null where the backslash escapes one character. */
    private @Nullable IntPredicate named() throws Unsupported {
        if (at + 1 >= pattern.length()) {
            throw new Unsupported("\\");
        }
        char c = pattern.charAt(at + 1);
        IntPredicate set = switch (c) {
            case 's', 'S' -> Utf8::isSpace;
            case 'w', 'W' -> CharSet::isWord;
            case 'd', 'D' -> p -> Character.getType(p) == Character.DECIMAL_DIGIT_NUMBER;
            case 'p', 'P' -> property();
            default -> null;
        };
        if (set == null) {
            return null;
        }
        if (c != 'p' && c != 'P') {
            at += 2;
        }
        return Character.isUpperCase(c) ? set.negate() : set;
    }

    private IntPredicate property() throws Unsupported {
        String name;
        int start = at + 2;
        if (start < pattern.length() && pattern.charAt(start) == '{') {
            int end = pattern.indexOf('}', start);
            if (end < 0) {
                throw new Unsupported("\\p{");
            }
            name = pattern.substring(start + 1, end);
            at = end + 1;
        } else if (start < pattern.length()) {
            name = pattern.substring(start, start + 1);
            at = start + 1;
        } else {
            throw new Unsupported("\\p");
        }
        boolean negated = name.startsWith("^");
        String plain = negated ? name.substring(1) : name;
        int category = CharSet.category(plain);
        IntPredicate set;
        if (category != 0) {
            set = p -> (category >>> Character.getType(p) & 1) != 0;
        } else {
            Character.UnicodeScript script = script(plain.startsWith("Is") ? plain.substring(2) : plain);
            set = p -> Character.UnicodeScript.of(p) == script;
        }
        return negated ? set.negate() : set;
    }

    private static Character.UnicodeScript script(String name) throws Unsupported {
        try {
            return Character.UnicodeScript.forName(name);
        } catch (IllegalArgumentException e) {
            throw new Unsupported("\\p{" + name + "}");
        }
    }

    private int escaped() throws Unsupported {
        at++;
        char c = pattern.charAt(at++);
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'u' -> hex(4);
            case 'x' -> {
                if (!skip("{")) {
                    yield hex(2);
                }
                int end = pattern.indexOf('}', at);
                int value = hex(end - at);
                at++;
                yield value;
            }
            default -> {
                if (c >= 0x80 || Character.isLetterOrDigit(c)) {
                    throw new Unsupported("\\" + c);
                }
                yield c;
            }
        };
    }

    private int hex(int digits) throws Unsupported {
        if (digits < 1 || digits > 6 || at + digits > pattern.length()) {
            throw new Unsupported("hexadecimal escape");
        }
        try {
            int value = Integer.parseUnsignedInt(pattern, at, at + digits, 16);
            at += digits;
            if (value > Character.MAX_CODE_POINT || (value >= 0xd800 && value <= 0xdfff)) {
                throw new Unsupported("hexadecimal escape");
            }
            return value;
        } catch (NumberFormatException e) {
            throw new Unsupported("hexadecimal escape");
        }
    }

    private int plain() throws Unsupported {
        int c = pattern.codePointAt(at);
        if (c >= 0xd800 && c <= 0xdfff) {
            throw new Unsupported("half a surrogate pair");
        }
        at += Character.charCount(c);
        return c;
    }

    private boolean skip(String text) {
        if (pattern.startsWith(text, at)) {
            at += text.length();
            return true;
        }
        return false;
    }

    private static CharSet single(int codePoint, boolean ignoreCase) {
        IntPredicate same = p -> p == codePoint;
        return new CharSet(ignoreCase ? folded(same) : same);
    }

    /** The set closed under simple case folding, as Java's CASE_INSENSITIVE with UNICODE_CASE closes it. */
    private static IntPredicate folded(IntPredicate set) {
        return p -> {
            int upper = Character.toUpperCase(p);
            if (set.test(p) || set.test(upper) || set.test(Character.toLowerCase(upper))) {
                return true;
            }
            return (Character.toLowerCase(upper) == 's' && set.test(0x17f))
                    || (Character.toLowerCase(upper) == 'k' && set.test(0x212a));
        };
    }
}
