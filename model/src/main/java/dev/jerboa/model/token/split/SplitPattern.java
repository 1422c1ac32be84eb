package dev.jerboa.model.token.split;

import dev.jerboa.model.ModelException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** A pattern whose matches cut a text. Immutable and safe for several threads. */
public sealed interface SplitPattern {
    /**
     * Adds start and end of every match, from left to right and without overlap, to {@code out}. The text from {@code from}
     * to {@code to} is UTF-8 of whole characters; patterns see nothing outside of it.
     */
    void matches(byte[] text, int from, int to, IntList out);

    /**
     * A pattern by its regular expression, as Hugging Face tokenizers (Oniguruma) reads it.
     *
     * @param source the file, for messages
     * @throws ModelException where it is not a regular expression that can be used here
     */
    static SplitPattern regex(String regex, String source) {
        try {
            Node[] alternatives = PatternParser.parse(regex);
            boolean empty = false;
            for (Node alternative : alternatives) {
                empty |= alternative.shortest() == 0;
            }
            if (!empty) {
                return new Scanned(regex, alternatives);
            }
        } catch (PatternParser.Unsupported e) {
            // java.util.regex knows more
        }
        return Interpreted.compile(regex, source);
    }

    /** A pattern that matches {@code text}, which is not empty, itself. */
    static SplitPattern literal(String text, String source) {
        if (text.isEmpty()) {
            throw new ModelException(source + ": a Split pattern is an empty string, expected text");
        }
        return new Scanned(text, new Node[] {PatternParser.literal(text)});
    }

    /** A pattern as nodes; alternatives that cannot start with the next ASCII character are not tried. */
    final class Scanned implements SplitPattern {
        private final String pattern;
        private final Node[] alternatives;
        private final Node[][] byFirst = new Node[128][];
        /** Where a failed match of a run up to an end tells that no later start in the run can match. */
        private final boolean skipsRun;

        Scanned(String pattern, Node[] alternatives) {
            this.pattern = pattern;
            this.alternatives = alternatives;
            for (int c = 0; c < 128; c++) {
                int ascii = c;
                byFirst[c] = Arrays.stream(alternatives)
                        .filter(a -> a.mayStart(ascii))
                        .toArray(Node[]::new);
            }
            skipsRun = alternatives.length == 1
                    && alternatives[0] instanceof Node.Run run
                    && run.least() <= 1
                    && run.most() == Integer.MAX_VALUE
                    && run.next() instanceof Node.End;
        }

        @Override
        public void matches(byte[] text, int from, int to, IntList out) {
            Node.Cursor cursor = null;
            int at = from;
            while (at < to) {
                int end = -1;
                byte lead = text[at];
                Node[] candidates = lead >= 0 ? byFirst[lead] : alternatives;
                if (candidates.length > 0) {
                    if (cursor == null) {
                        cursor = new Node.Cursor(pattern, text, from, to);
                    }
                    end = first(candidates, cursor, at);
                }
                if (end >= 0) {
                    out.add(at);
                    out.add(end);
                    at = end;
                } else {
                    at = skipsRun ? afterRun(text, at, to) : at + Utf8.length(lead);
                }
            }
        }

        private static int first(Node[] candidates, Node.Cursor cursor, int at) {
            for (Node candidate : candidates) {
                int end = candidate.match(cursor, at);
                if (end >= 0) {
                    return end;
                }
            }
            return -1;
        }

        private int afterRun(byte[] text, int from, int to) {
            CharSet set = ((Node.Run) alternatives[0]).set();
            int at = from;
            while (at < to && set.has(Utf8.codePoint(text, at))) {
                at += Utf8.length(text[at]);
            }
            return Math.max(at, from + Utf8.length(text[from]));
        }
    }

    /** A pattern run by java.util.regex, with a bound on its steps. */
    final class Interpreted implements SplitPattern {
        private final Pattern pattern;

        private Interpreted(Pattern pattern) {
            this.pattern = pattern;
        }

        static Interpreted compile(String regex, String source) {
            try {
                return new Interpreted(Pattern.compile(
                        javaSyntax(regex),
                        Pattern.UNICODE_CHARACTER_CLASS
                                | Pattern.UNICODE_CASE
                                | Pattern.MULTILINE
                                | Pattern.UNIX_LINES));
            } catch (PatternSyntaxException e) {
                throw new ModelException(
                        source + ": the pre-tokenizer pattern " + regex
                                + " is not a regular expression that is supported: " + e.getDescription(),
                        e);
            }
        }

        /** Script names without the prefix that Java wants: {@code \p{Han}} to {@code \p{IsHan}}. */
        static String javaSyntax(String regex) {
            return Pattern.compile("\\\\([pP])\\{(\\^?)(?!Is)(\\w{3,})}")
                    .matcher(regex)
                    .replaceAll(m -> Matcher.quoteReplacement("\\"
                            + (m.group(2).isEmpty() ? m.group(1) : m.group(1).equals("p") ? "P" : "p")
                            + "{Is" + m.group(3) + "}"));
        }

        @Override
        public void matches(byte[] text, int from, int to, IntList out) {
            String chars = new String(text, from, to - from, StandardCharsets.UTF_8);
            Matcher matcher = pattern.matcher(new Bounded(chars, (1L << 22) + 256L * chars.length()));
            int at = from;
            int index = 0;
            try {
                while (matcher.find()) {
                    int start = at + bytes(chars, index, matcher.start());
                    at = start + bytes(chars, matcher.start(), matcher.end());
                    index = matcher.end();
                    out.add(start);
                    out.add(at);
                }
            } catch (StackOverflowError e) {
                throw new ModelException(
                        "pre-tokenizer pattern " + pattern + " nests too deeply on a text of " + chars.length()
                                + " characters: cut the text into shorter ones",
                        e);
            }
        }

        private static int bytes(String chars, int from, int to) {
            int bytes = 0;
            for (int i = from; i < to; i++) {
                char c = chars.charAt(i);
                bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
            return bytes;
        }
    }

    /** A text that counts how often it is looked at. */
    final class Bounded implements CharSequence {
        private final String text;
        private long left;

        Bounded(String text, long left) {
            this.text = text;
            this.left = left;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new ModelException("a pre-tokenizer pattern takes too many steps on a text of " + text.length()
                        + " characters: the pattern backtracks; use a tokenizer with another one");
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
