package dev.jerboa.engine.chat.tool;

import dev.jerboa.engine.chat.tool.Shape.Choice;
import dev.jerboa.engine.chat.tool.Shape.Json;
import dev.jerboa.engine.chat.tool.Shape.Literal;
import dev.jerboa.engine.chat.tool.Shape.Repeat;
import dev.jerboa.engine.chat.tool.Shape.Sequence;
import dev.jerboa.engine.chat.tool.Shape.Text;
import dev.jerboa.model.json.JsonOut;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@link Shape} of a format's output, from the same parts that its parser reads by. */
final class ToolShape {
    private final ToolFormat format;
    private final List<ToolDefinition> tools;
    private final ToolChoice choice;
    private final boolean parallel;

    ToolShape(ToolFormat format, List<ToolDefinition> tools, ToolChoice choice, boolean parallel) {
        this.format = format;
        this.choice = choice;
        this.parallel = parallel;
        this.tools = choice instanceof ToolChoice.Named(String name)
                ? tools.stream().filter(tool -> tool.name().equals(name)).toList()
                : tools;
    }

    Shape shape() {
        if (choice instanceof ToolChoice.None || (tools.isEmpty() && choice instanceof ToolChoice.Auto)) {
            return new Text("");
        }
        if (tools.isEmpty()) {
            throw new IllegalArgumentException("a call is asked for (" + choice + "), and there is no such tool");
        }
        boolean required = !(choice instanceof ToolChoice.Auto);
        if (format.layout() == ToolFormat.Layout.HARMONY) {
            return harmony(required);
        }
        Shape calls = calls();
        if (required) {
            return calls;
        }
        if (format.layout() == ToolFormat.Layout.BARE) {
            return new Text(""); // without a mark, nothing tells a call's beginning from other text
        }
        Shape spoken = new Sequence(List.of(new Text(opening()), calls));
        return parallel
                ? new Sequence(List.of(new Repeat(spoken, 0, Repeat.UNBOUNDED), new Text(opening())))
                : new Choice(List.of(spoken, new Text(opening())));
    }

    /** What calls begin with. */
    private String opening() {
        return format.triggers().getFirst();
    }

    /** One call, or one and more. */
    private Shape calls() {
        List<Shape> options = new ArrayList<>();
        for (ToolDefinition tool : tools) {
            options.add(call(tool));
        }
        Shape one = options.size() == 1 ? options.getFirst() : new Choice(options);
        boolean bareJson = format.layout() == ToolFormat.Layout.BARE && !format.oneSection();
        List<Shape> open = bareJson ? List.of() : fixed(format.open());
        List<Shape> close = fixed(format.close());
        if (!parallel || bareJson) {
            return sequence(open, one, close);
        }
        if (!format.oneSection()) {
            Shape section = sequence(open, one, close);
            Shape next = new Sequence(List.of(new Literal(format.between().isEmpty() ? "\n" : ""), section));
            return new Sequence(List.of(section, new Repeat(next, 0, Repeat.UNBOUNDED)));
        }
        List<Shape> all = new ArrayList<>(open);
        all.add(one);
        String between = format.between().isEmpty() ? "" : format.between() + " ";
        all.add(new Repeat(sequence(List.of(new Literal(between)), one, List.of()), 0, Repeat.UNBOUNDED));
        all.addAll(close);
        return new Sequence(all);
    }

    private static Shape sequence(List<Shape> before, Shape body, List<Shape> after) {
        List<Shape> all = new ArrayList<>(before);
        all.add(body);
        all.addAll(after);
        return new Sequence(all);
    }

    private static List<Shape> fixed(List<Part> parts) {
        List<Shape> out = new ArrayList<>();
        for (Part part : parts) {
            switch (part) {
                case Part.Lit(String text) -> out.add(new Literal(text));
                case Part.Gap(String usual) -> out.add(new Literal(usual));
                default -> throw new AssertionError("sections are fixed text, found " + part);
            }
        }
        return out;
    }

    private Shape call(ToolDefinition tool) {
        List<Shape> out = new ArrayList<>();
        for (Part part : format.call()) {
            switch (part) {
                case Part.Lit(String text) -> out.add(new Literal(text));
                case Part.Gap(String usual) -> out.add(new Literal(usual));
                case Part.Name(String end, Part.Naming naming) -> name(tool.name(), end, naming, out);
                case Part.Word word -> out.add(new Literal(tool.name()));
                case Part.Id(String end) -> {
                    out.add(new Text(end));
                    out.add(new Literal(end));
                }
                case Part.Skip skip -> out.add(new Literal(skip.usual()));
                case Part.JsonArguments json -> out.add(new Json(schema(tool)));
                case Part.JsonCall(String nameKey, String argumentsKey) -> {
                    out.add(new Literal(
                            "{" + quoted(nameKey) + ": " + quoted(tool.name()) + ", " + quoted(argumentsKey) + ": "));
                    out.add(new Json(schema(tool)));
                    out.add(new Literal("}"));
                }
                case Part.KeyedCall keyed -> {
                    out.add(new Literal("{" + quoted(tool.name()) + ": "));
                    out.add(new Json(schema(tool)));
                    out.add(new Literal("}"));
                }
                case Part.Parameters parameters -> parameters(tool, parameters, out);
                case Part.Literals(Part.Syntax syntax) -> literals(tool, syntax, out);
            }
        }
        return new Sequence(out);
    }

