package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;

/**
 * What replies say beside what models wrote.
 *
 * @param streamUsage when streams of OpenAI's chats and completions end with counts of tokens and cost
 * @param openRouter whose replies are as OpenRouter's are
 */
public record RepliesConfig(StreamUsage streamUsage, OpenRouter openRouter) {
    /** When streams tell their counts. */
    public enum StreamUsage {
        /** Where the client asks ({@code stream_options.include_usage}), as OpenAI does. */
        ASKED,
        /** Unless the client asks not to, as OpenRouter does. */
        ALWAYS
    }

    /** Where replies and errors are as OpenRouter's are: with the provider's name, the generation's id, and numbers as codes of errors. */
    public enum OpenRouter {
        /** Where the client asks below {@code /api/v1}, as OpenRouter's do. */
        ASKED,
        /** Below {@code /v1} too. */
        ALWAYS
    }

    static RepliesConfig read(Section section) {
        return new RepliesConfig(
                section.choice("stream_usage", StreamUsage.class, StreamUsage.ASKED),
                section.choice("openrouter", OpenRouter.class, OpenRouter.ASKED));
    }
}
