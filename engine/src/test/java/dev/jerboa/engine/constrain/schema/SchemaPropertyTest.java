package dev.jerboa.engine.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Constraints;
import dev.jerboa.engine.constrain.Grammar;
import dev.jerboa.engine.constrain.Vocabularies;
import dev.jerboa.engine.constrain.Walk;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.testkit.schema.RandomSchema;
import dev.jerboa.testkit.schema.SchemaValidator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is written under a schema's masks is valid by an independent validator. */
class SchemaPropertyTest {
    @Test
    void randomSchemasOnBytesAndOddTokens() {
        walk(Vocabularies.bytes(), 250, 4, 11);
    }

    @Test
    void randomSchemasOnAPublishedVocabulary() {
        walk(Vocabularies.llama3(), 25, 3, 12);
    }

    private static void walk(Vocabulary vocabulary, int schemas, int walks, long seed) {
        Constraints constraints = new Constraints(vocabulary, 4);
        Random random = new Random(seed);
        int documents = 0;
        for (int i = 0; i < schemas; i++) {
            Object schema = new RandomSchema(random).root();
            Constraint constraint;
            try {
                constraint = constraints.compile(Grammar.jsonSchema(
                        schema,
                        random.nextBoolean() ? SchemaOptions.DEFAULT : new SchemaOptions(Whitespace.COMPACT, true)));
            } catch (ConstraintException e) {
                assertThat(e).hasMessageContaining("no text satisfies");
                continue;
            }
            SchemaValidator validator = SchemaValidator.of(JsonOut.line(schema));
            for (int k = 0; k < walks; k++) {
                String document = Walk.of(constraint, vocabulary, 60, random);
                assertThat(validator.errors(document))
                        .as("%s by %s", document, JsonOut.line(schema))
                        .isEmpty();
                documents++;
            }
        }
        assertThat(documents).isGreaterThan(schemas * walks * 3 / 4);
    }

    /** Alternatives of which two may hold are refused; of the others, what is written satisfies exactly one. */
    @Test
    void alternativesAndDependencies() {
        Random random = new Random(14);
        Constraints constraints = new Constraints(Vocabularies.bytes(), 4);
        int documents = 0;
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            Map<String, Object> first = new RandomSchema(random).root();
            Map<String, Object> schema = new LinkedHashMap<>();
            schema.put("$defs", first.remove("$defs"));
            Map<String, Object> second = new RandomSchema(random).root();
            second.remove("$defs");
            if (random.nextInt(3) == 0 && first.get("properties") instanceof Map<?, ?> named && named.size() > 1) {
                List<Object> names = new ArrayList<>(named.keySet());
                first.put("dependentRequired", Map.of(names.getLast(), List.of(names.getFirst())));
                schema.put("allOf", List.of(first));
            } else {
                schema.put("oneOf", List.of(first, second, Map.of("type", "null")));
            }
            String text = JsonOut.line(schema);
            try {
                Constraint constraint = constraints.compile(Grammar.jsonSchema(schema, SchemaOptions.DEFAULT));
                SchemaValidator validator = SchemaValidator.of(text);
                for (int k = 0; k < 4; k++) {
                    String document = Walk.of(constraint, Vocabularies.bytes(), 40, random);
                    assertThat(validator.errors(document))
                            .as("%s by %s", document, text)
                            .isEmpty();
                    documents++;
                }
            } catch (ConstraintException e) {
                assertThat(e.getMessage())
                        .containsAnyOf(
                                "no text satisfies", "could satisfy this alternative", "make it simpler", "cases");
                refused++;
            }
        }
        assertThat(documents).isGreaterThan(200);
        assertThat(refused).isPositive();
    }

    @Test
    void anyJsonIsJson() {
        Random random = new Random(13);
        Constraints constraints = new Constraints(Vocabularies.bytes(), 4);
        SchemaValidator anything = SchemaValidator.of("{}");
        SchemaValidator object = SchemaValidator.of("{\"type\":\"object\"}");
        for (int i = 0; i < 150; i++) {
            assertThat(anything.errors(Walk.of(constraints.json(), Vocabularies.bytes(), 80, random)))
                    .isEmpty();
            assertThat(object.errors(Walk.of(constraints.jsonObject(), Vocabularies.bytes(), 80, random)))
                    .isEmpty();
        }
    }
}
