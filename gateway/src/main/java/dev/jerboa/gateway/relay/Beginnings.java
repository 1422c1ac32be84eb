package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.ClientRequest;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How a conversation begins, as a number: its instructions, its first two messages, and whose it is, since caches of providers are not
 * shared between clients here. All turns of a conversation have the same.
 */
final class Beginnings {
    private static final int MESSAGES = 2;
    private static final int MOST_CHARS = 4096;
    private static final long PRIME = 0x100000001b3L;
    private static final long START = 0xcbf29ce484222325L;

    private Beginnings() {}

    static OptionalLong of(Caller caller, ClientRequest request) {
        Map<String, @Nullable Object> body = request.body();
        List<?> messages = body.get("messages") instanceof List<?> list
                ? list
                : body.get("input") instanceof List<?> items ? items : List.of();
        if (messages.isEmpty()) {
            return OptionalLong.empty();
        }
        long hash = add(add(START, caller.keyId()), request.model());
        hash = add(hash, body.get("system"));
        hash = add(hash, body.get("instructions"));
        for (int i = 0; i < Math.min(MESSAGES, messages.size()); i++) {
            hash = add(hash, messages.get(i));
            if (messages.get(i) instanceof Map<?, ?> message && "user".equals(message.get("role"))) {
                break; // what follows is another turn's, in a longer conversation
            }
        }
        return OptionalLong.of(hash);
    }

    private static long add(long hash, @Nullable Object value) {
        return switch (value) {
            case String text -> {
                String first = text.length() > MOST_CHARS ? text.substring(0, MOST_CHARS) : text;
                // the machine has instructions for the hash of a string, and it is the same in every process
                yield (((hash ^ first.hashCode()) * PRIME) ^ text.length()) * PRIME;
            }
            case List<?> list -> {
                long mixed = hash;
                for (Object item : list) {
                    mixed = add(mixed, item);
                }
                yield mixed;
            }
            case Map<?, ?> map -> {
                long mixed = hash;
                for (Object item : map.values()) {
                    mixed = add(mixed, item);
                }
                yield mixed;
            }
            case null -> hash * PRIME;
            default -> (hash ^ value.hashCode()) * PRIME;
        };
    }
}
