package dev.jerboa.model.template;

/** A failure in the words of the template's author; whoever knows the line turns it into a {@link TemplateException}. */
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Fault(String message) {
        super(message, null, false, false);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
