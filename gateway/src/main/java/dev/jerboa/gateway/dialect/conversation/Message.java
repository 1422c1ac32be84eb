package dev.jerboa.gateway.dialect.conversation;

import java.util.List;

/**
 * Something that was said.
 *
 * @param role whose it is; results of tools are {@link Role#TOOL}
 */
public record Message(Role role, List<Part> parts) {
    /** Who says something. */
    public enum Role {
        SYSTEM,
        USER,
        ASSISTANT,
        TOOL
    }

    public Message {
        parts = List.copyOf(parts);
    }

    public boolean hasCalls() {
        return parts.stream().anyMatch(Part.Call.class::isInstance);
    }

    public boolean isEmpty() {
        return parts.isEmpty();
    }
}
