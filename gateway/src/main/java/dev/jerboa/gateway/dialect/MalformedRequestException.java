package dev.jerboa.gateway.dialect;

/** A request that is not one of its form, whoever would answer it. */
public final class MalformedRequestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String field;

    /** @param field the request's field, as the client wrote it */
    public MalformedRequestException(String field, String reason) {
        super(field + ": " + reason);
        this.field = field;
    }

    public String field() {
        return field;
    }
}
