package dev.jerboa.hub.remote;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A {@code Content-Range} header.
 *
 * @param to one past the last byte
 * @param total the file's bytes; −1 where that is not said
 */
record ContentRange(long from, long to, long total) {
    private static final Pattern FORM = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

    /** Null for a text of another form. */
    static @Nullable ContentRange of(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        long total = matcher.group(3).equals("*") ? -1 : Long.parseLong(matcher.group(3));
        return new ContentRange(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)) + 1, total);
    }
}
