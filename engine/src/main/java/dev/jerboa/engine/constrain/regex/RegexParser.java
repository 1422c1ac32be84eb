package dev.jerboa.engine.constrain.regex;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Limits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads regular expressions as ECMA-262 writes them, in its Unicode mode but lenient with escapes that need not be: classes,
 * {@code \d \w \s \p{…}} and their negations, groups, alternatives, repeats, anchors. Lazy repeats are the same language as greedy
 * ones. Look-around, back-references, word boundaries and flags are refused by name.
 */
public final class RegexParser {
    private final String where;
    private final int[] pattern;
    private int at;
    private int nesting;

    private RegexParser(String pattern, String where) {
        this.where = where;
        if (pattern.length() > Limits.SOURCE_LENGTH) {
            throw new ConstraintException(where + ": the regular expression has " + pattern.length()
                    + " characters, at most " + Limits.SOURCE_LENGTH + " are read");
        }
        this.pattern = pattern.codePoints().toArray();
    }

    /** The texts that a pattern matches from beginning to end. */
    public static Expression whole(String pattern, String where) {
        return new RegexParser(pattern, where).parse().whole();
    }

    /** The texts that a pattern is found in, as JSON schema reads patterns. */
    public static Expression search(String pattern, String where) {
        return new RegexParser(pattern, where).parse().search();
    }

    private Anchored parse() {
        Anchored all = alternatives();
        if (at < pattern.length) {
            throw error("an unmatched )", "write \\) for the character");
        }
        return all;
    }

    private ConstraintException error(String what, String remedy) {
        return new ConstraintException(where + ": " + what + " at character " + (at + 1) + ": " + remedy);
    }

    private boolean has(int c) {
        return at < pattern.length && pattern[at] == c;
    }

    private boolean take(int c) {
        if (has(c)) {
            at++;
            return true;
        }
        return false;
    }

