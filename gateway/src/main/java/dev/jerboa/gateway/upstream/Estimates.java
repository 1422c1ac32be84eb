package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.ClientRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /** Texts up to this length are counted by a copy. */
    private static final int COPIED_CHARS = 16 << 10;

    private static final List<String> PROMPTS =
            List.of("messages", "system", "prompt", "suffix", "images", "input", "instructions", "tools", "functions");
    /** Fields with JSON schemas, which models are told word by word, names of members too. */
    private static final List<String> SCHEMAS = List.of("tools", "functions", "response_format", "text", "format");

    /** Fields whose texts are data: where these begin as a URL that holds them, or always. */
    private static final Set<String> URLS = Set.of("url", "image_url", "file_url");

    private static final Set<String> DATA = Set.of("data", "images", "file_data");

    /** Text and pictures of a prompt. */
    private static final class Sum {
        long bytes;
        /** Names of members, and of schemas that are not text of the client's. */
        long names;

        long images;
    }

    private Estimates() {}

    /**
     * What a request's prompt is about.
     *
     * @param textBytes UTF-8 bytes of its text, without pictures and other data
     * @param tokens about its tokens
     * @param mostTokens more tokens than it has, but for texts that hardly exist
     */
    public record Prompt(long textBytes, long tokens, long mostTokens) {}

    /** Looks over a request's prompt. */
    public static Prompt prompt(ClientRequest request) {
        Sum sum = sum(request);
        long images = IMAGE_TOKENS * sum.images;
        long bytes = sum.bytes + sum.names;
        return new Prompt(sum.bytes, tokens(bytes) + images, bytes / LEAST_BYTES + FRAME_TOKENS + images);
    }

    /** About the tokens of a request's prompt. */
    public static long promptTokens(ClientRequest request) {
        return prompt(request).tokens();
    }

    /** About the tokens of a text. */
    public static long tokens(long bytes) {
        return (bytes + USUAL_BYTES - 1) / USUAL_BYTES;
    }

    private static Sum sum(ClientRequest request) {
        Sum sum = new Sum();
        for (String name : PROMPTS) {
            add(sum, name, request.body().get(name));
        }
        for (String name : SCHEMAS) {
            Object schema = request.body().get(name);
            if (schema != null) {
                sum.names += names(schema, PROMPTS.contains(name));
            }
        }
        return sum;
    }

    /** UTF-8 bytes of names of members, and of texts too unless these are counted already. */
    private static long names(@Nullable Object value, boolean only) {
        return switch (value) {
            case String text -> only ? 0 : utf8(text);
            case List<?> list -> {
                long bytes = 0;
                for (Object item : list) {
                    bytes += names(item, only);
                }
                yield bytes;
            }
            case Map<?, ?> map -> {
                long bytes = 0;
                for (Map.Entry<?, ?> member : map.entrySet()) {
                    bytes += utf8(String.valueOf(member.getKey())) + names(member.getValue(), only);
                }
                yield bytes;
            }
            case null, default -> 0;
        };
    }

    private static void add(Sum sum, String name, @Nullable Object value) {
        switch (value) {
            case String text
            when DATA.contains(name) || (URLS.contains(name) && text.startsWith("data:")) -> sum.images++;
            case String _ when name.equals("role") || name.equals("type") -> {}
            case String text -> sum.bytes += utf8(text);
            case List<?> list -> list.forEach(item -> add(sum, name, item));
            case Map<?, ?> map -> {
                boolean text = "text".equals(map.get("type")); // also where a document's data are text
                map.forEach((key, inner) -> add(sum, text && "data".equals(key) ? "text" : String.valueOf(key), inner));
            }
            case Number _
            when name.equals("prompt") || name.equals("input") -> sum.bytes += USUAL_BYTES; // a token's id
            case null, default -> {}
        }
    }

    /** Bytes of a text in UTF-8. */
    static long utf8(String text) {
        if (text.length() <= COPIED_CHARS) {
            return text.getBytes(StandardCharsets.UTF_8).length; // which the machine does many characters at a time
        }
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
