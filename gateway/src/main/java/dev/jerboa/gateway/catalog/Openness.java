package dev.jerboa.gateway.catalog;

import java.util.Locale;

/** Whether a model's weights are published: a dimension of its own, apart from where its lab is. */
public enum Openness {
    /** Offered by its makers only. */
    CLOSED,
    /** The weights can be had. */
    OPEN_WEIGHT,
    /** The weights, the code and the data can be had under an open-source licence. */
    OPEN_SOURCE;

    public boolean isOpen() {
        return this != CLOSED;
    }

    /** As it is written in files and answers: {@code closed}, {@code open-weight}, {@code open-source}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