    private boolean takeText(String text) {
        if (at + text.length() > pattern.length) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (pattern[at + i] != text.charAt(i)) {
                return false;
            }
        }
        at += text.length();
        return true;
    }

    private Anchored alternatives() {
        List<Anchored> found = new ArrayList<>();
        found.add(sequence());
        while (take('|')) {
            found.add(sequence());
        }
        return Anchored.choice(found);
    }

    private Anchored sequence() {
        List<Anchored> parts = new ArrayList<>();
        while (at < pattern.length && pattern[at] != '|' && pattern[at] != ')') {
            parts.add(repeated(part()));
        }
        return Anchored.sequence(parts);
    }

    private Anchored part() {
        int c = pattern[at];
        if (c == '(') {
            return group();
        }
        if (c == '*' || c == '+' || c == '?') {
            throw error("a repeat of nothing", "put what it repeats before it");
        }
        at++;
        return switch (c) {
            case '^' -> Anchored.anchor(Anchored.AT_START);
            case '$' -> Anchored.anchor(Anchored.AT_END);
            case '.' -> one(CharacterClasses.NOT_A_LINE_END);
            case '[' -> one(bracket());
            case '\\' -> one(escape(false));
            default -> one(CodePoints.of(c));
        };
    }

    private static Anchored one(CodePoints set) {
        return Anchored.of(Expression.characters(set), false);
    }

    private Anchored group() {
        if (nesting == Limits.NESTING) {
            throw error("groups nested more than " + Limits.NESTING + " deep", "make the pattern flatter");
        }
        at++;
        if (take('?')) {
            groupKind();
        }
        nesting++;
        Anchored inner = alternatives();
        nesting--;
        if (!take(')')) {
            throw error("a group without its )", "close it");
        }
        return inner;
    }

    private void groupKind() {
        if (take(':')) {
            return;
        }
        if (has('=') || has('!')) {
            throw error("look-ahead (?" + Character.toString(pattern[at]), "say the whole text instead");
        }
        if (takeText("<=") || takeText("<!")) {
            throw error("look-behind (?<", "say the whole text instead");
        }
        if (!take('<')) {
            throw error("a group that begins with (?, such as flags or an atomic group", "use (…) or (?:…)");
        }
        while (at < pattern.length && !has('>')) {
            at++;
        }
        if (!take('>')) {
            throw error("a group's name without its >", "close it");
        }
    }

    private Anchored repeated(Anchored part) {
        Anchored result = part;
        int least;
        int most;
        if (take('*')) {
            least = 0;
            most = Expression.Repeat.UNBOUNDED;
        } else if (take('+')) {
            least = 1;
            most = Expression.Repeat.UNBOUNDED;
        } else if (take('?')) {
            least = 0;
            most = 1;
        } else {
            int @Nullable [] bounds = bounds();
            if (bounds == null) {
                return result;
            }
            least = bounds[0];
            most = bounds[1];
        }
        take('?');
        if (has('+')) {
            throw error("a possessive repeat", "remove its second +");
        }
        if (has('*') || has('?') || bounds() != null) {
            throw error("a repeat of a repeat", "put the inner one in a group");
        }
        return repeat(part, least, most);
    }

    private Anchored repeat(Anchored part, int least, int most) {
        if (part.isFree()) {
            return Anchored.of(Expression.repeat(part.free(), least, most), least == 0 || part.freeMayBeEmpty());
        }
        if (most > 1) {
            throw error("a repeated group with ^ or $ in it, ending", "take the anchor out of the group");
        }
        return least == 1 && most == 1 ? part : Anchored.choice(List.of(part, Anchored.NOTHING_YET));
    }

    /** What {@code {m}}, {@code {m,}} or {@code {m,n}} says, or null where the brace is a character. */
    private int @Nullable [] bounds() {
        int before = at;
        if (!take('{')) {
            return null;
        }
        long least = number();
        long most = least;
        if (least >= 0 && take(',')) {
            most = has('}') ? Expression.Repeat.UNBOUNDED : number();
        }
        if (least < 0 || most < 0 || !take('}')) {
            at = before;
            return null;
        }
        if (most < least) {
            throw error("a repeat of " + least + " to " + most + " times, ending", "put the smaller number first");
        }
        if (least > Limits.REPEATS || (most > Limits.REPEATS && most != Expression.Repeat.UNBOUNDED)) {
            throw error("a repeat of more than " + Limits.REPEATS + " times, ending", "lower it or leave the end open");
        }
        return new int[] {(int) least, (int) most};
    }

    private long number() {
        if (at == pattern.length || pattern[at] < '0' || pattern[at] > '9') {
            return -1;
        }
        long value = 0;
        while (at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9') {
            value = Math.min(Limits.REPEATS + 1L, value * 10 + pattern[at++] - '0');
        }
        return value;
    }

    private CodePoints bracket() {
        boolean negated = take('^');
        CodePoints.Builder set = new CodePoints.Builder();
        while (!has(']')) {
            CodePoints first = bracketItem();
            if (!has('-') || (at + 1 < pattern.length && pattern[at + 1] == ']')) {
                set.add(first);
                continue;
            }
            at++;
            CodePoints last = bracketItem();
            if (isOne(first) && isOne(last)) {
                if (last.first(0) < first.first(0)) {
                    throw error("a range of characters that runs backwards, ending", "put the smaller one first");
                }
                set.add(first.first(0), last.first(0));
            } else {
                set.add(first).add('-', '-').add(last);
            }
        }
        at++;
        CodePoints all = set.build();
        return negated ? all.complement() : all;
    }

    private static boolean isOne(CodePoints set) {
        return set.ranges() == 1 && set.first(0) == set.last(0);
    }

    private CodePoints bracketItem() {
        if (at >= pattern.length) {
            throw error("a [ without its ]", "close it");
        }
        if (take('\\')) {
            return escape(true);
        }
        return CodePoints.of(pattern[at++]);
    }

    private CodePoints escape(boolean inBracket) {
        if (at == pattern.length) {
            throw error("a \\ at the end", "write \\\\ for the character");
        }
        int c = pattern[at++];
        return switch (c) {
            case 'd' -> CharacterClasses.DIGIT;
            case 'D' -> CharacterClasses.DIGIT.complement();
            case 'w' -> CharacterClasses.WORD;
            case 'W' -> CharacterClasses.WORD.complement();
            case 's' -> CharacterClasses.SPACE;
            case 'S' -> CharacterClasses.SPACE.complement();
            case 'p' -> property();
            case 'P' -> property().complement();
            case 't' -> CodePoints.of('\t');
            case 'n' -> CodePoints.of('\n');
            case 'r' -> CodePoints.of('\r');
            case 'f' -> CodePoints.of('\f');
            case 'v' -> CodePoints.of(0x0b);
            case 'x' -> CodePoints.of(hex(2));
            case 'u' -> CodePoints.of(unicode());
            case 'c' -> CodePoints.of(control());
            case '0' -> zero();
            case 'b' -> {
                if (inBracket) {
                    yield CodePoints.of('\b');
                }
                throw error("a word boundary \\b, ending", "say the characters before and after instead");
            }
            case 'B' -> throw error("a word boundary \\B, ending", "say the characters before and after instead");
            case 'k', '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
                throw error("a back-reference \\" + Character.toString(c) + ", ending", "write the text out");
            default -> {
                if (c < 0x80 && Character.isLetterOrDigit(c)) {
                    throw error("the unknown escape \\" + (char) c + ", ending", "remove the \\ or use another escape");
                }
                yield CodePoints.of(c);
            }
        };
    }

    private CodePoints zero() {
        if (at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9') {
            throw error("an octal escape", "write \\x and two hexadecimal digits");
        }
        return CodePoints.of(0);
    }

    private int control() {
        if (at == pattern.length || !Character.isLetter(pattern[at]) || pattern[at] >= 0x80) {
            throw error("\\c without a letter", "write \\x and two hexadecimal digits");
        }
        return pattern[at++] & 0x1f;
    }

    private int hex(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < pattern.length ? Character.digit(pattern[at], 16) : -1;
            if (digit < 0) {
                throw error("an escape with too few hexadecimal digits", "write " + digits);
            }
            value = value << 4 | digit;
            at++;
        }
        return value;
    }

    private int unicode() {
        if (take('{')) {
            int value = 0;
            int digits = 0;
            while (at < pattern.length && !has('}')) {
                int digit = Character.digit(pattern[at], 16);
                if (digit < 0 || value > CodePoints.MAX >> 4) {
                    throw error("\\u{ without a code point up to 10FFFF", "write hexadecimal digits and }");
                }
                value = value << 4 | digit;
                digits++;
                at++;
            }
            if (!take('}') || digits == 0) {
                throw error("\\u{ without a code point and }", "write hexadecimal digits and }");
            }
            return value;
        }
        int unit = hex(4);
        if (Character.isHighSurrogate((char) unit) && takeText("\\u")) {
            int low = hex(4);
            if (Character.isLowSurrogate((char) low)) {
                return Character.toCodePoint((char) unit, (char) low);
            }
            throw error("half a surrogate pair, ending", "write \\u{…} with the code point");
        }
        return unit;
    }

    private CodePoints property() {
        if (!take('{')) {
            throw error("\\p without {…}", "name a property, as in \\p{L}");
        }
        StringBuilder name = new StringBuilder();
        while (at < pattern.length && !has('}')) {
            name.appendCodePoint(pattern[at++]);
        }
        if (!take('}')) {
            throw error("\\p{ without its }", "close it");
        }
        CodePoints set = CharacterClasses.property(name.toString());
        if (set == null) {
            throw error("the unknown property \\p{" + name + "}, ending", "use a general category or Script=…");
        }
        return set;
    }
}
