package dev.jerboa.gateway.upstream;

/** Why an attempt did not answer, and what follows from it. */
public enum FailureKind {
    /** It answered. */
    NONE(false, false, false),
    /** 401, 402, 403: another of the provider's keys at once, then another endpoint. */
    KEY(true, false, true),
    /** 429: another key, after a pause; then another endpoint. */
    RATE_LIMITED(true, true, true),
    /** 5xx, the network, a time-out before the first content: the same key again after a pause, then another endpoint. */
    SERVER(false, true, true),
    /** Other 4xx, which every endpoint would say: nobody else is asked. */
    INVALID(false, false, false),
    /** The context or the content is not for this endpoint: another endpoint. */
    NOT_HERE(false, false, true),
    /** Content had gone to the client when it broke off: it ends there. */
    CUT(false, false, false),
    /** The client went away. */
    CLIENT_GONE(false, false, false);

    private final boolean rotatesKey;
    private final boolean backsOff;
    private final boolean fallsBack;

    FailureKind(boolean rotatesKey, boolean backsOff, boolean fallsBack) {
        this.rotatesKey = rotatesKey;
        this.backsOff = backsOff;
        this.fallsBack = fallsBack;
    }

    public boolean rotatesKey() {
        return rotatesKey;
    }

    public boolean backsOff() {
        return backsOff;
    }

    public boolean fallsBack() {
        return fallsBack;
    }
}
