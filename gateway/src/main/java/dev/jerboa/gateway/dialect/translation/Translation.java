package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.dialect.EndpointRequest;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ReplyReader;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.RequestOptions;
import java.util.Optional;

/** How requests of a client's form are put to endpoints of a dialect, and replies back. Thread-safe. */
public final class Translation {
    private Translation() {}

    /** The translation between two; empty where there is none, and {@link #refusal} says why. */
    public static Optional<Translation> of(ClientForm from, WireDialect to) {
        throw new UnsupportedOperationException();
    }

    /** Why a form cannot be put to endpoints of a dialect, in words for the client; empty where it can. */
    public static String refusal(ClientForm from, WireDialect to) {
        throw new UnsupportedOperationException();
    }

    /** Whether bytes go through as they are: the reply then goes through {@link #passage}, otherwise by {@link #reader} and {@link #writer}. */
    public boolean isPassthrough() {
        throw new UnsupportedOperationException();
    }

    /**
     * What the endpoint is sent. In the same dialect these are the client's bytes, with the fields that must change changed in place.
     *
     * @throws dev.jerboa.gateway.dialect.UntranslatableException where the dialect cannot express it: ask another endpoint
     * @throws dev.jerboa.gateway.dialect.MalformedRequestException where the request is not one of its form
     */
    public EndpointRequest request(ClientRequest request, RequestOptions options) {
        throw new UnsupportedOperationException();
    }

    /** A reader of the reply to a request. */
    public ReplyReader reader(ClientRequest request) {
        throw new UnsupportedOperationException();
    }

    /**
     * A writer of the reply to a request.
     *
     * @param id the generation's id (a ULID), from which the reply's own ids are made
     * @param model what the client is told has answered
     */
    public ReplyWriter writer(ClientRequest request, String id, String model) {
        throw new UnsupportedOperationException();
    }

    /** A way through for the reply to a request, where {@link #isPassthrough}. */
    public Passage passage(ClientRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Reads the body of an answer that is not a reply; whatever it is, there is a message. */
    public static EndpointError error(int status, byte[] body) {
        throw new UnsupportedOperationException();
    }

    /** The body of an error in a form's own shape, for a request that has no reply; the type of the body is {@code application/json}. */
    public static byte[] errorBody(ClientForm form, ErrorKind kind, String message) {
        throw new UnsupportedOperationException();
    }
}
