package dev.jerboa.testkit.schema;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;

/** The independent validator: what a schema means, said by another implementation. Whether a text is JSON says {@link JsonPrefix}. */
public final class SchemaValidator {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final Schema schema;

    private SchemaValidator(Schema schema) {
        this.schema = schema;
    }

    /** @param schema as JSON text */
    public static SchemaValidator of(String schema) {
        return new SchemaValidator(REGISTRY.getSchema(schema, InputFormat.JSON));
    }

    /** What is wrong with a document; empty where it is valid. */
    public List<String> errors(String document) {
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
