package dev.jerboa.server.model;

import java.util.Locale;

/** What has become of a model that was declared. */
public enum ModelState {
    UNLOADED,
    LOADING,
    READY,
    UNLOADING,
    /** Loading it went wrong; it can be tried again. */
    FAILED;

    /** Its name for clients. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
