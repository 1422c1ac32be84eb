package dev.jerboa.gateway.upstream;

import java.util.Locale;
import java.util.Map;

/**
 * Status and headers of an endpoint's reply.
 *
 * @param headers by lower-case name; values of a repeated name are joined by a comma, as HTTP says
 */
record ReplyHead(int status, Map<String, String> headers) {
    /** A header's value, or an empty text. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** Whether a header that is a list of words has one of them. */
    boolean has(String name, String word) {
        if (header(name).isEmpty()) {
            return word.isEmpty();
        }
        for (String part : header(name).split(",", -1)) {
            if (part.trim().equalsIgnoreCase(word)) {
                return true;
            }
        }
        return false;
    }

    /** The kind of content, without its parameters. */
    String contentType() {
        String type = header("content-type");
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).trim().toLowerCase(Locale.ROOT);
    }
}
