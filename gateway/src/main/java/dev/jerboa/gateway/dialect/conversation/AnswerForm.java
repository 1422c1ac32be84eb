package dev.jerboa.gateway.dialect.conversation;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How an answer must look. */
public sealed interface AnswerForm {
    record Free() implements AnswerForm {}

    /** Some JSON. */
    record Json() implements AnswerForm {}

    /** JSON by a schema. */
    record Schema(
            String name,
            String description,
            Map<String, ? extends @Nullable Object> schema,
            @Nullable Boolean strict) implements AnswerForm {}
}
