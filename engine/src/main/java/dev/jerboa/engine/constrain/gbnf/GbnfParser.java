package dev.jerboa.engine.constrain.gbnf;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Limits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads GBNF: rules {@code name ::= …}, of which {@code root} is the whole text; literals, classes of characters, {@code .},
 * alternatives, groups, repeats {@code * + ? {m} {m,} {m,n}}, comments. A rule ends with its line, but for what is in parentheses or
 * after {@code |} or {@code ::=}, or where the next line begins with {@code |}.
 */
public final class GbnfParser {
    private static final String ROOT = "root";

    private final String source;
    private final Map<String, Expression.Rule> rules = new LinkedHashMap<>();
    private final Map<String, Integer> used = new LinkedHashMap<>();
    private int at;
    private int nesting;

    private GbnfParser(String source) {
        this.source = source;
        if (source.length() > Limits.SOURCE_LENGTH) {
            throw new ConstraintException("grammar: " + source.length() + " characters, at most " + Limits.SOURCE_LENGTH
                    + " are read: make it smaller");
        }
    }

    /** The texts of the rule {@code root}. */
    public static Expression parse(String source) {
        return new GbnfParser(source).parse();
    }

    private Expression parse() {
        space(true);
        while (at < source.length()) {
            rule();
            space(true);
        }
        used.forEach((name, place) -> {
            if (!named(name).isDefined()) {
                at = place;
                throw error("the rule " + name + " is not defined", "define it: " + name + " ::= …");
            }
        });
        Expression.Rule root = rules.get(ROOT);
        if (root == null) {
            throw new ConstraintException("grammar: there is no rule root: name the rule of the whole text so");
        }
        return root;
    }

