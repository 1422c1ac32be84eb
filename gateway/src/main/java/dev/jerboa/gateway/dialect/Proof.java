package dev.jerboa.gateway.dialect;

/**
 * What a provider gives with its reasoning, to recognise it when it comes back in a later request. Nobody else can read it.
 *
 * @param kind whose it is
 * @param id the reasoning's id, where the dialect has one; empty otherwise
 * @param data as it came
 */
public record Proof(Kind kind, String id, String data) {
    /** In which form a proof came. */
    public enum Kind {
        /** Anthropic's signature of a thinking block. */
        SIGNATURE,
        /** Anthropic's redacted thinking, which stands for text that is not shown. */
        REDACTED,
        /** The encrypted content of a reasoning item of OpenAI's responses. */
        ENCRYPTED
    }
}
