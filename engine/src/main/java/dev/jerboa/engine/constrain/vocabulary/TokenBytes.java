package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.model.token.TokenStream;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.split.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a token adds to a text. Where they are whole characters, the tokenizer's own decoder says them; where they are
 * not, they are read from how the vocabulary writes the token: {@code <0x0A>}, or GPT-2's alphabet of bytes.
 */
final class TokenBytes {
    private static final byte[] NONE = {};

    private TokenBytes() {}

    static byte[] of(Tokenizer tokenizer, int id) {
        String written = tokenizer.token(id);
        if (written.isEmpty()) {
            return NONE;
        }
        TokenStream stream = tokenizer.continuation(false);
        String text = stream.next(id) + stream.finish();
        if (text.indexOf('\ufffd') < 0) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        byte[] named = named(written);
        byte[] spelled = named != null ? named : spelled(written);
        return spelled != null && text.equals(new String(spelled, StandardCharsets.UTF_8))
                ? spelled
                : text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte @Nullable [] named(String written) {
        if (written.length() != 6 || !written.startsWith("<0x") || !written.endsWith(">")) {
            return null;
        }
        int high = Character.digit(written.charAt(3), 16);
        int low = Character.digit(written.charAt(4), 16);
        return high < 0 || low < 0 ? null : new byte[] {(byte) (high << 4 | low)};
    }

    private static byte @Nullable [] spelled(String written) {
        byte[] bytes = new byte[written.length()];
        for (int i = 0; i < bytes.length; i++) {
            int b = ByteAlphabet.byteOf(written.charAt(i));
            if (b < 0) {
                return null;
            }
            bytes[i] = (byte) b;
        }
        return bytes;
    }
}
