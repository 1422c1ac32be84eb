package dev.jerboa.model.token.split;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Cuts words into smaller ones: a pre-tokenizer. Immutable and safe for several threads. */
public sealed interface Splitter {
    /** Replaces the words by the parts of them. */
    void apply(Words words);

    /** What becomes of the matches of a pattern. */
    enum Behavior {
        REMOVED,
        ISOLATED,
        MERGED_WITH_PREVIOUS,
        MERGED_WITH_NEXT,
        CONTIGUOUS
    }

    /** {@code pattern} with each match a word, and each gap between matches. */
    static Splitter isolating(String regex, String source) {
        return new ByPattern(SplitPattern.regex(regex, source), Behavior.ISOLATED, false);
    }

    /** Cuts at the matches of a pattern, or, inverted, at what is between them. */
    record ByPattern(SplitPattern pattern, Behavior behavior, boolean invert) implements Splitter {
        @Override
        public void apply(Words words) {
            byte[] text = words.text();
            IntList matches = new IntList(16);
            for (int i = 0; i < words.count(); i++) {
                int start = words.start(i);
                int end = words.end(i);
                matches.clear();
                pattern.matches(text, start, end, matches);
                cut(matches, start, end, words);
            }
            words.commit();
        }

        private void cut(IntList matches, int start, int end, Words words) {
            int at = start;
            int held = start;
            boolean wasMatch = false;
            for (int m = 0; m <= matches.size(); m += 2) {
                boolean last = m == matches.size();
                int matchStart = last ? end : matches.get(m);
                if (matchStart > at) {
                    held = part(words, held, at, matchStart, invert, wasMatch);
                    wasMatch = invert;
                    at = matchStart;
                }
                if (!last) {
                    int matchEnd = matches.get(m + 1);
                    if (matchEnd > at) {
                        held = part(words, held, at, matchEnd, !invert, wasMatch);
                        wasMatch = !invert;
                    }
                    at = matchEnd;
                }
            }
            if (behavior == Behavior.MERGED_WITH_PREVIOUS
                    || behavior == Behavior.MERGED_WITH_NEXT
                    || behavior == Behavior.CONTIGUOUS) {
                words.emit(held, end);
            }
        }

        /** Takes the part {@code from}–{@code to}; {@code held} is where the word not yet given out begins. Returns the new one. */
        private int part(Words words, int held, int from, int to, boolean match, boolean wasMatch) {
            switch (behavior) {
                case ISOLATED -> words.emit(from, to);
                case REMOVED -> {
                    if (!match) {
                        words.emit(from, to);
                    }
                }
                case MERGED_WITH_PREVIOUS -> {
                    if (!(match && !wasMatch)) {
                        words.emit(held, from);
                        return from;
                    }
                }
                case MERGED_WITH_NEXT -> {
                    if (!(wasMatch && !match)) {
                        words.emit(held, from);
                        return from;
                    }
                }
                case CONTIGUOUS -> {
                    if (match != wasMatch) {
                        words.emit(held, from);
                        return from;
                    }
                }
            }
            return behavior == Behavior.ISOLATED || behavior == Behavior.REMOVED ? to : held;
        }
    }

    /**
     * Runs of decimal digits cut into threes from the right, where {@code wordBounded} only if no letter follows; the first
     * group has what is left. {@code \d{1,3}(?=(?:\d{3})*\b)} and {@code (?=(\d{3})+(?!\d))} mean this.
     */
    record DigitThrees(boolean wordBounded) implements Splitter {
        private static final CharSet DIGITS = new CharSet(c -> Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER);
        private static final CharSet WORD = new CharSet(CharSet::isWord);

        @Override
        public void apply(Words words) {
            byte[] text = words.text();
            for (int i = 0; i < words.count(); i++) {
                cut(words, text, words.start(i), words.end(i));
            }
            words.commit();
        }

