package dev.jerboa.gateway.share.fact;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Unit;
import java.util.Locale;

/** What is counted. Tokens of different tokenizers are not the same; bytes are. */
public enum Measure {
    TOKENS(Unit.TOKENS),
    BYTES(Unit.BYTES),
    REQUESTS(Unit.REQUESTS),
    COST(Unit.DOLLARS);

    private final Unit unit;

    Measure(Unit unit) {
        this.unit = unit;
    }

    public Unit unit() {
        return unit;
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Its amount, a whole number: of cost, nano-dollars. */
    public long of(Tally sums) {
        return switch (this) {
            case TOKENS -> sums.tokens();
            case BYTES -> sums.bytes();
            case REQUESTS -> sums.of(Figure.REQUESTS);
            case COST -> sums.of(Figure.COST_NANOS);
        };
    }

    /** An amount as it is shown. */
    public Object shown(long amount) {
        return this == COST ? Exact.dollars(amount) : (Object) amount;
    }
}