    private ConstraintException error(String what, String remedy) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < Math.min(at, source.length()); i++) {
            column++;
            if (source.charAt(i) == '\n') {
                line++;
                column = 1;
            }
        }
        return new ConstraintException("grammar " + line + ":" + column + ": " + what + ": " + remedy);
    }

    private boolean has(char c) {
        return at < source.length() && source.charAt(at) == c;
    }

    private boolean take(char c) {
        if (has(c)) {
            at++;
            return true;
        }
        return false;
    }

    /** Skips spaces and comments, and line ends where the rule goes on. */
    private void space(boolean lines) {
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '#') {
                while (at < source.length() && source.charAt(at) != '\n' && source.charAt(at) != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private Expression.Rule named(String name) {
        return rules.computeIfAbsent(name, Expression.Rule::new);
    }

    private void rule() {
        int begin = at;
        String name = name();
        space(false);
        if (!source.startsWith("::=", at)) {
            throw error("expected ::= after the rule's name " + name, "write " + name + " ::= …");
        }
        at += 3;
        space(true);
        Expression body = alternatives();
        if (at < source.length() && !has('\n') && !has('\r')) {
            throw error("unexpected " + Character.toString(source.codePointAt(at)), "end the rule's line, or quote it");
        }
        if (named(name).isDefined()) {
            at = begin;
            throw error("the rule " + name + " is defined twice", "give one of the two another name");
        }
        named(name).define(body);
    }

    private static boolean isNamePart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    private String name() {
        int begin = at;
        while (at < source.length() && isNamePart(source.charAt(at))) {
            at++;
        }
        if (begin == at) {
            throw error("expected the name of a rule", "write letters, digits and hyphens");
        }
        return source.substring(begin, at);
    }

    private Expression alternatives() {
        List<Expression> found = new ArrayList<>();
        found.add(sequence());
        while (bar()) {
            space(true);
            found.add(sequence());
        }
        return Expression.choice(found);
    }

    /** Takes a bar, also one that begins a line, which llama.cpp does not read outside of parentheses. */
    private boolean bar() {
        int before = at;
        space(true);
        if (take('|')) {
            return true;
        }
        at = before;
        return false;
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        while (at < source.length() && !has('|') && !has(')') && !has('\n') && !has('\r')) {
            parts.add(repeated(part()));
            space(nesting > 0);
        }
        return Expression.sequence(parts);
    }

    private Expression part() {
        if (take('"')) {
            return literal();
        }
        if (take('[')) {
            return bracket();
        }
        if (take('(')) {
            return group();
        }
        if (take('.')) {
            return Expression.ANY_CHARACTER;
        }
        if (has('<') || has('!')) {
            throw error("tokens in a grammar, <…>, are not supported", "write the token's text in quotation marks");
        }
        if (at < source.length() && isNamePart(source.charAt(at))) {
            int begin = at;
            String name = name();
            used.putIfAbsent(name, begin);
            return named(name);
        }
        throw error(
                at < source.length() ? "unexpected " + Character.toString(source.codePointAt(at)) : "unexpected end",
                "expected a name, \"text\", [characters], . or (");
    }

    private Expression group() {
        if (nesting == Limits.NESTING) {
            throw error("parentheses nested more than " + Limits.NESTING + " deep", "give inner parts names as rules");
        }
        nesting++;
        space(true);
        Expression inner = alternatives();
        nesting--;
        if (!take(')')) {
            throw error("a ( without its )", "close it");
        }
        return inner;
    }

    private Expression literal() {
        StringBuilder text = new StringBuilder();
        while (!has('"')) {
            text.appendCodePoint(character());
        }
        at++;
        return Expression.literal(text.toString());
    }

    private Expression bracket() {
        boolean negated = take('^');
        CodePoints.Builder set = new CodePoints.Builder();
        while (!has(']')) {
            int first = character();
            if (has('-') && at + 1 < source.length() && source.charAt(at + 1) != ']') {
                at++;
                int last = character();
                if (last < first) {
                    throw error("a range of characters that runs backwards", "put the smaller one first");
                }
                set.add(first, last);
            } else {
                set.add(first, first);
            }
        }
        at++;
        CodePoints all = set.build();
        return Expression.characters(negated ? all.complement() : all);
    }

    private int character() {
        if (at >= source.length()) {
            throw error("the grammar ends inside a text or class", "close it with \" or ]");
        }
        int c = source.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return c;
        }
        if (at >= source.length()) {
            throw error("a \\ at the end", "write \\\\ for the character");
        }
        char escape = source.charAt(at++);
        return switch (escape) {
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            case 'U' -> hex(8);
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'n' -> '\n';
            case '\\', '"', '[', ']', '^', '-' -> escape;
            default ->
                throw error(
                        "the unknown escape \\" + escape, "use \\x, \\u, \\U, \\t, \\r, \\n, \\\\, \\\", \\[ or \\]");
        };
    }

    private int hex(int digits) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < source.length() ? Character.digit(source.charAt(at), 16) : -1;
            if (digit < 0) {
                throw error("an escape with too few hexadecimal digits", "write " + digits);
            }
            value = value << 4 | digit;
            at++;
        }
        if (value > CodePoints.MAX) {
            throw error("an escape beyond U+10FFFF", "write a code point that there is");
        }
        return (int) value;
    }

    private Expression repeated(Expression part) {
        Expression all = part;
        for (int repeats = 0; repeats < Limits.NESTING; repeats++) {
            if (take('*')) {
                all = Expression.any(all);
            } else if (take('+')) {
                all = Expression.repeat(all, 1, Expression.Repeat.UNBOUNDED);
            } else if (take('?')) {
                all = Expression.optional(all);
            } else if (take('{')) {
                all = bounded(all);
            } else {
                return all;
            }
        }
        throw error("more than " + Limits.NESTING + " repeats of repeats", "one is enough");
    }

    private Expression bounded(Expression part) {
        space(nesting > 0);
        int least = number();
        space(nesting > 0);
        int most = least;
        if (take(',')) {
            space(nesting > 0);
            most = has('}') ? Expression.Repeat.UNBOUNDED : number();
            space(nesting > 0);
        }
        if (!take('}')) {
            throw error("a { without its }", "write {m}, {m,} or {m,n}");
        }
        if (most < least) {
            throw error("a repeat of " + least + " to " + most + " times", "put the smaller number first");
        }
        return Expression.repeat(part, least, most);
    }

    private int number() {
        long value = 0;
        int begin = at;
        while (at < source.length() && source.charAt(at) >= '0' && source.charAt(at) <= '9') {
            value = Math.min(Limits.REPEATS + 1L, value * 10 + source.charAt(at++) - '0');
        }
        if (at == begin) {
            throw error("expected a number of times", "write {m}, {m,} or {m,n}");
        }
        if (value > Limits.REPEATS) {
            throw error("a repeat of more than " + Limits.REPEATS + " times", "lower it or leave the end open");
        }
        return (int) value;
    }
}