        private void cut(Words words, byte[] text, int start, int end) {
            int gap = start;
            int at = start;
            while (at < end) {
                int run = at;
                int digits = 0;
                while (at < end && DIGITS.has(Utf8.codePoint(text, at))) {
                    at += Utf8.length(text[at]);
                    digits++;
                }
                if (digits == 0) {
                    at += Utf8.length(text[at]);
                } else if (!wordBounded || at == end || !WORD.has(Utf8.codePoint(text, at))) {
                    words.emit(gap, run);
                    int group = run;
                    int width = Utf8.length(text[run]);
                    for (int d = 1, p = run + width; d <= digits; d++) {
                        if ((digits - d) % 3 == 0) {
                            words.emit(group, p);
                            group = p;
                        }
                        p += d < digits ? Utf8.length(text[p]) : 0;
                    }
                    gap = at;
                }
            }
            words.emit(gap, end);
        }
    }

    /** Puts {@code replacement} for every space and, where the scheme says so, before a word; then cuts before each one. */
    record Metaspace(String replacement, Prepend prepend, boolean split) implements Splitter {
        /** Which words get the replacement put before them. */
        public enum Prepend {
            ALWAYS,
            FIRST,
            NEVER
        }

        @Override
        public void apply(Words words) {
            byte[] mark = replacement.getBytes(StandardCharsets.UTF_8);
            byte[] text = words.text();
            ByteArrayOutputStream out = new ByteArrayOutputStream(text.length + text.length / 2 + 8);
            for (int i = 0; i < words.count(); i++) {
                int start = words.start(i);
                int end = words.end(i);
                int word = out.size();
                boolean wanted = prepend == Prepend.ALWAYS || (prepend == Prepend.FIRST && words.first() && i == 0);
                if (wanted && text[start] != ' ' && !startsWith(text, start, end, mark)) {
                    out.writeBytes(mark);
                }
                for (int p = start; p < end; p++) {
                    boolean before = split && startsWith(text, p, end, mark);
                    if (split && p > start && (text[p] == ' ' || before)) {
                        words.emit(word, out.size());
                        word = out.size();
                    }
                    if (text[p] == ' ') {
                        out.writeBytes(mark);
                    } else {
                        out.write(text[p]);
                    }
                }
                words.emit(word, out.size());
            }
            words.commit(out.toByteArray());
        }

        private static boolean startsWith(byte[] text, int at, int end, byte[] mark) {
            if (end - at < mark.length) {
                return false;
            }
            for (int i = 0; i < mark.length; i++) {
                if (text[at + i] != mark[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Puts a space before every word that does not begin with white space (ByteLevel's {@code add_prefix_space}). */
    record SpaceBefore() implements Splitter {
        @Override
        public void apply(Words words) {
            byte[] text = words.text();
            ByteArrayOutputStream out = new ByteArrayOutputStream(text.length + words.count());
            for (int i = 0; i < words.count(); i++) {
                int start = words.start(i);
                int word = out.size();
                if (text[start] != ' ') {
                    out.write(' ');
                }
                out.write(text, start, words.end(i) - start);
                words.emit(word, out.size());
            }
            words.commit(out.toByteArray());
        }
    }

    /**
     * Splitters that come after the bytes were written as GPT-2's characters: they see {@code Ġ} for a space and two letters
     * for the bytes of {@code é}. The words stay bytes.
     */
    record OverByteLevel(List<Splitter> splitters) implements Splitter {
        @Override
        public void apply(Words words) {
            byte[] text = words.text();
            for (int i = 0; i < words.count(); i++) {
                int start = words.start(i);
                StringBuilder mapped = new StringBuilder(words.end(i) - start);
                for (int p = start; p < words.end(i); p++) {
                    mapped.append(ByteAlphabet.character(text[p]));
                }
                byte[] bytes = mapped.toString().getBytes(StandardCharsets.UTF_8);
                Words inner = new Words(bytes, 0, bytes.length, false);
                for (Splitter splitter : splitters) {
                    splitter.apply(inner);
                }
                int at = 0;
                int index = start;
                for (int w = 0; w < inner.count(); w++) {
                    index += characters(bytes, at, inner.start(w));
                    int from = index;
                    index += characters(bytes, inner.start(w), inner.end(w));
                    words.emit(from, index);
                    at = inner.end(w);
                }
            }
            words.commit();
        }

        private static int characters(byte[] text, int from, int to) {
            int count = 0;
            for (int i = from; i < to; i++) {
                count += (text[i] & 0xc0) != 0x80 ? 1 : 0;
            }
            return count;
        }
    }
}
