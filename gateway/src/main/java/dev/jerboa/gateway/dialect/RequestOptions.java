package dev.jerboa.gateway.dialect;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a request is fitted to.
 *
 * @param upstreamName how the provider calls the model
 * @param maxOutput the most tokens of a reply there; 0 where it is not known
 * @param parameters names of request fields that the endpoint honours, in its own dialect; empty for all. Others are left out with a
 *     warning. Some names choose between two ways of saying a thing: {@code max_completion_tokens} (in place of {@code max_tokens}),
 *     {@code reasoning} (OpenRouter's object in place of {@code reasoning_effort}), {@code thinking} (a switch), {@code output_config}
 *     (Anthropic's adaptive thinking with an effort in place of a budget)
 * @param serviceTiers service tiers with prices of their own there, beside the usual one; a request may ask for these
 */
public record RequestOptions(String upstreamName, long maxOutput, Set<String> parameters, Set<String> serviceTiers) {
    /** What providers give a request at its usual price. */
    private static final Set<String> USUAL = Set.of("default", "standard", "standard_only", "on_demand");

    public RequestOptions {
        parameters = Set.copyOf(parameters);
        serviceTiers = Set.copyOf(serviceTiers);
    }

    /** An endpoint with usual prices only. */
    public RequestOptions(String upstreamName, long maxOutput, Set<String> parameters) {
        this(upstreamName, maxOutput, parameters, Set.of());
    }

    /**
     * Whether a field by which providers take other prices may go on: where the endpoint is said to honour it, or where the price of what
     * it asks for is known.
     */
    public boolean prices(String parameter, @Nullable Object value) {
        if (names(parameter)) {
            return true;
        }
        if (serviceTiers.isEmpty() || !(value instanceof String word)) {
            return false;
        }
        return switch (parameter) {
            // OpenAI calls one tier by two names, of which replies have the second
            case "service_tier" ->
                USUAL.contains(word)
                        || word.equals("auto")
                        || serviceTiers.contains(word)
                        || (word.equals("fast") && serviceTiers.contains("priority"));
            case "speed" -> word.equals("standard") || serviceTiers.contains(word);
            default -> false;
        };
    }

    /** Whether the endpoint honours a field. */
    public boolean takes(String parameter) {
        return parameters.isEmpty() || parameters.contains(parameter);
    }

    /** Whether the endpoint is said to honour a field, by its name. */
    public boolean names(String parameter) {
        return parameters.contains(parameter);
    }
}
