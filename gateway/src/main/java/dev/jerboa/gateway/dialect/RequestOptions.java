package dev.jerboa.gateway.dialect;

import java.util.Set;

/**
 * What a request is fitted to.
 *
 * @param upstreamName how the provider calls the model
 * @param maxOutput the most tokens of a reply there; 0 where it is not known
 * @param parameters names of request fields that the endpoint honours, in its own dialect; empty for all. Others are left out with a
 *     warning. Some names choose between two ways of saying a thing: {@code max_completion_tokens} (in place of {@code max_tokens}),
 *     {@code reasoning} (OpenRouter's object in place of {@code reasoning_effort}), {@code thinking} (a switch), {@code output_config}
 *     (Anthropic's adaptive thinking with an effort in place of a budget)
 */
public record RequestOptions(String upstreamName, long maxOutput, Set<String> parameters) {
    public RequestOptions {
        parameters = Set.copyOf(parameters);
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
