package dev.jerboa.engine.chat.call;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import org.jspecify.annotations.Nullable;

/**
 * Reads a call that is one JSON object with name and arguments among its keys, in any order; keys that it does not know are
 * passed over. Arguments that are a string with JSON inside, as some models write them, are unwrapped.
 */
final class JsonCallReader implements PartReader {
    private static final int MAX_KEY = 1024;
    private static final int MAX_WRAPPED = 1 << 20;

    private enum Place {
        OPEN,
        FIRST_KEY,
        KEY,
        IN_KEY,
        COLON,
        VALUE,
        IN_VALUE,
        AFTER
    }

    private enum Role {
        NAME,
        ID,
        ARGUMENTS,
        WRAPPED,
        OTHER
    }

    private final @Nullable String nameKey;
    private final @Nullable String argumentsKey;
    private final RunningCall call;
    private final StringBuilder held = new StringBuilder();
    private JsonScanner scanner = new JsonScanner();
    private Place place = Place.OPEN;
    private Role role = Role.OTHER;
    private boolean arguments;

    /** Without keys, the object's one key is the name, and its value the arguments. */
    JsonCallReader(@Nullable String nameKey, @Nullable String argumentsKey, RunningCall call) {
        this.nameKey = nameKey;
        this.argumentsKey = argumentsKey;
        this.call = call;
    }

    @Override
    public Verdict accept(char c) {
        boolean space = JsonScanner.isSpace(c);
        return switch (place) {
            case OPEN -> space ? Verdict.MORE : go(c == '{', Place.FIRST_KEY);
            case FIRST_KEY, KEY -> space ? Verdict.MORE : beginKey(c);
            case IN_KEY -> key(c);
            case COLON -> space ? Verdict.MORE : go(c == ':', Place.VALUE);
            case VALUE -> space ? Verdict.MORE : beginValue(c);
            case IN_VALUE -> value(c);
            case AFTER -> space ? Verdict.MORE : c == '}' ? end() : go(c == ',', Place.KEY);
        };
    }

    private Verdict go(boolean allowed, Place next) {
        if (!allowed) {
            return Verdict.FAIL;
        }
        place = next;
        return Verdict.MORE;
    }

    private Verdict beginKey(char c) {
        if (c != '"') {
            return Verdict.FAIL;
        }
        begin(c);
        return go(true, Place.IN_KEY);
    }

    private void begin(char c) {
        held.setLength(0);
        held.append(c);
        scanner = new JsonScanner();
        scanner.accept(c);
    }

    private Verdict key(char c) {
        held.append(c);
        Verdict verdict = scanner.accept(c);
        if (verdict == Verdict.FAIL || held.length() > MAX_KEY) {
            return Verdict.FAIL;
        }
        return verdict == Verdict.DONE ? keyed(text()) : Verdict.MORE;
    }

    private Verdict keyed(String key) {
        if (nameKey == null) {
            if (call.named() || !call.name(key)) {
                return Verdict.FAIL;
            }
            role = Role.ARGUMENTS;
        } else if (key.equals(nameKey)) {
            role = Role.NAME;
        } else if (!arguments && (key.equals(argumentsKey) || key.equals("arguments") || key.equals("parameters"))) {
            role = Role.ARGUMENTS;
        } else {
            role = key.equals("id") ? Role.ID : Role.OTHER;
        }
        return go(true, Place.COLON);
    }

    private Verdict beginValue(char c) {
        place = Place.IN_VALUE;
        scanner = new JsonScanner();
        held.setLength(0);
        if (role == Role.NAME && c != '"') {
            return Verdict.FAIL;
        }
        if (role == Role.ARGUMENTS) {
            if (nameKey == null && c != '{') {
                return Verdict.FAIL;
            }
            role = c == '{' ? Role.ARGUMENTS : Role.WRAPPED;
        }
        return value(c);
    }

    private Verdict value(char c) {
        if (role == Role.ARGUMENTS) {
            Verdict verdict = JsonArgumentsReader.forward(c, scanner, call);
            return verdict == Verdict.DONE ? valueEnds() : verdict;
        }
        boolean inString = scanner.inString();
        Verdict verdict = scanner.accept(c);
        if (verdict == Verdict.BEFORE) {
            return valueEnds() == Verdict.FAIL ? Verdict.FAIL : accept(c);
        }
        if (role != Role.OTHER) {
            if (inString && c < ' ') {
                RunningCall.escape(c, held);
            } else {
                held.append(c);
            }
            if (held.length() > (role == Role.WRAPPED ? MAX_WRAPPED : MAX_KEY)) {
                return Verdict.FAIL;
            }
        }
        return verdict == Verdict.DONE ? valueEnds() : verdict;
    }

    private Verdict valueEnds() {
        place = Place.AFTER;
        boolean fine = switch (role) {
            case NAME -> name(text());
            case ARGUMENTS -> arguments();
            case WRAPPED -> wrapped();
            case ID -> {
                if (held.charAt(0) == '"') {
                    call.id(text());
                }
                yield true;
            }
            case OTHER -> true;
        };
        return fine ? Verdict.MORE : Verdict.FAIL;
    }

    private boolean name(String name) {
        if (call.named() || !call.name(name)) {
            return false;
        }
        if (arguments) {
            call.completeArguments();
        }
        return true;
    }

    private boolean arguments() {
        arguments = true;
        if (call.named()) {
            call.completeArguments();
        }
        return true;
    }

    /** Arguments that are no object: null is none, a string may hold an object; what else there is stays as it is. */
    private boolean wrapped() {
        String value = held.toString();
        if (value.equals("null") || value.equals("\"\"")) {
            value = "{}";
        } else if (value.startsWith("\"")) {
            String inside = text();
            value = inside.stripLeading().startsWith("{") && JsonScanner.isJson(inside) ? inside.strip() : value;
        }
        return call.json(value) && arguments();
    }

    private Verdict end() {
        if (!call.named()) {
            return Verdict.FAIL;
        }
        if (!arguments) {
            call.json("{}");
            call.completeArguments();
        }
        return Verdict.DONE;
    }

    /** The JSON string that is held. */
    private String text() {
        try {
            return Json.parse(held.toString(), "a tool call") instanceof String text ? text : "";
        } catch (ModelException e) {
            return ""; // a control character, which a name cannot have
        }
    }
}
