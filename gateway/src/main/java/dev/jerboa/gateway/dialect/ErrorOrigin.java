package dev.jerboa.gateway.dialect;

import java.util.List;

/**
 * Whose an error is that is not the gateway's own.
 *
 * @param provider the provider's name for people; empty where there is none
 * @param model the id of the model that was asked
 * @param raw the endpoint's words, shortened and without keys; empty where they are not the client's matter
 * @param code the endpoint's own word for it; empty likewise
 * @param reasons why a moderation flagged the request; empty where it did not, or did not say
 * @param flaggedInput the beginning of what it flagged; empty likewise
 */
public record ErrorOrigin(
        String provider, String model, String raw, String code, List<String> reasons, String flaggedInput) {
    /** The gateway itself. */
    public static final ErrorOrigin NONE = new ErrorOrigin("", "", "", "", List.of(), "");

    public ErrorOrigin {
        reasons = List.copyOf(reasons);
    }

    /** Of an endpoint of which no more than its words are known. */
    public static ErrorOrigin said(Answerer answerer, String raw) {
        return new ErrorOrigin(answerer.provider(), answerer.model(), raw, "", List.of(), "");
    }
}
