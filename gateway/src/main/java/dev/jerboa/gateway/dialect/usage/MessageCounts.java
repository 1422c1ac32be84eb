package dev.jerboa.gateway.dialect.usage;

import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's counts, which come in several parts of a stream: input at its beginning, output at its end, each the sum until then. So the
 * largest of a kind is the last word, also of providers that tell the input at the end only. One thread.
 */
public final class MessageCounts {
    private long input;
    private long cacheRead;
    private long created;
    private long createdLong;
    private long output;
    private long reasoning;
    private ToolUses tools = ToolUses.NONE;
    private String tier = "";
    private boolean seen;
    private boolean outputTold;
    private boolean bad;

    /** Takes the counts at the beginning of a stream, where the output is a place holder. */
    public void begin(Map<String, ? extends @Nullable Object> usage) {
        see(usage);
        output = 0;
        outputTold = false;
    }

    /** Whether the output was told, other than as a place holder. */
    public boolean tellsOutput() {
        return outputTold;
    }

    /** Takes the counts of a message, or of an event. */
    public void see(Map<String, ? extends @Nullable Object> usage) {
        if (usage.isEmpty()) {
            return;
        }
        ToolUses told = Counts.tools(usage);
        tools = new ToolUses(
                Math.max(tools.webSearch(), told.webSearch()), Math.max(tools.webFetch(), told.webFetch()), 0);
        tier(usage);
        seen |= usage.get("input_tokens") != null || usage.get("output_tokens") != null;
        outputTold |= usage.get("output_tokens") != null;
        Map<String, ? extends @Nullable Object> creation = Tree.object(usage, "cache_creation");
        input = larger(input, Counts.count(usage, "input_tokens"));
        cacheRead = larger(cacheRead, Counts.count(usage, "cache_read_input_tokens"));
        createdLong = larger(createdLong, Counts.count(creation, "ephemeral_1h_input_tokens"));
        created = larger(created, Counts.count(usage, "cache_creation_input_tokens"));
        created = larger(created, Math.max(0, Counts.count(creation, "ephemeral_5m_input_tokens")) + createdLong);
        output = larger(output, Counts.count(usage, "output_tokens"));
        reasoning = larger(reasoning, Counts.count(Tree.object(usage, "output_tokens_details"), "thinking_tokens"));
    }

    /** The service tier; fast mode, which has prices of its own too, is told beside it and counts as one. */
    private void tier(Map<String, ? extends @Nullable Object> usage) {
        if ("fast".equals(usage.get("speed"))) {
            tier = "fast";
        } else if (!tier.equals("fast") && usage.get("service_tier") instanceof String word) {
            tier = Service.tier(word);
        }
    }

    private long larger(long before, long now) {
        bad |= now < 0;
        return Math.max(before, now);
    }

    /** What was done beside so far. */
    public Service service() {
        return new Service(tier, tools);
    }

    /** The tokens so far; null where there are none, or where they cannot be. */
    public @Nullable Usage usage() {
        if (!seen || bad || reasoning > output) {
            return null;
        }
        return new Usage(input, cacheRead, created - createdLong, createdLong, output - reasoning, reasoning);
    }
}
