package dev.jerboa.gateway.ledger.audit;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Usage;

/** The disjoint kinds of tokens, as {@link Usage} has them. */
public enum TokenClass {
    INPUT,
    CACHE_READ,
    CACHE_WRITE,
    CACHE_WRITE_LONG,
    OUTPUT,
    REASONING;

    long tokens(Usage usage) {
        return switch (this) {
            case INPUT -> usage.input();
            case CACHE_READ -> usage.cacheRead();
            case CACHE_WRITE -> usage.cacheWrite();
            case CACHE_WRITE_LONG -> usage.cacheWriteLong();
            case OUTPUT -> usage.output();
            case REASONING -> usage.reasoning();
        };
    }

    /** Pico-dollars of a token. */
    long price(Rates rates) {
        return switch (this) {
            case INPUT -> rates.input();
            case CACHE_READ -> rates.cacheRead();
            case CACHE_WRITE -> rates.cacheWrite();
            case CACHE_WRITE_LONG -> rates.cacheWriteLong();
            case OUTPUT -> rates.output();
            case REASONING -> rates.reasoning();
        };
    }
}
