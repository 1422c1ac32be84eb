package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.ClientRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts of tokens from counts of bytes, for where an endpoint tells none and for what is reserved. Tokens of byte-pair vocabularies are
 * about four bytes of English prose, three of source code and of Chinese; two is what nearly no text falls below.
 */
public final class Estimates {
    private static final int USUAL_BYTES = 4;
    private static final int LEAST_BYTES = 2;
    /** What a picture costs at most providers, at least about. */
    private static final long IMAGE_TOKENS = 1600;
    /** What roles and separators of a conversation add. */
    private static final long FRAME_TOKENS = 16;

    private static final List<String> PROMPTS =
            List.of("messages", "system", "prompt", "suffix", "input", "instructions", "tools", "functions");

    /** Text and pictures of a prompt. */
    private static final class Sum {
        long bytes;
        long images;
    }

    private Estimates() {}

    /** UTF-8 bytes of a request's text, without pictures and other data. */
    public static long textBytes(ClientRequest request) {
        return sum(request).bytes;
    }

    /** About the tokens of a request's prompt. */
    public static long promptTokens(ClientRequest request) {
        Sum sum = sum(request);
        return tokens(sum.bytes) + IMAGE_TOKENS * sum.images;
    }

    /** More tokens than a request's prompt has, but for texts that hardly exist. */
    public static long mostPromptTokens(ClientRequest request) {
        Sum sum = sum(request);
        return sum.bytes / LEAST_BYTES + FRAME_TOKENS + IMAGE_TOKENS * sum.images;
    }

    /** About the tokens of a text. */
    public static long tokens(long bytes) {
        return (bytes + USUAL_BYTES - 1) / USUAL_BYTES;
    }

    private static Sum sum(ClientRequest request) {
        Sum sum = new Sum();
        for (String name : PROMPTS) {
            add(sum, "", request.body().get(name));
        }
        return sum;
    }

    private static void add(Sum sum, String name, @Nullable Object value) {
        switch (value) {
            case String text
            when text.startsWith("data:") || name.equals("data") || name.equals("images") -> sum.images++;
            case String text -> sum.bytes += utf8(text);
            case List<?> list -> list.forEach(item -> add(sum, name, item));
            case Map<?, ?> map -> map.forEach((key, inner) -> add(sum, String.valueOf(key), inner));
            case Number _
            when name.equals("prompt") || name.equals("input") -> sum.bytes += USUAL_BYTES; // a token's id
            case null, default -> {}
        }
    }

    /** Bytes of a text in UTF-8. */
    static long utf8(String text) {
        long bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return bytes;
    }
}
