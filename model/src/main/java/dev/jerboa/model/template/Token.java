package dev.jerboa.model.template;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a template.
 *
 * @param text the name, the operator, or the text of {@link Kind#DATA} and {@link Kind#STRING}
 * @param number the value of {@link Kind#INTEGER} and {@link Kind#FLOAT}
 */
record Token(Kind kind, String text, @Nullable Object number, int line) {
    enum Kind {
        DATA("template text"),
        VARIABLE_BEGIN("{{"),
        VARIABLE_END("}}"),
        BLOCK_BEGIN("{%"),
        BLOCK_END("%}"),
        NAME("name"),
        STRING("string"),
        INTEGER("integer"),
        FLOAT("float"),
        OPERATOR("operator"),
        END("end of template");

        final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    String words() {
        return kind == Kind.NAME || kind == Kind.OPERATOR ? "'" + text + "'" : kind.words;
    }
}
