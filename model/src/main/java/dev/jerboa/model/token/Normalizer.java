package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.split.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rewrites a text before it is cut into words. Immutable and safe for several threads. */
sealed interface Normalizer {
    String apply(String text);

    /** One after the other. */
    record Sequence(List<Normalizer> normalizers) implements Normalizer {
        @Override
        public String apply(String text) {
            String result = text;
            for (Normalizer normalizer : normalizers) {
                result = normalizer.apply(result);
            }
            return result;
        }
    }

    /** A Unicode normalization form. */
    record Form(java.text.Normalizer.Form form) implements Normalizer {
        @Override
        public String apply(String text) {
            return java.text.Normalizer.isNormalized(text, form) ? text : java.text.Normalizer.normalize(text, form);
        }
    }

    /** Lower case, character by character, without the rules of a language. */
    record Lowercase() implements Normalizer {
        @Override
        public String apply(String text) {
            StringBuilder lower = new StringBuilder(text.length());
            text.codePoints().forEach(c -> {
                if (c == 0x130) {
                    lower.append("i\u0307");
                } else {
                    lower.appendCodePoint(Character.toLowerCase(c));
                }
            });
            return lower.toString();
        }
    }

    /** Without combining marks; with {@code spacing} of all kinds, otherwise only those that take no space of their own. */
    record StripMarks(boolean spacing) implements Normalizer {
        @Override
        public String apply(String text) {
            StringBuilder kept = new StringBuilder(text.length());
            text.codePoints()
                    .filter(c -> switch (Character.getType(c)) {
                        case Character.NON_SPACING_MARK -> false;
                        case Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK -> !spacing;
                        default -> true;
                    })
                    .forEach(kept::appendCodePoint);
            return kept.toString();
        }
    }

    /** BERT's cleaning: no control characters, every white space a space; CJK ideographs between spaces. */
    record BertClean(boolean clean, boolean ideographs) implements Normalizer {
        @Override
        public String apply(String text) {
            StringBuilder out = new StringBuilder(text.length() + 16);
            text.codePoints().forEach(c -> {
                if (clean && isControl(c)) {
                    return;
                }
                int kept = clean && Utf8.isSpace(c) ? ' ' : c;
                if (ideographs && isIdeograph(c)) {
                    out.append(' ').appendCodePoint(kept).append(' ');
                } else {
                    out.appendCodePoint(kept);
                }
            });
            return out.toString();
        }

        private static boolean isControl(int c) {
            if (c == '\t' || c == '\n' || c == '\r') {
                return false;
            }
            return switch (Character.getType(c)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.PRIVATE_USE,
                        Character.SURROGATE,
                        Character.UNASSIGNED -> true;
                default -> c == 0xfffd;
            };
        }

        /** The blocks that BERT's reference code lists. */
        private static boolean isIdeograph(int c) {
            return (c >= 0x4e00 && c <= 0x9fff)
                    || (c >= 0x3400 && c <= 0x4dbf)
                    || (c >= 0x20000 && c <= 0x2a6df)
                    || (c >= 0x2a700 && c <= 0x2b73f)
                    || (c >= 0x2b740 && c <= 0x2b81f)
                    || (c >= 0x2b920 && c <= 0x2ceaf)
                    || (c >= 0xf900 && c <= 0xfaff)
                    || (c >= 0x2f800 && c <= 0x2fa1f);
        }
    }

    /** A text before every text that is not empty. */
    record Prepend(String prefix) implements Normalizer {
        @Override
        public String apply(String text) {
            return text.isEmpty() ? text : prefix + text;
        }
    }

    /** One text for another. */
    record Replace(String from, String to) implements Normalizer {
        @Override
        public String apply(String text) {
            return text.replace(from, to);
        }
    }

    /** A text for what a pattern matches. */
    record ReplacePattern(Pattern pattern, String to) implements Normalizer {
        @Override
        public String apply(String text) {
            return pattern.matcher(text).replaceAll(Matcher.quoteReplacement(to));
        }
    }

