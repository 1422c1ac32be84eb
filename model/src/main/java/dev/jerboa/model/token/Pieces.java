package dev.jerboa.model.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What a token adds to the decoded text.
 *
 * @param kind how a token's text is read
 * @param mark what stands for a space, or marks tokens inside a word
 * @param strip how many spaces are taken off the beginning of the text
 * @param cleanup whether BERT's spaces before punctuation go
 */
record Pieces(Kind kind, String mark, int strip, boolean cleanup) {
    /** Ways to read the text of a token. */
    enum Kind {
        /** The token is the bytes. */
        BYTES,
        /** The mark is a space, {@code <0x0A>} a byte. */
        SPACES,
        /** A space goes before every token that does not begin with the mark; the mark goes. */
        INSIDE,
        /** A space goes before the token. */
        APART
    }

    private static final byte[] UNDERLINE = "\u2581".getBytes(StandardCharsets.UTF_8);

    static final Pieces BYTES = new Pieces(Kind.BYTES, "", 0, false);

    /** SentencePiece's {@code ▁}. */
    static Pieces spaces(int strip) {
        return new Pieces(Kind.SPACES, "\u2581", strip, false);
    }

    /** Adds the bytes of a token. */
    void append(Vocabulary vocabulary, int id, ByteArrayOutputStream out) {
        byte[] text = vocabulary.text();
        int from = vocabulary.start(id);
        int length = vocabulary.length(id);
        byte type = vocabulary.type(id);
        if (kind == Kind.BYTES || type == Vocabulary.CONTROL || type == Vocabulary.UNKNOWN) {
            out.write(text, from, length);
            return;
        }
        switch (kind) {
            case SPACES -> {
                if (type == Vocabulary.BYTE) {
                    out.write(Vocabulary.byteValue(text, from, length));
                } else {
                    byte[] space = mark.equals("\u2581") ? UNDERLINE : mark.getBytes(StandardCharsets.UTF_8);
                    spaced(text, from, from + length, space, out);
                }
            }
            case INSIDE -> out.writeBytes(joined(vocabulary.written(id)).getBytes(StandardCharsets.UTF_8));
            default -> {
                out.write(' ');
                out.write(text, from, length);
            }
        }
    }

    private static void spaced(byte[] text, int from, int to, byte[] mark, ByteArrayOutputStream out) {
        int at = from;
        while (at < to) {
            boolean found = to - at >= mark.length;
            for (int i = 0; found && i < mark.length; i++) {
                found = text[at + i] == mark[i];
            }
            if (found) {
                out.write(' ');
                at += mark.length;
            } else {
                out.write(text[at++]);
            }
        }
    }

    private String joined(String token) {
        String text = token.startsWith(mark) ? token.substring(mark.length()) : ' ' + token;
        return cleanup ? cleaned(text) : text;
    }

    /** The replacements that Hugging Face's WordPiece decoder makes. */
    private static String cleaned(String text) {
        return text.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" do not", " don't")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }
}
