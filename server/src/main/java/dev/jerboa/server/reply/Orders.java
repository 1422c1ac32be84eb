package dev.jerboa.server.reply;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.ReasoningEffort;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.generate.AnswerForm;
import dev.jerboa.engine.generate.ChatTurn;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.template.TemplateException;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.HttpError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Steps from a request to an order that all dialects take, with their errors in words of requests. */
public final class Orders {
    private Orders() {}

    /** The prompt of a conversation. */
    public static Prompt prompt(LanguageModel model, ChatTurn turn) {
        try {
            return model.prompt(turn);
        } catch (TemplateException e) {
            throw HttpError.field("messages", "the model's chat template refuses them: " + e.getMessage());
        } catch (ModelException | IllegalArgumentException e) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    /** What the reply has to be, or null. */
    public static @Nullable Constraint constraint(
            LanguageModel model, Prompt prompt, ChatTurn turn, AnswerForm form, String field) {
        try {
            return model.constraint(prompt, turn.choice(), turn.parallelCalls(), form);
        } catch (ConstraintException e) {
            throw HttpError.field(field, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw HttpError.field("tool_choice", String.valueOf(e.getMessage()));
        }
    }

    /** How much to think, by its name, or null. */
    public static @Nullable ReasoningEffort effort(String field, @Nullable String name) {
        if (name == null) {
            return null;
        }
        if (name.equals("xhigh")) {
            return ReasoningEffort.MAX;
        }
        try {
            return ReasoningEffort.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw HttpError.field(field, "expected none, minimal, low, medium, high or max, found '" + name + "'");
        }
    }

    /** What was not possible of the thinking, and the fields that nobody read, in sentences; when all that is known was read. */
    public static List<String> warnings(Prompt prompt, Fields body) {
        List<String> warnings = new ArrayList<>(prompt.ignored());
        warnings.addAll(body.ignored());
        return warnings;
    }

    /** A tool in OpenAI's shape, as it is. */
    public static Map<String, @Nullable Object> tool(Fields tool) {
        String type = tool.text("type", "function");
        if (!type.equals("function")) {
            throw HttpError.field("tools", "expected tools of type function, found '" + type + "'");
        }
        Fields function = named(tool, "tools");
        function.text("description");
        Fields parameters = function.object("parameters");
        if (parameters != null) {
            parameters.all(); // a schema, whose names are not fields
        }
        function.all();
        return tool.all();
    }

    /** The function that a tool or a call has, with a name. */
    public static Fields named(Fields of, String field) {
        Fields function = of.object("function");
        if (function == null || function.text("name", "").isEmpty()) {
            throw HttpError.field(field, "expected {\"function\": {\"name\": …}}, found no name");
        }
        return function;
    }

    /** A function in OpenAI's shape, from dialects that have its parts elsewhere. */
    public static Map<String, @Nullable Object> function(Fields tool, @Nullable Object parameters) {
        if (tool.text("name", "").isEmpty()) {
            throw HttpError.field("tools", "expected tools with a name");
        }
        return map(
                "type",
                "function",
                "function",
                map(
                        "name",
                        tool.text("name", ""),
                        "description",
                        tool.text("description", ""),
                        "parameters",
                        parameters));
    }

    /** A call in OpenAI's shape. */
    public static Map<String, @Nullable Object> call(String id, String name, @Nullable Object arguments) {
        return map("id", id, "type", "function", "function", map("name", name, "arguments", arguments));
    }
}
