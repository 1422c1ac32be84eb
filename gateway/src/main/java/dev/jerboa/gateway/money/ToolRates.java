package dev.jerboa.gateway.money;

/**
 * What uses of a provider's own tools cost, in nano-dollars a use: $10 for a thousand are 10,000,000 of them. {@link #UNSAID} where no
 * price is said, which costs nothing and is told with each event that it happens to.
 */
public record ToolRates(long webSearch, long webFetch, long fileSearch) {
    /** That there is no price. */
    public static final long UNSAID = -1;

    public static final ToolRates NONE = new ToolRates(UNSAID, UNSAID, UNSAID);

    /** @throws IllegalArgumentException where a price is negative */
    public ToolRates {
        if (webSearch < UNSAID || webFetch < UNSAID || fileSearch < UNSAID) {
            throw new IllegalArgumentException("a negative price of a provider's tool: expected 0 or more, found "
                    + webSearch + ", " + webFetch + ", " + fileSearch);
        }
    }

    /** Nano-dollars of one use; {@link #UNSAID} without a price. */
    public long of(ProviderTool tool) {
        return switch (tool) {
            case WEB_SEARCH -> webSearch;
            case WEB_FETCH -> webFetch;
            case FILE_SEARCH -> fileSearch;
        };
    }

    public boolean has(ProviderTool tool) {
        return of(tool) != UNSAID;
    }

    /**
     * What uses cost, in nano-dollars; nothing for those without a price.
     *
     * @throws ArithmeticException where that is more than 2⁶³ − 1
     */
    public long costNanos(ToolUses uses) {
        if (uses.isNone()) {
            return 0;
        }
        long nanos = 0;
        for (ProviderTool tool : ProviderTool.values()) {
            if (has(tool)) {
                nanos = Math.addExact(nanos, Math.multiplyExact(of(tool), uses.of(tool)));
            }
        }
        return nanos;
    }

    /** The dearer of two prices of each. */
    ToolRates dearest(ToolRates other) {
        return new ToolRates(
                Math.max(webSearch, other.webSearch),
                Math.max(webFetch, other.webFetch),
                Math.max(fileSearch, other.fileSearch));
    }
}
