package dev.jerboa.hub.remote;

import dev.jerboa.hub.HubException;

/** The hub has no such repository, revision or file. */
final class NotThereException extends HubException {
    private static final long serialVersionUID = 1L;

    NotThereException(String message) {
        super(message);
    }
}
