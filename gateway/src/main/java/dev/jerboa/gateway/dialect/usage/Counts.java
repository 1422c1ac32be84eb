package dev.jerboa.gateway.dialect.usage;

import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads counts of tokens. Counts that cannot be (negative, larger than any reply, parts larger than their whole) are refused as a whole:
 * nothing is better than something wrong.
 */
public final class Counts {
    private static final long MOST = 10_000_000_000L;
    /** No reply has more uses of tools. */
    private static final long MOST_USES = 10_000;

    private static final long BAD = Long.MIN_VALUE;
    private static final int NANO = 9;
    private static final BigDecimal DEAREST = BigDecimal.valueOf(1_000_000_000L);

    private Counts() {}

    /** A count: 0 where there is none, {@link #BAD} where it cannot be. */
    static long count(Map<String, ? extends @Nullable Object> map, String name) {
        return switch (map.get(name)) {
            case null -> 0;
            case Long whole -> whole < 0 || whole > MOST ? BAD : whole;
            case Double number ->
                number >= 0 && number <= MOST && number == Math.rint(number) ? number.longValue() : BAD;
            case Object _ -> BAD;
        };
    }

    /**
     * OpenAI's counts of chat completions, completions and embeddings, and those of DeepSeek, Moonshot, xAI and Gemini in the same form.
     *
     * @return null where there are none, or where they cannot be
     */
    public static @Nullable Usage chat(Map<String, ? extends @Nullable Object> usage) {
        if (usage.get("prompt_tokens") == null && usage.get("completion_tokens") == null) {
            return null;
        }
        Map<String, ? extends @Nullable Object> prompt = Tree.object(usage, "prompt_tokens_details");
        Map<String, ? extends @Nullable Object> completion = Tree.object(usage, "completion_tokens_details");
        long cached = prompt.get("cached_tokens") != null
                ? count(prompt, "cached_tokens")
                : usage.get("prompt_cache_hit_tokens") != null
                        ? count(usage, "prompt_cache_hit_tokens")
                        : count(usage, "cached_tokens");
        long reasoning = completion.get("reasoning_tokens") != null
                ? count(completion, "reasoning_tokens")
                : count(usage, "reasoning_tokens");
        return disjoint(
                count(usage, "prompt_tokens"),
                cached,
                count(prompt, "cache_write_tokens"),
                count(usage, "completion_tokens"),
                reasoning,
                usage.get("total_tokens") == null ? BAD : count(usage, "total_tokens"));
    }

    /** The counts of OpenAI's responses; null where there are none, or where they cannot be. */
    public static @Nullable Usage responses(Map<String, ? extends @Nullable Object> usage) {
        if (usage.get("input_tokens") == null && usage.get("output_tokens") == null) {
            return null;
        }
        Map<String, ? extends @Nullable Object> input = Tree.object(usage, "input_tokens_details");
        return disjoint(
                count(usage, "input_tokens"),
                count(input, "cached_tokens"),
                count(input, "cache_write_tokens"),
                count(usage, "output_tokens"),
                count(Tree.object(usage, "output_tokens_details"), "reasoning_tokens"),
                usage.get("total_tokens") == null ? BAD : count(usage, "total_tokens"));
    }

    /**
     * Counts of which some are parts of others.
     *
     * @param total {@link #BAD} where it is not told
     */
    private static @Nullable Usage disjoint(
            long prompt, long cached, long written, long completion, long reasoning, long total) {
        if (prompt < 0 || cached < 0 || written < 0 || completion < 0 || reasoning < 0) {
            return null;
        }
        long input = prompt - cached - written;
        if (input < 0) {
            return null;
        }
        long beside = total - prompt - completion; // what only the total has
        if (total >= 0 && beside > 0 && (reasoning == 0 || beside == reasoning)) {
            return new Usage(input, cached, written, 0, completion, beside);
        }
        return reasoning > completion ? null : new Usage(input, cached, written, 0, completion - reasoning, reasoning);
    }

    /** Ollama's counts, in its last line; null where there are none, or where they cannot be. */
    public static @Nullable Usage ollama(Map<String, ? extends @Nullable Object> line) {
        if (line.get("prompt_eval_count") == null && line.get("eval_count") == null) {
            return null;
        }
        long prompt = count(line, "prompt_eval_count");
        long reply = count(line, "eval_count");
        return prompt < 0 || reply < 0 ? null : Usage.of(prompt, reply);
    }

    /**
     * Uses of the provider's own tools, as Anthropic and OpenRouter tell them: {@code server_tool_use}. Of OpenRouter's other counts there,
     * searches are part already. What cannot be is none.
     */
    public static ToolUses tools(Map<String, ? extends @Nullable Object> usage) {
        if (!(usage.get("server_tool_use") instanceof Map<?, ?> told)) {
            return ToolUses.NONE;
        }
        Map<String, ? extends @Nullable Object> uses = Tree.object(told);
        return new ToolUses(uses(count(uses, "web_search_requests")), uses(count(uses, "web_fetch_requests")), 0);
    }

    private static long uses(long count) {
        return count < 0 || count > MOST_USES ? 0 : count;
    }

    /**
     * What the provider says it cost, as OpenRouter tells it: {@code cost}, and where the provider was paid with the operator's own key,
     * what that cost beside.
     *
     * @return nano-dollars, rounded half to even; null where nothing is said
     */
    public static @Nullable Long costNanos(Map<String, ? extends @Nullable Object> usage) {
        BigDecimal cost = decimal(usage.get("cost"));
        BigDecimal upstream = decimal(Tree.object(usage, "cost_details").get("upstream_inference_cost"));
        if (cost == null) {
            cost = upstream;
        } else if (upstream != null && Boolean.TRUE.equals(usage.get("is_byok"))) {
            cost = cost.add(upstream);
        }
        if (cost == null || cost.signum() < 0 || cost.compareTo(DEAREST) > 0) {
            return null;
        }
        return cost.movePointRight(NANO).setScale(0, RoundingMode.HALF_EVEN).longValueExact();
    }

    private static @Nullable BigDecimal decimal(@Nullable Object value) {
        try {
            return switch (value) {
                case null -> null;
                case Long whole -> BigDecimal.valueOf(whole);
                case Double number -> Double.isFinite(number) ? BigDecimal.valueOf(number) : null;
                case String text when text.length() <= 40 -> bounded(new BigDecimal(text));
                case Object _ -> null;
            };
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** A decimal with so large an exponent would be a very long number. */
    private static @Nullable BigDecimal bounded(BigDecimal number) {
        return Math.abs((long) number.scale()) > 400 ? null : number;
    }
}
