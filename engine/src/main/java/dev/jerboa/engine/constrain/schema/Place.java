package dev.jerboa.engine.constrain.schema;

import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value in a schema and where it is.
 *
 * @param pointer JSON pointer as a fragment, {@code #/properties/name}
 */
record Place(String pointer, @Nullable Object value) {
    Place child(String key, @Nullable Object inner) {
        return new Place(pointer + "/" + key.replace("~", "~0").replace("/", "~1"), inner);
    }

    /** The value of a keyword of this schema, which must be an object. */
    Place keyword(String name) {
        return child(name, object().get(name));
    }

    Map<String, @Nullable Object> object() {
        if (value instanceof Map<?, ?>) {
            return Json.asObject(value, pointer);
        }
        throw expected("an object");
    }

    List<Place> elements() {
        if (!(value instanceof List<?> list)) {
            throw expected("an array");
        }
        List<Place> places = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            places.add(child(Integer.toString(i), list.get(i)));
        }
        return places;
    }

    String string() {
        if (value instanceof String text) {
            return text;
        }
        throw expected("a string");
    }

    boolean flag() {
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw expected("true or false");
    }

    Decimal number() {
        if (value instanceof Number number) {
            return Decimal.of(number, pointer);
        }
        throw expected("a number");
    }

    /** A whole number from 0; of one beyond {@code most}, that. */
    int count(int most) {
        Decimal number = number();
        if (number.negative() || !number.isWhole()) {
            throw expected("a whole number from 0");
        }
        return number.whole().length() > 9 ? most : Math.min(most, Integer.parseInt(number.whole()));
    }

    ConstraintException expected(String what) {
        return new ConstraintException(pointer + ": expected " + what + ", found " + Json.kind(value));
    }

    ConstraintException refused(String why) {
        return new ConstraintException(pointer + ": " + why);
    }
}
