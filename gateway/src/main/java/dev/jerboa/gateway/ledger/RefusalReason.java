package dev.jerboa.gateway.ledger;

import java.util.Locale;
import java.util.Optional;

/** Why a request was put to nobody. What a reason is called is kept in stores. */
public enum RefusalReason {
    /** There was no key, and one is needed. */
    NO_KEY(401),
    /** Of no key's form, or not one of this gateway's. */
    UNKNOWN_KEY(401),
    DISABLED_KEY(401),
    EXPIRED_KEY(401),
    /** The key is not for asking models. */
    SCOPE(403),
    /** The key may not ask for the model. */
    MODEL_NOT_ALLOWED(403),
    /** Something above the key has not enough left. */
    BUDGET(402),
    REQUESTS_A_MINUTE(429),
    TOKENS_A_MINUTE(429),
    CONCURRENT(429),
    /** There is no such model, or no endpoint that does what is asked. */
    NO_MODEL(404),
    TOO_LONG(400),
    INVALID(400),
    /** The gateway's store does not answer. */
    STORE(503),
    /** As much is under way as the gateway takes. */
    FULL(503),
    STOPPING(503);

    private final int status;

    RefusalReason(int status) {
        this.status = status;
    }

    /** What clients are told, as the status of HTTP. */
    public int status() {
        return status;
    }

    /** As stores and charts have it: {@code requests_a_minute}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reason of a text; empty where a newer Jerboa wrote it. */
    public static Optional<RefusalReason> of(String text) {
        for (RefusalReason reason : values()) {
            if (reason.text().equals(text)) {
                return Optional.of(reason);
            }
        }
        return Optional.empty();
    }
}
