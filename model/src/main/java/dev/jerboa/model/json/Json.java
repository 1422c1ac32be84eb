package dev.jerboa.model.json;

import dev.jerboa.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as plain values: {@code Map<String, Object>} in file order, {@code List<Object>}, {@code String}, {@code Long},
 * {@code Double}, {@code Boolean}, null. Bounded: nesting 500, documents 256 MiB.
 */
public final class Json {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(500)
                    .maxDocumentLength(256L << 20)
                    .maxStringLength(64 << 20)
                    .build())
            .build();

    private Json() {}

    /** The value in a file; a {@link ModelException} that names the file and the place where it is not JSON. */
    public static @Nullable Object read(Path file) {
        try (InputStream in = Files.newInputStream(file);
                JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), in)) {
            return document(parser);
        } catch (IOException | JacksonException e) {
            throw new ModelException(file + ": not readable as JSON: " + words(e), e);
        }
    }

    /** The value in a text; {@code source} names it in messages. */
    public static @Nullable Object parse(String text, String source) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            return document(parser);
        } catch (JacksonException e) {
            throw new ModelException(source + ": not readable as JSON: " + words(e), e);
        }
    }

    /** What is wrong, and where: without the words of the parser about itself. */
    private static String words(Exception e) {
        if (!(e instanceof JacksonException json)) {
            return String.valueOf(e.getMessage());
        }
        TokenStreamLocation place = json.getLocation();
        return json.getOriginalMessage()
                + (place == null || place.getLineNr() < 1
                        ? ""
                        : " at line " + place.getLineNr() + ", column " + place.getColumnNr());
    }

    /** {@link #read} of a file that must hold an object. */
    public static Map<String, @Nullable Object> object(Path file) {
        return asObject(read(file), file.toString());
    }

    /** The value as an object; {@code what} names it in the message when it is not one. */
    @SuppressWarnings("unchecked")
    public static Map<String, @Nullable Object> asObject(@Nullable Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        throw new ModelException(what + ": expected a JSON object, found " + kind(value));
    }

    /** The value as a list; {@code what} names it in the message when it is not one. */
    @SuppressWarnings("unchecked")
    public static List<@Nullable Object> asList(@Nullable Object value, String what) {
        if (value instanceof List<?> list) {
            return (List<@Nullable Object>) list;
        }
        throw new ModelException(what + ": expected a JSON array, found " + kind(value));
    }

    /** A word for the kind of a value. */
    public static String kind(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Map<?, ?> map -> "an object";
            case List<?> list -> "an array";
            case String string -> "a string";
            case Boolean bool -> "a boolean";
            default -> "the number " + value;
        };
    }

    private static @Nullable Object document(JsonParser parser) {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw new ModelException("an empty document is not JSON");
        }
        Object value = value(parser, first);
        if (parser.nextToken() != null) {
            throw new ModelException("more than one JSON value");
        }
        return value;
    }

    /** The value at a parser's current token, for readers that take the large parts of a document apart themselves. */
    public static @Nullable Object value(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new ModelException("the JSON document ends early");
        }
        return value(parser, token);
    }

    private static @Nullable Object value(JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String key = parser.currentName();
                    map.put(key, value(parser, parser.nextToken()));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    list.add(value(parser, next));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? (Object) parser.getDoubleValue()
                        : (Object) parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new ModelException("unexpected " + token);
        };
    }
}
