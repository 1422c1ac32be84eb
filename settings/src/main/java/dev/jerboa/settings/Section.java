package dev.jerboa.settings;

import dev.jerboa.model.ModelException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A mapping of a YAML file, read key by key; {@link #end} refuses what nothing asked for. */
public final class Section {
    private static final int MAX_ALIASES = 20;
    private static final int MAX_CODE_POINTS = 1 << 22;
    private static final int MAX_DIGITS = 40;
    private static final int MAX_DEPTH = 64;

    private final String source;
    private final String path;
    private final int line;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Integer> lines = new LinkedHashMap<>();
    private final List<Section> inner = new ArrayList<>();
    private final List<String> used = new ArrayList<>();

    private Section(String source, String path, Node node) {
        this(source, path, node, line(node));
    }

    private Section(String source, String path, Node node, int line) {
        this.source = source;
        this.path = path;
        this.line = line;
        if (!(node instanceof MappingNode mapping)) {
            throw new ModelException(source + ":" + line(node) + ": " + (path.isEmpty() ? "the file" : path)
                    + " is no mapping of keys to values");
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new ModelException(source + ":" + line(tuple.getKeyNode()) + ": a key that is no text");
            }
            if (values.put(key.getValue(), tuple.getValueNode()) != null) {
                throw new ModelException(source + ":" + line(key) + ": key " + at(key.getValue()) + " is given twice");
            }
            lines.put(key.getValue(), line(key));
        }
    }

    /** The mapping that a text is; {@code source} names it in messages. */
    public static Section parse(String text, String source) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(source)
                .setMaxAliasesForCollections(MAX_ALIASES)
                .setCodePointLimit(MAX_CODE_POINTS)
                .setUseMarks(true)
                .build();
        try {
            requireShallow(text, settings, source);
            Optional<Node> node = new Compose(settings).composeString(text);
            return new Section(source, "", node.orElseThrow(() -> new ModelException(source + ": the file is empty")));
        } catch (MarkedYamlEngineException e) {
            // its own message quotes the lines around, which are nobody's but the file's
            String line =
                    e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
            throw new ModelException(source + line + ": not readable as YAML: " + e.getProblem(), e);
        } catch (YamlEngineException e) {
            throw new ModelException(source + ": not readable as YAML: " + e.getMessage(), e);
        }
    }

    /** Composing recurses, parsing does not: so what is nested too deeply is found before it can do harm. */
    private static void requireShallow(String text, LoadSettings settings, String source) {
        int depth = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
                String line = event.getStartMark()
                        .map(mark -> ":" + (mark.getLine() + 1))
                        .orElse("");
                throw new ModelException(
                        source + line + ": more than " + MAX_DEPTH + " lists and mappings in one another");
            }
            if (event instanceof CollectionEndEvent) {
                depth--;
            }
        }
    }

    /** Plain values as YAML, which {@link #parse} reads again where they are a mapping. */
    public static String write(@Nullable Object value) {
        DumpSettings settings =
                DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
        return new Dump(settings).dumpToString(value);
    }

    private static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    private String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** Whether the key is there. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The keys, in the file's order. */
    public List<String> keys() {
        return List.copyOf(values.keySet());
    }

    /**
     * The line of a key of this file, by its path ({@code data.window}), or of the nearest section above it that is there; 0 where
     * there is none.
     */
    public int line(String key) {
        int dot = key.indexOf('.');
        String first = dot < 0 ? key : key.substring(0, dot);
        int line = lines.getOrDefault(first, 0);
        if (dot > 0 && values.get(first) instanceof MappingNode mapping) {
            int below = new Section(source, at(first), mapping).line(key.substring(dot + 1));
            return below == 0 ? line : below;
        }
        return line;
    }

    /** A key that should not be there. */
    public ModelException unknown(String key, String expected) {
        return new ModelException(source + ":" + line(key) + ": unknown key " + at(key) + ", expected " + expected);
    }

    /** A value that is not as it should be. */
    public ModelException wrong(String key, String expected) {
        Node node = values.get(key);
        String found = node instanceof ScalarNode scalar
                ? "'" + scalar.getValue() + "'"
                : node instanceof SequenceNode ? "a list" : "a mapping";
        return new ModelException(
                source + ":" + lines.get(key) + ": " + at(key) + " is " + found + ", expected " + expected);
    }

    private @Nullable String scalar(String key, String expected) {
        Node node = values.get(key);
        if (node == null) {
            return null;
        }
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw wrong(key, expected);
    }

    private ModelException missing(String key, String expected) {
        return new ModelException(where() + ": " + at(key) + " is missing, expected " + expected);
    }

    /** The text under a key that must be there. */
    public String text(String key) {
        String value = scalar(key, "a text");
        use(key);
        if (value == null) {
            throw missing(key, "a text");
        }
        return value;
    }

    /** The text under a key, or another. */
    public String text(String key, String otherwise) {
        return has(key) ? text(key) : otherwise;
    }

    /** A list of texts, or a single one. */
    public List<String> texts(String key, List<String> otherwise) {
        Node node = values.get(key);
        if (node == null) {
            return otherwise;
        }
        List<Node> nodes = node instanceof SequenceNode list ? list.getValue() : List.of(node);
        List<String> texts = new ArrayList<>();
        for (Node each : nodes) {
            if (!(each instanceof ScalarNode scalar)) {
                throw wrong(key, "a text or a list of texts");
            }
            texts.add(scalar.getValue());
        }
        use(key);
        return texts;
    }

    /** The finite number under a key that must be there. */
    public double number(String key) {
        String expected = "a number";
        String value = scalar(key, expected);
        if (value == null) {
            throw missing(key, expected);
        }
        try {
            double number = Double.parseDouble(value);
            if (!Double.isFinite(number)) {
                throw wrong(key, expected);
            }
            use(key);
            return number;
        } catch (NumberFormatException e) {
            throw wrong(key, expected);
        }
    }

    /** The finite number under a key, or another. */
    public double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    /** The number from {@code least} to {@code most}, both included, under a key, or another. */
    public double number(String key, double otherwise, double least, double most) {
        double number = number(key, otherwise);
        if (number < least || number > most) {
            throw wrong(key, "a number from " + least + (most == Double.MAX_VALUE ? "" : " to " + most));
        }
        return number;
    }

    /** The whole number under a key that must be there. */
    public int integer(String key, int least, int most) {
        return integer(key, least, most, "a whole number from " + least + " to " + most);
    }

    private int integer(String key, int least, int most, String expected) {
        String value = scalar(key, expected);
        if (value == null) {
            throw missing(key, expected);
        }
        try {
            long number = Long.parseLong(value.replace("_", ""));
            if (number < least || number > most) {
                throw wrong(key, expected);
            }
            use(key);
            return (int) number;
        } catch (NumberFormatException e) {
            throw wrong(key, expected);
        }
    }

    /** The whole number under a key, or another. */
    public int integer(String key, int otherwise, int least, int most) {
        return has(key) ? integer(key, least, most) : otherwise;
    }

    /** The whole number under a key, or another one; {@code word} stands there for {@code meaning}. */
    public int integer(String key, int otherwise, int least, int most, String word, int meaning) {
        String expected = "a whole number from " + least + " to " + most + " or " + word;
        if (word.equals(scalar(key, expected))) {
            use(key);
            return meaning;
        }
        return has(key) ? integer(key, least, most, expected) : otherwise;
    }

    /** The truth value under a key, or another. */
    public boolean flag(String key, boolean otherwise) {
        String value = scalar(key, "true or false");
        if (value == null) {
            return otherwise;
        }
        if (!value.equals("true") && !value.equals("false")) {
            throw wrong(key, "true or false");
        }
        use(key);
        return value.equals("true");
    }

    /** One of an enum's constants, written in small letters with hyphens. */
    public <E extends Enum<E>> E choice(String key, Class<E> type, E otherwise) {
        String value = scalar(key, "a text");
        if (value == null) {
            return otherwise;
        }
        List<String> names = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String name = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (name.equals(value.replace('_', '-'))) {
                use(key);
                return constant;
            }
            names.add(name);
        }
        throw wrong(key, "one of " + String.join(", ", names));
    }

    /** The mapping under a key. */
    public Section section(String key) {
        Node node = values.get(key);
        if (node == null) {
            throw missing(key, "a mapping");
        }
        Section section = new Section(source, at(key), node, lines.getOrDefault(key, line(node)));
        use(key);
        inner.add(section);
        return section;
    }

    /** The mapping under a key, or an empty one. */
    public Section sectionOrEmpty(String key) {
        return has(key) ? section(key) : parse("{}", source);
    }

    /** The mappings of a list under a key, in order; none where the key is not there. */
    public List<Section> sections(String key) {
        Node node = values.get(key);
        if (node == null) {
            return List.of();
        }
        if (!(node instanceof SequenceNode list)) {
            throw wrong(key, "a list of mappings");
        }
        List<Section> all = new ArrayList<>();
        for (Node item : list.getValue()) {
            Section section = new Section(source, at(key) + "[" + all.size() + "]", item);
            all.add(section);
            inner.add(section);
        }
        use(key);
        return all;
    }

    /** The decimal number under a key that must be there, with all the digits that are written. */
    public BigDecimal decimal(String key) {
        String expected = "a number";
        String value = scalar(key, expected);
        if (value == null) {
            throw missing(key, expected);
        }
        if (value.length() > MAX_DIGITS) {
            throw wrong(key, "a number of at most " + MAX_DIGITS + " characters");
        }
        try {
            BigDecimal number = new BigDecimal(value.replace("_", ""));
            if (Math.abs((long) number.scale()) > MAX_DIGITS) {
                throw wrong(key, "a number of at most " + MAX_DIGITS + " digits");
            }
            use(key);
            return number;
        } catch (NumberFormatException e) {
            throw wrong(key, expected);
        }
    }

    /** The file that it is read from, and the line that it begins in, for messages. */
    public String where() {
        return source + ":" + line;
    }

    /** The file, and the line of a key, for messages. */
    public String where(String key) {
        return source + ":" + lines.getOrDefault(key, line);
    }

    /** Where it is in its file: keys joined by dots; empty for the whole file. */
    public String path() {
        return path;
    }

    /** Every key with its number. */
    public Map<String, Double> numbers() {
        Map<String, Double> all = new LinkedHashMap<>();
        for (String key : List.copyOf(values.keySet())) {
            all.put(key, number(key));
        }
        return all;
    }

    /** The texts of a list under a key that must be there. */
    public List<String> texts(String key) {
        return items(key, "a list of texts");
    }

    /** The whole numbers of a list under a key that must be there. */
    public List<Integer> integers(String key, int least, int most, int count) {
        String expected = "a list of at most " + count + " whole numbers from " + least + " to " + most;
        List<Integer> all = new ArrayList<>();
        for (String item : items(key, expected)) {
            try {
                long number = Long.parseLong(item);
                if (number < least || number > most || all.size() == count) {
                    throw wrong(key, expected);
                }
                all.add((int) number);
            } catch (NumberFormatException e) {
                throw wrong(key, expected);
            }
        }
        return all;
    }

    private List<String> items(String key, String expected) {
        Node node = values.get(key);
        if (node == null) {
            throw missing(key, expected);
        }
        if (!(node instanceof SequenceNode list)) {
            throw wrong(key, expected);
        }
        List<String> all = new ArrayList<>();
        for (Node item : list.getValue()) {
            if (!(item instanceof ScalarNode scalar)) {
                throw wrong(key, expected);
            }
            all.add(scalar.getValue());
        }
        use(key);
        return all;
    }

    /** Everything that is left as plain values: maps, lists, text, whole numbers, numbers, booleans, null. */
    public Map<String, @Nullable Object> plain() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        for (String key : List.copyOf(values.keySet())) {
            all.put(key, plain(at(key), values.get(key)));
            use(key);
        }
        return all;
    }

    private @Nullable Object plain(String key, @Nullable Node node) {
        return switch (node) {
            case MappingNode mapping -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                for (NodeTuple tuple : mapping.getValue()) {
                    String name = String.valueOf(plain(key, tuple.getKeyNode()));
                    map.put(name, plain(key + "." + name, tuple.getValueNode()));
                }
                yield map;
            }
            case SequenceNode list -> {
                List<@Nullable Object> items = new ArrayList<>();
                list.getValue().forEach(item -> items.add(plain(key, item)));
                yield items;
            }
            case ScalarNode scalar
            when scalar.getTag().equals(Tag.INT) -> {
                try {
                    yield Long.parseLong(scalar.getValue());
                } catch (NumberFormatException e) {
                    throw wrong(key, scalar, "a whole number from -2^63 to 2^63 - 1");
                }
            }
            case ScalarNode scalar
            when scalar.getTag().equals(Tag.FLOAT) -> {
                try {
                    yield Double.parseDouble(scalar.getValue());
                } catch (NumberFormatException e) { // .inf, .nan
                    throw wrong(key, scalar, "a finite number");
                }
            }
            case ScalarNode scalar when scalar.getTag().equals(Tag.BOOL) -> Boolean.parseBoolean(scalar.getValue());
            case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> null;
            case ScalarNode scalar -> scalar.getValue();
            case null, default -> null;
        };
    }

    private void use(String key) {
        used.add(key);
    }

    private ModelException wrong(String key, ScalarNode found, String expected) {
        return new ModelException(
                source + ":" + line(found) + ": " + key + " is '" + found.getValue() + "', expected " + expected);
    }

    /** Refuses keys that nothing asked for, here and in the mappings that were read from here. */
    public void end() {
        for (Map.Entry<String, Integer> entry : lines.entrySet()) {
            if (!used.contains(entry.getKey())) {
                throw new ModelException(source + ":" + entry.getValue() + ": unknown key " + at(entry.getKey()));
            }
        }
        inner.forEach(Section::end);
    }
}
