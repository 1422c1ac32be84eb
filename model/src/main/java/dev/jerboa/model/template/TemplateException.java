package dev.jerboa.model.template;

/** A chat template is not valid or could not be rendered: the message names the template, the line and the reason. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String template;
    private final int line;
    private final String reason;

    TemplateException(String template, int line, String reason) {
        super("chat template " + template + ", line " + line + ": " + reason);
        this.template = template;
        this.line = line;
        this.reason = reason;
    }

    /** The name that the template was parsed under. */
    public String template() {
        return template;
    }

    /** The line of the template's source, from 1. */
    public int line() {
        return line;
    }

    /** What went wrong, without the place; for {@code raise_exception} the template's own words. */
    public String reason() {
        return reason;
    }
}
