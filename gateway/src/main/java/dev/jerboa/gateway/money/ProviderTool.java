package dev.jerboa.gateway.money;

import java.util.Locale;

/** A tool that a provider runs itself within a reply, and charges for by the use. */
public enum ProviderTool {
    /** Anthropic's and OpenRouter's {@code web_search_requests}, OpenAI's {@code web_search_call} whose action is a search. */
    WEB_SEARCH,
    /** Anthropic's {@code web_fetch_requests}. */
    WEB_FETCH,
    /** OpenAI's {@code file_search_call}. */
    FILE_SEARCH;

    /** As files, events and answers name it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
