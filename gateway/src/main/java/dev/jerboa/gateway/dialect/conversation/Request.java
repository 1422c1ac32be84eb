package dev.jerboa.gateway.dialect.conversation;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as an endpoint takes it.
 *
 * @param body its JSON
 * @param warnings what of the conversation it leaves out
 */
public record Request(Map<String, @Nullable Object> body, List<String> warnings) {
    /** How a warning is said about something that the endpoint would take another price for. */
    public static String unpriced(String field) {
        return field + ": was left out, as the endpoint's prices are for requests without it";
    }

    /** How a warning is said about something that is left out. */
    public static String leftOut(String field) {
        return field + ": was left out, as the endpoint's dialect has no such thing";
    }
}
