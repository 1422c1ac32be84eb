package dev.jerboa.server.openai;

import dev.jerboa.engine.generate.AnswerForm;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.HttpError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an answer has to be: {@code response_format}, and the fields that vLLM and llama.cpp have for it. */
final class Forms {
    private Forms() {}

    static AnswerForm of(Fields body) {
        AnswerForm form = responseFormat(body);
        Fields structured = body.object("structured_outputs");
        form = structured == null ? form : one(form, structured, "");
        return one(one(form, body, "guided_"), body, null);
    }

    /** Fields with a prefix, as vLLM has them; without one, as llama.cpp has them. */
    private static AnswerForm one(AnswerForm form, Fields fields, @Nullable String prefix) {
        AnswerForm found = form;
        if (prefix == null) {
            String grammar = fields.text("grammar");
            found = grammar == null ? found : only(found, new AnswerForm.Gbnf(grammar));
            Object schema = fields.value("json_schema");
            return schema == null ? found : only(found, new AnswerForm.JsonSchema(schema(schema)));
        }
        Object json = fields.value(prefix + "json");
        found = json == null ? found : only(found, new AnswerForm.JsonSchema(schema(json)));
        String regex = fields.text(prefix + "regex");
        found = regex == null ? found : only(found, new AnswerForm.Regex(regex));
        String grammar = fields.text(prefix + "grammar");
        found = grammar == null ? found : only(found, new AnswerForm.Gbnf(grammar));
        List<String> choice = fields.texts(prefix + "choice", 1024);
        return choice.isEmpty() ? found : only(found, new AnswerForm.Choice(choice));
    }

    private static AnswerForm only(AnswerForm before, AnswerForm form) {
        if (before instanceof AnswerForm.Free) {
            return form;
        }
        throw HttpError.field("response_format", "the form of the answer is given twice: give it once");
    }

    private static String schema(Object value) {
        return value instanceof String text ? text : JsonOut.line(value);
    }

    private static AnswerForm responseFormat(Fields body) {
        Fields format = body.object("response_format");
        if (format == null) {
            return new AnswerForm.Free();
        }
        String type = format.text("type", "");
        return switch (type) {
            case "text" -> new AnswerForm.Free();
            case "json_object" -> {
                Object schema = format.value("schema");
                yield schema == null ? new AnswerForm.Json() : new AnswerForm.JsonSchema(schema(schema));
            }
            case "json_schema" -> {
                Fields named = format.object("json_schema");
                if (named == null) {
                    throw HttpError.field("response_format.json_schema", "expected an object with a schema");
                }
                named.known("name", "strict", "description");
                Object schema = named.value("schema");
                yield schema == null ? new AnswerForm.Json() : new AnswerForm.JsonSchema(schema(schema));
            }
            case "regex" -> new AnswerForm.Regex(format.text("pattern", format.text("value", "")));
            case "grammar" -> new AnswerForm.Gbnf(format.text("grammar", ""));
            default ->
                throw HttpError.field(
                        "response_format.type", "expected text, json_object or json_schema, found '" + type + "'");
        };
    }
}
