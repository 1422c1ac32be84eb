package dev.jerboa.gateway.share.fact;

/** What sums are by, besides period and endpoint. */
public enum Split {
    KEY("key"),
    APP("app"),
    PAYER("payer_country");

    private final String column;

    Split(String column) {
        this.column = column;
    }

    String column() {
        return column;
    }
}
