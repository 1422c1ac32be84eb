package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.model.token.TokenStream;
import dev.jerboa.model.token.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A text as a model reads it.
 *
 * @param tokens its ids after what the model wants before a text; not to be changed
 * @param bytes of each token the bytes of UTF-8 that it completes; 0 of what stands before the text
 * @param bos what each chunk begins with instead of its first token, or −1
 */
public record EvalText(int[] tokens, int[] bytes, int bos) {
    /** Tokenizes a text, whose special tokens are plain text. */
    public static EvalText of(Tokenizer tokenizer, String text) {
        int[] prefix = tokenizer.prefix();
        int[] ids = tokenizer.encode(text, false);
        int[] tokens = new int[prefix.length + ids.length];
        int[] bytes = new int[tokens.length];
        System.arraycopy(prefix, 0, tokens, 0, prefix.length);
        TokenStream stream = tokenizer.stream(true);
        for (int i = 0; i < ids.length; i++) {
            String piece = stream.next(ids[i]) + (i == ids.length - 1 ? stream.finish() : "");
            tokens[prefix.length + i] = ids[i];
            bytes[prefix.length + i] = piece.getBytes(StandardCharsets.UTF_8).length;
        }
        return new EvalText(tokens, bytes, prefix.length == 0 ? -1 : prefix[0]);
    }

    /** SHA-256 of the ids, in hexadecimal. */
    String digest() {
        ByteBuffer ids = ByteBuffer.allocate(tokens.length * Integer.BYTES);
        ids.asIntBuffer().put(tokens);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(ids.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }
}