    /** Without white space at the ends. */
    record Strip(boolean left, boolean right) implements Normalizer {
        @Override
        public String apply(String text) {
            int from = 0;
            int to = text.length();
            while (left && from < to && Utf8.isSpace(text.charAt(from))) {
                from++;
            }
            while (right && to > from && Utf8.isSpace(text.charAt(to - 1))) {
                to--;
            }
            return text.substring(from, to);
        }
    }

    /**
     * The spaces of SentencePiece: runs become one and those at the ends go where {@code squeeze}; then one is put before the
     * text where {@code prefix}.
     */
    record Spaces(boolean squeeze, boolean prefix) implements Normalizer {
        @Override
        public String apply(String text) {
            StringBuilder out = new StringBuilder(text.length() + 1);
            if (squeeze) {
                for (int i = 0; i < text.length(); i++) {
                    char c = text.charAt(i);
                    if (c != ' ' || (!out.isEmpty() && out.charAt(out.length() - 1) != ' ')) {
                        out.append(c);
                    }
                }
                if (!out.isEmpty() && out.charAt(out.length() - 1) == ' ') {
                    out.setLength(out.length() - 1);
                }
            } else {
                out.append(text);
            }
            return prefix && !out.isEmpty() ? out.insert(0, ' ').toString() : out.toString();
        }
    }

    /**
     * SentencePiece's compiled table of replacements ({@code precompiled_charsmap}): a double array trie over UTF-8 (u32
     * length, then its u32 units as in Darts-clone), whose values are offsets of zero-ended texts behind it. The longest
     * match is replaced; what does not match stays.
     */
    final class CharsMap implements Normalizer {
        private final int[] units;
        private final byte[] texts;

        /** @throws ModelException where the table is not of this form */
        CharsMap(byte[] table, String source) {
            ByteBuffer in = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
            long size = table.length < 4 ? -1 : Integer.toUnsignedLong(in.getInt());
            if (size < 4 || size % 4 != 0 || size > table.length - 4L) {
                throw new ModelException(source + ": precompiled_charsmap has " + table.length
                        + " bytes and gives its trie a length of " + size + ", expected a multiple of 4 that fits");
            }
            units = new int[(int) size / 4];
            in.asIntBuffer().get(units);
            texts = Arrays.copyOfRange(table, 4 + (int) size, table.length);
        }

        @Override
        public String apply(String text) {
            byte[] in = text.getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream out = null;
            int copied = 0;
            for (int at = 0; at < in.length; ) {
                long match = longest(in, at);
                if (match < 0) {
                    at += Utf8.length(in[at]);
                    continue;
                }
                if (out == null) {
                    out = new ByteArrayOutputStream(in.length + 16);
                }
                out.write(in, copied, at - copied);
                for (int p = (int) match; p < texts.length && texts[p] != 0; p++) {
                    out.write(texts[p]);
                }
                at += (int) (match >>> 32);
                copied = at;
            }
            if (out == null) {
                return text;
            }
            out.write(in, copied, in.length - copied);
            return out.toString(StandardCharsets.UTF_8);
        }

        /** {@code length << 32 | offset of the replacement}, or −1; a match ends where a character does. */
        private long longest(byte[] in, int from) {
            long found = -1;
            int node = base(units[0]);
            for (int p = from; p < in.length; p++) {
                int b = in[p] & 0xff;
                node ^= b;
                if (b == 0 || node < 0 || node >= units.length || (units[node] & 0x800000ff) != b) {
                    break;
                }
                int unit = units[node];
                node ^= base(unit);
                boolean whole = p + 1 == in.length || (in[p + 1] & 0xc0) != 0x80;
                if ((unit & 0x100) != 0 && whole && node >= 0 && node < units.length) {
                    found = ((long) (p + 1 - from) << 32) | (units[node] & 0x7fffffff);
                }
            }
            return found;
        }

        private static int base(int unit) {
            return (unit >>> 10) << ((unit & 0x200) >>> 6);
        }
    }
}
