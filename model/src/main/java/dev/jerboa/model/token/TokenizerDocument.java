package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.token.split.IntList;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * A {@code tokenizer.json} or {@code vocab.json} read in one pass: vocabulary and merges into flat lists, the rest as plain
 * values.
 */
final class TokenizerDocument {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(100)
                    .maxDocumentLength(256L << 20)
                    .maxStringLength(64 << 20)
                    .maxNameLength(1 << 20)
                    .build())
            .build();

    /** The document without the model. */
    final Map<String, @Nullable Object> parts = new LinkedHashMap<>();

    /** The model without vocabulary and merges. */
    final Map<String, @Nullable Object> model = new LinkedHashMap<>();

    /** The tokens, their ids, and their scores where there are such. */
    final TextList tokens;

    final IntList ids = new IntList(1 << 12);
    double[] scores = new double[0];

    /** Left, right, left, right …, or whole lines; see {@link #mergeLines}. */
    final TextList merges;

    /** Whether merges are strings with a space between the two tokens. */
    boolean mergeLines;

    private final String source;

    private TokenizerDocument(String source) {
        this.source = source;
        this.tokens = new TextList(source);
        this.merges = new TextList(source);
    }

    /** Reads a {@code tokenizer.json}. */
    static TokenizerDocument read(Path file) {
        TokenizerDocument document = new TokenizerDocument(file.toString());
        document.parse(file, parser -> document.top(parser));
        return document;
    }

    /** Reads the text of a {@code tokenizer.json}; {@code source} names it in messages. */
    static TokenizerDocument read(String text, String source) {
        TokenizerDocument document = new TokenizerDocument(source);
        document.parse(() -> new StringReader(text), parser -> document.top(parser));
        return document;
    }

    /** Reads a {@code vocab.json}: an object of ids by token. */
    static TokenizerDocument vocabulary(Path file) {
        TokenizerDocument document = new TokenizerDocument(file.toString());
        document.parse(file, parser -> document.idsByToken(parser));
        return document;
    }

    private interface Body {
        void read(JsonParser parser);
    }

    private interface Opened {
        Reader open() throws IOException;
    }

    private void parse(Path file, Body body) {
        parse(
                () -> new BufferedReader(
                        new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8), 1 << 16),
                body);
    }

    private void parse(Opened text, Body body) {
        try (Reader in = text.open();
                JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), in)) {
            parser.nextToken();
            body.read(parser);
        } catch (IOException | JacksonException e) {
            throw new ModelException(source + ": not readable as JSON: " + e.getMessage(), e);
        }
    }

    private void expect(JsonParser parser, JsonToken wanted, String what) {
        if (parser.currentToken() != wanted) {
            throw new ModelException(source + ": " + what + " is " + parser.currentToken() + ", expected " + wanted);
        }
    }

    private void top(JsonParser parser) {
        expect(parser, JsonToken.START_OBJECT, "the document");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            if (key.equals("model")) {
                model(parser);
            } else {
                parts.put(key, Json.value(parser));
            }
        }
    }

    private void model(JsonParser parser) {
        expect(parser, JsonToken.START_OBJECT, "model");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            JsonToken value = parser.nextToken();
            if (key.equals("vocab") && value == JsonToken.START_ARRAY) {
                scoredTokens(parser);
            } else if (key.equals("vocab")) {
                idsByToken(parser);
            } else if (key.equals("merges") && value == JsonToken.START_ARRAY) {
                merges(parser);
            } else {
                model.put(key, Json.value(parser));
            }
        }
    }

    private void idsByToken(JsonParser parser) {
        expect(parser, JsonToken.START_OBJECT, "the vocabulary");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            tokens.add(parser.currentName());
            parser.nextToken();
            expect(parser, JsonToken.VALUE_NUMBER_INT, "the id of a token");
            ids.add(parser.getIntValue());
        }
        expect(parser, JsonToken.END_OBJECT, "the end of the vocabulary");
    }

    private void scoredTokens(JsonParser parser) {
        while (parser.nextToken() == JsonToken.START_ARRAY) {
            int id = tokens.size();
            parser.nextToken();
            expect(parser, JsonToken.VALUE_STRING, "a token of the vocabulary");
            tokens.add(parser.getString());
            JsonToken number = parser.nextToken();
            if (number != JsonToken.VALUE_NUMBER_INT) {
                expect(parser, JsonToken.VALUE_NUMBER_FLOAT, "the score of a token");
            }
            if (id >= scores.length) {
                scores = Arrays.copyOf(scores, Math.max(1 << 12, id * 2));
            }
            scores[id] = parser.getDoubleValue();
            ids.add(id);
            parser.nextToken();
            expect(parser, JsonToken.END_ARRAY, "the end of a token");
        }
        expect(parser, JsonToken.END_ARRAY, "the end of the vocabulary");
    }

    private void merges(JsonParser parser) {
        JsonToken item = parser.nextToken();
        mergeLines = item == JsonToken.VALUE_STRING;
        while (item != JsonToken.END_ARRAY) {
            if (mergeLines) {
                expect(parser, JsonToken.VALUE_STRING, "a merge");
                merge(parser);
            } else {
                expect(parser, JsonToken.START_ARRAY, "a merge");
                for (int side = 0; side < 2; side++) {
                    parser.nextToken();
                    expect(parser, JsonToken.VALUE_STRING, "a side of a merge");
                    merge(parser);
                }
                parser.nextToken();
                expect(parser, JsonToken.END_ARRAY, "the end of a merge");
            }
            item = parser.nextToken();
        }
    }

    private void merge(JsonParser parser) {
        merges.add(parser.getStringCharacters(), parser.getStringOffset(), parser.getStringLength());
    }
}
