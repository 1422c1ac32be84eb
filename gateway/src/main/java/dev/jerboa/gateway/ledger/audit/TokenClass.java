package dev.jerboa.gateway.ledger.audit;

import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.ProviderTool;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;

/** The disjoint kinds of tokens, as {@link Usage} has them, and uses of a provider's tools, which invoices list beside tokens. */
public enum TokenClass {
    INPUT,
    CACHE_READ,
    CACHE_WRITE,
    CACHE_WRITE_LONG,
    OUTPUT,
    REASONING,
    WEB_SEARCH,
    WEB_FETCH,
    FILE_SEARCH;

    private static final long PICOS_OF_NANO = 1000;

    /** Tokens, or uses. */
    long count(UsageEvent.Used used) {
        Usage usage = used.tokens();
        ToolUses tools = used.service().tools();
        return switch (this) {
            case INPUT -> usage.input();
            case CACHE_READ -> usage.cacheRead();
            case CACHE_WRITE -> usage.cacheWrite();
            case CACHE_WRITE_LONG -> usage.cacheWriteLong();
            case OUTPUT -> usage.output();
            case REASONING -> usage.reasoning();
            case WEB_SEARCH -> tools.webSearch();
            case WEB_FETCH -> tools.webFetch();
            case FILE_SEARCH -> tools.fileSearch();
        };
    }

    /** Pico-dollars of a token, or of a use. */
    long price(Rates rates) {
        return switch (this) {
            case INPUT -> rates.input();
            case CACHE_READ -> rates.cacheRead();
            case CACHE_WRITE -> rates.cacheWrite();
            case CACHE_WRITE_LONG -> rates.cacheWriteLong();
            case OUTPUT -> rates.output();
            case REASONING -> rates.reasoning();
            case WEB_SEARCH -> ofUse(rates, ProviderTool.WEB_SEARCH);
            case WEB_FETCH -> ofUse(rates, ProviderTool.WEB_FETCH);
            case FILE_SEARCH -> ofUse(rates, ProviderTool.FILE_SEARCH);
        };
    }

    private static long ofUse(Rates rates, ProviderTool tool) {
        return rates.tools().has(tool) ? Math.multiplyExact(rates.tools().of(tool), PICOS_OF_NANO) : 0;
    }
}
