package dev.jerboa.gateway.dialect.conversation;

import java.util.Optional;

/** Where the bytes of an image or a document are. */
public sealed interface Content {
    /**
     * The bytes themselves.
     *
     * @param type such as {@code image/png}
     */
    record Data(String type, String base64) implements Content {
        /** As a URL that holds it. */
        public String url() {
            return "data:" + type + ";base64," + base64;
        }
    }

    record Url(String url) implements Content {}

    /** A file that was put to one provider before: nobody else has it. */
    record File(String id) implements Content {}

    /** Text as it is. */
    record Plain(String text) implements Content {}

    /** What a URL means: one that holds its data is {@link Data}. */
    static Content ofUrl(String url) {
        return data(url).map(Content.class::cast).orElseGet(() -> new Url(url));
    }

    private static Optional<Data> data(String url) {
        int comma = url.indexOf(',');
        if (!url.startsWith("data:") || comma < 0) {
            return Optional.empty();
        }
        String head = url.substring(5, comma);
        if (!head.endsWith(";base64")) {
            return Optional.empty();
        }
        String type = head.substring(0, head.length() - ";base64".length());
        int parameter = type.indexOf(';');
        return Optional.of(new Data(parameter < 0 ? type : type.substring(0, parameter), url.substring(comma + 1)));
    }

    /** The type of an image by how its base64 begins; PNG where it is none of those that are known. */
    static String imageType(String base64) {
        if (base64.startsWith("/9j/")) {
            return "image/jpeg";
        }
        if (base64.startsWith("R0lG")) {
            return "image/gif";
        }
        if (base64.startsWith("UklG")) {
            return "image/webp";
        }
        return "image/png";
    }
}
