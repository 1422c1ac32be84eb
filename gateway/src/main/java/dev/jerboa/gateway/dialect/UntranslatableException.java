package dev.jerboa.gateway.dialect;

/** A request that an endpoint's dialect cannot express without changing what it means: another endpoint may, this one is not asked. */
public final class UntranslatableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String field;

    /** @param field the request's field, as the client wrote it: {@code logprobs}, {@code messages[2].content[0].image_url} */
    public UntranslatableException(String field, String reason) {
        super(field + ": " + reason);
        this.field = field;
    }

    public String field() {
        return field;
    }
}