    private static void name(String name, String end, Part.Naming naming, List<Shape> out) {
        switch (naming) {
            case PLAIN, CALL_ID -> out.add(new Literal(name + end));
            case COUNTED -> {
                out.add(new Literal("functions." + name + ":"));
                out.add(new Json(Map.of("type", "integer", "minimum", 0)));
                out.add(new Literal(end));
            }
        }
    }

    private void parameters(ToolDefinition tool, Part.Parameters part, List<Shape> out) {
        String newline = part.around() == Part.Around.LINES ? "\n" : "";
        for (Map.Entry<String, Map<String, @Nullable Object>> entry :
                properties(tool).entrySet()) {
            String key = entry.getKey();
            Map<String, @Nullable Object> schema = entry.getValue();
            ParameterKind kind = ParameterKind.of(tool.parameters(), key);
            String end = newline + part.valueEnd().replace("{key}", key);
            String start = switch (part.types()) {
                case SCHEMA -> part.valueStart();
                case STRING_FLAG -> " string=\"" + (kind == ParameterKind.STRING) + "\"" + part.valueStart();
                case TYPE_NAME -> " type=\"" + typeName(schema) + "\"" + part.valueStart();
            };
            List<Shape> one = new ArrayList<>();
            one.add(new Literal(part.open() + key + part.keyEnd() + start + newline));
            one.add(kind == ParameterKind.STRING ? plain(schema, end) : new Json(schema));
            one.add(new Literal(end + newline));
            out.add(optional(tool, key, new Sequence(one)));
        }
    }

    /** {@code key=value, key=value)}: every parameter of which the required ones are not optional, in the schema's order. */
    private void literals(ToolDefinition tool, Part.Syntax syntax, List<Shape> out) {
        boolean python = syntax == Part.Syntax.PYTHON;
        List<Shape> options = new ArrayList<>();
        for (Map.Entry<String, Map<String, @Nullable Object>> entry :
                properties(tool).entrySet()) {
            String key = entry.getKey();
            Map<String, @Nullable Object> schema = entry.getValue();
            Shape value = new Json(schema);
            if (!python && ParameterKind.of(tool.parameters(), key) == ParameterKind.STRING) {
                value = new Sequence(List.of(new Literal("<|\"|>"), plain(schema, "<|\"|>"), new Literal("<|\"|>")));
            } else if (python && "boolean".equals(schema.get("type"))) {
                value = new Choice(List.of(new Literal("True"), new Literal("False")));
            }
            boolean first = options.isEmpty();
            Shape named = new Sequence(
                    List.of(new Literal((first ? "" : python ? ", " : ",") + key + (python ? "=" : ":")), value));
            options.add(first ? named : optional(tool, key, named));
        }
        out.addAll(options);
        out.add(new Literal(python ? ")" : "}"));
    }

    private Shape harmony(boolean required) {
        List<Shape> heads = new ArrayList<>();
        for (ToolDefinition tool : tools) {
            heads.add(new Sequence(List.of(
                    new Literal("<|channel|>commentary to=functions." + tool.name() + " <|constrain|>json<|message|>"),
                    new Json(schema(tool)))));
        }
        if (!required) {
            heads.add(new Sequence(List.of(new Literal("<|channel|>final<|message|>"), new Text("<|channel|>"))));
        }
        Shape message = heads.size() == 1 ? heads.getFirst() : new Choice(heads);
        Shape thinking = new Sequence(List.of(
                new Literal("<|channel|>analysis<|message|>"),
                new Text("<|end|>"),
                new Literal("<|end|><|start|>assistant")));
        return new Sequence(List.of(new Repeat(thinking, 0, 1), message));
    }

    /** Text of a string parameter: one of its constants, or anything. */
    private static Shape plain(Map<String, @Nullable Object> schema, String end) {
        if (schema.get("enum") instanceof List<?> constants && !constants.isEmpty()) {
            return new Choice(constants.stream()
                    .map(constant -> (Shape) new Literal(String.valueOf(constant)))
                    .toList());
        }
        return new Text(end);
    }

    private static Shape optional(ToolDefinition tool, String key, Shape shape) {
        boolean required = tool.parameters().get("required") instanceof List<?> keys && keys.contains(key);
        return required ? shape : new Repeat(shape, 0, 1);
    }

    private static Map<String, @Nullable Object> schema(ToolDefinition tool) {
        return tool.parameters().isEmpty() ? Map.of("type", "object", "properties", Map.of()) : tool.parameters();
    }

    /** The schemas of the parameters, with what they refer to. */
    private static Map<String, Map<String, @Nullable Object>> properties(ToolDefinition tool) {
        Map<String, Map<String, @Nullable Object>> out = new LinkedHashMap<>();
        if (tool.parameters().get("properties") instanceof Map<?, ?> properties) {
            properties.forEach((key, value) -> {
                Map<String, @Nullable Object> schema = new LinkedHashMap<>();
                if (value instanceof Map<?, ?> map) {
                    map.forEach((name, item) -> schema.put(String.valueOf(name), item));
                }
                for (String definitions : List.of("$defs", "definitions")) {
                    if (tool.parameters().containsKey(definitions)) {
                        schema.putIfAbsent(definitions, tool.parameters().get(definitions));
                    }
                }
                out.put(String.valueOf(key), schema);
            });
        }
        return out;
    }

    private static String typeName(Map<String, @Nullable Object> schema) {
        return schema.get("type") instanceof String type ? type.equals("integer") ? "number" : type : "object";
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder();
        JsonOut.string(text, out);
        return out.toString();
    }
}
