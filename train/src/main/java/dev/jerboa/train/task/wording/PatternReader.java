package dev.jerboa.train.task.wording;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the notation of wordings:
 *
 * <pre>
 * (a|b|c)       one of them; one may be empty
 * [a|b]         one of them, or nothing in half of the cases
 * {part}        a part of the question, such as a number
 * {he/she}      by the gender of the part {name}
 * {a:things}    a counted noun: the part a, and the part things
 * {a:كتب/كتابا}   the same with a noun that stands there, as Noun.of reads it
 * &lt;rule&gt;        a rule of the grammar
 * \(            the character itself
 * </pre>
 */
final class PatternReader {
    private final String text;
    private final Rules rules;
    private int at;

    private PatternReader(String text, Rules rules) {
        this.text = text;
        this.rules = rules;
    }

    /** @param rules what names are looked up in, when the pattern is spoken */
    static Piece read(String text, Rules rules) {
        PatternReader reader = new PatternReader(text, rules);
        Piece piece = reader.row();
        if (reader.at < text.length()) {
            throw reader.mistake("a " + text.charAt(reader.at) + " that nothing opened");
        }
        return piece;
    }

    /** The alternatives of a rule, without parentheses around them. */
    static List<Piece> alternatives(String text, Rules rules) {
        PatternReader reader = new PatternReader(text, rules);
        List<Piece> choices = reader.choices();
        if (reader.at < text.length()) {
            throw reader.mistake("a " + text.charAt(reader.at) + " that nothing opened");
        }
        return choices;
    }

    private List<Piece> choices() {
        List<Piece> choices = new ArrayList<>();
        choices.add(row());
        while (at < text.length() && text.charAt(at) == '|') {
            at++;
            choices.add(row());
        }
        return List.copyOf(choices);
    }

    private Piece row() {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        while (at < text.length() && "|)]".indexOf(text.charAt(at)) < 0) {
            char c = text.charAt(at++);
            Piece piece = switch (c) {
                case '(' -> new Piece.Choice(closed(')'));
                case '[' -> new Piece.Perhaps(new Piece.Choice(closed(']')));
                case '{' -> part(upTo('}'));
                case '<' -> new Piece.Named(upTo('>'), rules);
                default -> null;
            };
            if (piece == null) {
                if (c == '\\') {
                    if (at == text.length()) {
                        throw mistake("a \\ at its end");
                    }
                    c = text.charAt(at++);
                }
                plain.append(c);
                continue;
            }
            if (!plain.isEmpty()) {
                pieces.add(new Piece.Text(plain.toString()));
                plain.setLength(0);
            }
            pieces.add(piece);
        }
        if (!plain.isEmpty()) {
            pieces.add(new Piece.Text(plain.toString()));
        }
        return pieces.size() == 1 ? pieces.getFirst() : new Piece.Row(List.copyOf(pieces));
    }

    private List<Piece> closed(char end) {
        List<Piece> choices = choices();
        if (at == text.length() || text.charAt(at) != end) {
            throw mistake("no " + end);
        }
        at++;
        return choices;
    }

    private String upTo(char end) {
        int to = text.indexOf(end, at);
        if (to < 0) {
            throw mistake("no " + end);
        }
        String inside = text.substring(at, to);
        at = to + 1;
        return inside;
    }

    private static Piece part(String inside) {
        int colon = inside.indexOf(':');
        if (colon > 0) {
            String noun = inside.substring(colon + 1);
            return new Piece.Counted(inside.substring(0, colon), noun, Noun.of(noun));
        }
        int slash = inside.indexOf('/');
        return slash < 0
                ? new Piece.Part(inside)
                : new Piece.Gendered(inside.substring(0, slash), inside.substring(slash + 1));
    }

    private IllegalArgumentException mistake(String what) {
        return new IllegalArgumentException("the wording \"" + text + "\" has " + what + " at " + at);
    }
}
