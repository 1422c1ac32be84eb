package dev.jerboa.server.recorded;

import dev.jerboa.server.recorded.Said.Call;
import dev.jerboa.server.recorded.Said.Choice;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether an answer is what its request asked for: the number of choices, calls, the form, stops, the most tokens. */
final class Promises {
    private static final List<String> CUT = List.of("length", "max_tokens", "incomplete");

    private Promises() {}

    static void check(Seen request, Said said) {
        long choices = request.has("n") ? request.count("n") : 1;
        long prompts = request.maybe("prompt").value() instanceof List<?> several ? several.size() : 1;
        if (said.choices().size() != choices * prompts) {
            throw new AssertionError(request.where() + ": expected " + choices * prompts + " choices, found " + said);
        }
        long most = most(request);
        if (most > 0 && said.output() > most * choices * prompts) {
            throw new AssertionError(request.where() + ": expected at most " + most + " tokens a choice: " + said);
        }
        for (Choice choice : said.choices()) {
            calls(request, choice);
            for (String stop : stops(request)) {
                if (choice.text().contains(stop)) {
                    throw new AssertionError(request.where() + ": the stop '" + stop + "' is in " + choice);
                }
            }
            Seen schema = schema(request);
            if (!schema.isNull() && !CUT.contains(choice.finish())) {
                meets(schema, Seen.of(request.where() + "'s answer", choice.text()));
            }
        }
    }

    private static long most(Seen request) {
        for (String name : List.of("max_completion_tokens", "max_tokens", "max_output_tokens")) {
            if (request.has(name)) {
                return request.count(name);
            }
        }
        Seen options = request.maybe("options");
        return !options.isNull() && options.has("num_predict") ? options.count("num_predict") : 0;
    }

    private static List<String> stops(Seen request) {
        Seen holder = request.has("options") ? request.at("options") : request;
        Seen stop = holder.maybe(request.has("stop_sequences") ? "stop_sequences" : "stop");
        if (stop.isNull() || Boolean.TRUE.equals(request.maybe("echo").value())) {
            return List.of();
        }
        return stop.value() instanceof String text
                ? List.of(text)
                : stop.list().stream().map(Seen::text).toList();
    }

    private static void calls(Seen request, Choice choice) {
        boolean called = !choice.calls().isEmpty();
        if (choice.finish().startsWith("tool_") && !called) {
            throw new AssertionError(request.where() + ": ends for a call that is not there: " + choice);
        }
        Object wanted = request.maybe("tool_choice").value();
        String how = wanted instanceof Map<?, ?> map ? String.valueOf(map.get("type")) : String.valueOf(wanted);
        if (List.of("required", "any", "tool", "function").contains(how) && !called) {
            throw new AssertionError(request.where() + ": a call was required: " + choice);
        }
        if (how.equals("none") && called) {
            throw new AssertionError(request.where() + ": no call was wanted: " + choice);
        }
        for (Call call : choice.calls()) {
            Seen parameters = parameters(request, call.name());
            if (!CUT.contains(choice.finish())) {
                meets(parameters, new Seen(request.where() + "'s call of " + call.name(), call.arguments()));
            }
        }
    }

    /** The schema of a tool's arguments, which each dialect has elsewhere. */
    private static Seen parameters(Seen request, String name) {
        for (Seen tool : request.list("tools")) {
            Seen function = tool.has("function") ? tool.at("function") : tool;
            if (name.equals(function.text("name"))) {
                return function.object(function.has("input_schema") ? "input_schema" : "parameters");
            }
        }
        throw new AssertionError(request.where() + ": a call of " + name + ", which is not among the tools");
    }

    /** The schema of the answer, or null in its place. */
    private static Seen schema(Seen request) {
        if (request.has("response_format")) {
            return request.at("response_format").object("json_schema").object("schema");
        }
        if (request.has("output_config") && request.at("output_config").has("format")) {
            return request.at("output_config").at("format").object("schema");
        }
        if (request.has("text") && request.at("text").has("format")) {
            return request.at("text").at("format").maybe("schema");
        }
        return request.maybe("format");
    }

    /** The part of JSON Schema that the recorded requests use. */
    static void meets(Seen schema, Seen value) {
        String type = schema.text("type");
        boolean right = switch (type) {
            case "object" -> value.value() instanceof Map<?, ?>;
            case "integer" -> value.value() instanceof Long;
            case "boolean" -> value.value() instanceof Boolean;
            default -> throw schema.wrong("a type that this check knows");
        };
        if (!right || !within(schema, value.value())) {
            throw value.wrong("what meets " + schema.value());
        }
        if (!type.equals("object")) {
            return;
        }
        for (Seen name : schema.list("required")) {
            value.at(name.text());
        }
        for (String name : value.names()) {
            meets(schema.object("properties").object(name), value.at(name));
        }
    }

    private static boolean within(Seen schema, @Nullable Object value) {
        return !(value instanceof Long number)
                || ((!schema.has("minimum") || number >= schema.count("minimum"))
                        && (!schema.has("maximum") || number <= schema.count("maximum")));
    }
}
