package dev.jerboa.gateway.dialect.conversation;

import org.jspecify.annotations.Nullable;

/**
 * How much is thought before the answer.
 *
 * @param enabled whether at all; null where it is not said
 * @param effort {@code minimal}, {@code low}, {@code medium}, {@code high}, {@code xhigh}, {@code max}; empty where it is not said
 * @param budget the most tokens of it; 0 where it is not said
 * @param hidden whether the client does not want to see it
 * @param summary how it is told, in the words of OpenAI's responses; empty where it is not said
 */
public record Thinking(@Nullable Boolean enabled, String effort, long budget, boolean hidden, String summary) {
    public static final Thinking UNSAID = new Thinking(null, "", 0, false, "");

    private static final long LEAST_BUDGET = 1024;
    private static final long USUAL_OUTPUT = 32_768;

    public static Thinking ofEffort(String effort) {
        return switch (effort) {
            case "" -> UNSAID;
            case "none" -> new Thinking(false, "", 0, false, "");
            default -> new Thinking(true, effort, 0, false, "");
        };
    }

    public boolean isOn() {
        return !isOff() && (Boolean.TRUE.equals(enabled) || budget > 0 || !effort.isEmpty());
    }

    public boolean isOff() {
        return Boolean.FALSE.equals(enabled);
    }

    /** The effort that comes nearest; empty where nothing is said but that there is thinking. */
    public String nearestEffort() {
        if (!effort.isEmpty() || budget == 0) {
            return effort;
        }
        return budget <= 4096 ? "low" : budget <= 16_384 ? "medium" : "high";
    }

    /**
     * The budget that comes nearest, by the shares of the output that OpenRouter documents for its efforts.
     *
     * @param maxTokens the most tokens of the reply; 0 where it is not known
     */
    public long nearestBudget(long maxTokens) {
        if (budget > 0) {
            return Math.max(LEAST_BUDGET, budget);
        }
        long of = maxTokens > 0 ? maxTokens : USUAL_OUTPUT;
        long percent = switch (effort) {
            case "minimal" -> 10;
            case "low" -> 20;
            case "high" -> 80;
            case "xhigh", "max" -> 95;
            default -> 50;
        };
        return Math.max(LEAST_BUDGET, of / 100 * percent);
    }
}
