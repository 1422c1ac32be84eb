package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;

/**
 * What replies say beside what models wrote.
 *
 * @param streamUsage when streams of OpenAI's chats and completions end with counts of tokens and cost
 */
public record RepliesConfig(StreamUsage streamUsage) {
    /** When streams tell their counts. */
    public enum StreamUsage {
        /** Where the client asks ({@code stream_options.include_usage}), as OpenAI does. */
        ASKED,
        /** Unless the client asks not to, as OpenRouter does. */
        ALWAYS
    }

    static RepliesConfig read(Section section) {
        return new RepliesConfig(section.choice("stream_usage", StreamUsage.class, StreamUsage.ASKED));
    }
}
