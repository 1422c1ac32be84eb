package dev.jerboa.engine.constrain.schema;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.jerboa.model.json.JsonOut;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The independent validator: what a schema means, said by another implementation. */
final class Validator {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final Schema schema;

    private Validator(String schema) {
        this.schema = REGISTRY.getSchema(schema, InputFormat.JSON);
    }

    static Validator of(@Nullable Object schema) {
        return new Validator(schema instanceof String text ? text : JsonOut.line(schema));
    }

    /** What is wrong with a document; empty where it is valid. */
    List<String> errors(String document) {
        return schema
                .validate(
                        document,
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }
}
