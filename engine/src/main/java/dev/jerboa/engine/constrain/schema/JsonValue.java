package dev.jerboa.engine.constrain.schema;

import static dev.jerboa.engine.constrain.grammar.Expression.literal;
import static dev.jerboa.engine.constrain.grammar.Expression.sequence;

import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.model.json.JsonOut;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Constant values of a schema, as JSON texts. */
final class JsonValue {
    private final JsonSyntax syntax;

    JsonValue(JsonSyntax syntax) {
        this.syntax = syntax;
    }

    /** The value, with white space where JSON may have it. */
    Expression expression(Place place) {
        if (place.value() instanceof Map<?, ?>) {
            List<Expression> parts = new ArrayList<>();
            place.object().forEach((key, inner) -> {
                parts.add(literal(string(key)));
                parts.add(syntax.colon());
                parts.add(expression(place.child(key, inner)));
                parts.add(syntax.comma());
            });
            return bracketed("{", parts, "}");
        }
        if (place.value() instanceof List<?>) {
            List<Expression> parts = new ArrayList<>();
            for (Place element : place.elements()) {
                parts.add(expression(element));
                parts.add(syntax.comma());
            }
            return bracketed("[", parts, "]");
        }
        return literal(text(place));
    }

    private Expression bracketed(String open, List<Expression> parts, String close) {
        if (parts.isEmpty()) {
            return sequence(literal(open), syntax.space(), literal(close));
        }
        parts.removeLast();
        return sequence(literal(open), syntax.space(), sequence(parts), syntax.space(), literal(close));
    }

    static String string(String text) {
        StringBuilder out = new StringBuilder();
        JsonOut.string(text, out);
        return out.toString();
    }

    /** A value that is no object or array, in its one text. */
    static String text(Place place) {
        return switch (place.value()) {
            case null -> "null";
            case String text -> string(text);
            case Number number -> place.number().text();
            case Boolean flag -> flag.toString();
            default -> throw new IllegalArgumentException(place.pointer() + " is not a plain value");
        };
    }

    static int type(Place place) {
        return switch (place.value()) {
            case null -> Facts.NULL;
            case String s -> Facts.STRING;
            case Boolean b -> Facts.BOOLEAN;
            case Number n -> place.number().isWhole() ? Facts.INTEGER : Facts.FRACTION;
            case List<?> l -> Facts.ARRAY;
            default -> Facts.OBJECT;
        };
    }

    /** Equal for values that JSON schema takes as equal, and only for those. */
    static Object identity(Place place) {
        @Nullable Object value = place.value();
        return switch (value) {
            case null -> "null";
            case String text -> "\"" + text;
            case Number number -> place.number();
            case List<?> list ->
                place.elements().stream().map(JsonValue::identity).toList();
            case Map<?, ?> map -> {
                Map<String, Object> members = new TreeMap<>();
                place.object().forEach((key, inner) -> members.put(key, identity(place.child(key, inner))));
                yield members;
            }
            default -> value;
        };
    }
}
