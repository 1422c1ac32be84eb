package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.ServiceTiers;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.route.Candidate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a request may be given by a provider beside tokens, for what is reserved: its service tier, and the provider's own tools. */
final class Beside {
    /** Where a request does not limit a tool, this many uses are held back. */
    private static final long USUAL_USES = 10;

    private static final long MOST_USES = 1_000;

    /** Nobody is processed at these who does not ask for it. */
    private static final Set<String> ON_DEMAND = Set.of("fast", "batch");

    private Beside() {}

    /**
     * The service tiers that a request may be processed at beside the usual one. A request that does not say one, or that says {@code auto},
     * is given what the provider's project is set to: any of those that have a price.
     */
    static Predicate<String> tiers(ClientRequest request, Candidate candidate) {
        Endpoint endpoint = candidate.endpoint();
        if (endpoint.prices().serviceTiers().isEmpty()) {
            return tier -> false;
        }
        String asked = asked(request, candidate, "service_tier");
        boolean fast = asked(request, candidate, "speed").equals("fast");
        return switch (asked) {
            case "default", "standard", "standard_only", "on_demand" -> tier -> fast && tier.equals("fast");
            case "", "auto" -> tier -> !ON_DEMAND.contains(tier) || (fast && tier.equals("fast"));
            case "fast" -> tier -> tier.equals("fast") || tier.equals("priority"); // OpenAI's two names of one tier
            default -> tier -> tier.equals(asked) || (fast && tier.equals("fast"));
        };
    }

    /** What the endpoint is told that a request asks for: nothing of what a translation has no word for, or of what has no price. */
    private static String asked(ClientRequest request, Candidate candidate, String field) {
        if (!(request.body().get(field) instanceof String word)) {
            return "";
        }
        WireDialect from = request.form().dialect();
        WireDialect to = candidate.provider().dialect();
        String told = field.equals("service_tier")
                ? ServiceTiers.asked(from, to, word).orElse("")
                : from == to ? word : "";
        Endpoint endpoint = candidate.endpoint();
        RequestOptions options = new RequestOptions(
                "", 0, endpoint.parameters(), endpoint.prices().serviceTiers());
        return !told.isEmpty() && options.prices(field, told) ? told.toLowerCase(Locale.ROOT) : "";
    }

    /** How often a request lets the provider use each of its own tools. */
    static ToolUses tools(ClientRequest request) {
        long webSearches = plugins(request.body().get("plugins"));
        long webFetches = 0;
        long fileSearches = 0;
        long most = count(request.body().get("max_tool_calls"), MOST_USES);
        if (request.body().get("tools") instanceof List<?> tools) {
            for (Object element : tools) {
                if (element instanceof Map<?, ?> tool && tool.get("type") instanceof String type) {
                    String name = type.startsWith("openrouter:") ? type.substring("openrouter:".length()) : type;
                    long uses = Math.min(most, count(tool.get("max_uses"), most < MOST_USES ? most : USUAL_USES));
                    webSearches += name.startsWith("web_search") ? uses : 0;
                    webFetches += name.startsWith("web_fetch") ? uses : 0;
                    fileSearches += name.equals("file_search") ? uses : 0;
                }
            }
        }
        return new ToolUses(webSearches, webFetches, fileSearches);
    }

    /** OpenRouter's plugin for search runs once. */
    private static long plugins(@Nullable Object plugins) {
        return plugins instanceof List<?> list
                ? list.stream()
                        .filter(one -> one instanceof Map<?, ?> plugin && "web".equals(plugin.get("id")))
                        .limit(1)
                        .count()
                : 0;
    }

    private static long count(@Nullable Object value, long otherwise) {
        return value instanceof Number number ? Math.clamp(number.longValue(), 0, MOST_USES) : otherwise;
    }
}
