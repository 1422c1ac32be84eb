package dev.jerboa.gateway.dialect;

/**
 * Whose replies a client expects where OpenAI's and OpenRouter's differ. Both have OpenAI's shape; what OpenRouter adds is beside it, and one
 * field means two things: an error's {@code code} is OpenAI's word or OpenRouter's number.
 */
public enum Surface {
    /** OpenAI's, and that of each other form: what clients expect below {@code /v1}. */
    OPENAI,
    /** OpenRouter's: what its clients expect below {@code /api/v1}. */
    OPENROUTER;

    /** The status that a client is told: what goes wrong behind the gateway is a bad gateway. */
    public int status(ErrorKind kind) {
        return switch (kind) {
            case SERVER -> 502;
            case CONTENT_POLICY -> this == OPENROUTER ? 403 : kind.status();
            case TIMEOUT -> this == OPENROUTER ? 408 : kind.status();
            default -> kind.status();
        };
    }
}
