package dev.jerboa.gateway.money;

/**
 * How often a provider used its own tools for a reply. What the client is asked to run ({@code tool_calls}) is not among them.
 *
 * @param webSearch of {@link ProviderTool#WEB_SEARCH}
 * @param webFetch of {@link ProviderTool#WEB_FETCH}
 * @param fileSearch of {@link ProviderTool#FILE_SEARCH}
 */
public record ToolUses(long webSearch, long webFetch, long fileSearch) {
    public static final ToolUses NONE = new ToolUses(0, 0, 0);

    /** @throws IllegalArgumentException where a count is negative */
    public ToolUses {
        if (webSearch < 0 || webFetch < 0 || fileSearch < 0) {
            throw new IllegalArgumentException("a negative count of a provider's tools: web searches " + webSearch
                    + ", web fetches " + webFetch + ", file searches " + fileSearch);
        }
    }

    public long of(ProviderTool tool) {
        return switch (tool) {
            case WEB_SEARCH -> webSearch;
            case WEB_FETCH -> webFetch;
            case FILE_SEARCH -> fileSearch;
        };
    }

    public boolean isNone() {
        return webSearch == 0 && webFetch == 0 && fileSearch == 0;
    }
}
