package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.ToolDefinition;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The call that is being read: collects name and id, announces the call when the first of its arguments comes, and hands the
 * arguments on. One thread.
 */
final class RunningCall {
    /** The most characters of arguments that wait for a name, which some models write last. */
    private static final int MAX_WAITING = 64 << 10;

    private final Map<String, ToolDefinition> tools;
    private final Supplier<String> ids;
    private final CallListener out;
    private final boolean knownOnly;
    private final Runnable beforeStart;
    private final StringBuilder arguments = new StringBuilder();
    private int index = -1;
    private @Nullable String name;
    private @Nullable String id;
    private boolean started;
    private boolean complete;
    private boolean empty;

    /**
     * @param knownOnly whether only a name of one of the tools is one
     * @param beforeStart runs before a call is announced
     */
    RunningCall(
            Map<String, ToolDefinition> tools,
            Supplier<String> ids,
            CallListener out,
            boolean knownOnly,
            Runnable beforeStart) {
        this.tools = tools;
        this.ids = ids;
        this.out = out;
        this.knownOnly = knownOnly;
        this.beforeStart = beforeStart;
    }

    /** Begins the next call. */
    void reset() {
        arguments.setLength(0);
        name = null;
        id = null;
        started = false;
        complete = false;
        empty = false;
    }

    /** Takes the name; false where it can be none. */
    boolean name(String text) {
        if (text.isBlank() || (knownOnly && !tools.containsKey(text))) {
            return false;
        }
        name = text;
        if (!arguments.isEmpty()) {
            start();
        }
        return true;
    }

    void id(String text) {
        id = text;
    }

    boolean named() {
        return name != null;
    }

    /** Whether the name is one of the tools'. */
    boolean known() {
        return name != null && tools.containsKey(name);
    }

    boolean started() {
        return started;
    }

    /** Whether the arguments are a whole JSON document. */
    boolean complete() {
        return complete;
    }

    /** The schema of the named tool's arguments; empty where the tool is unknown. */
    Map<String, @Nullable Object> schema() {
        ToolDefinition tool = name == null ? null : tools.get(name);
        return tool == null ? Map.of() : tool.parameters();
    }

    /** The next of the arguments' JSON; false where too much waits for a name. */
    boolean json(char c) {
        arguments.append(c);
        return begun();
    }

    boolean json(CharSequence text) {
        arguments.append(text);
        return begun();
    }

    /** Text inside a JSON string. */
    boolean inString(CharSequence text, int from, int to) {
        for (int i = from; i < to; i++) {
            escape(text.charAt(i), arguments);
        }
        return begun();
    }

    private boolean begun() {
        if (started) {
            return true;
        }
        if (name != null) {
            start();
            return true;
        }
        return arguments.length() <= MAX_WAITING;
    }

    private void start() {
        started = true;
        beforeStart.run();
        String known = id;
        out.callStarted(++index, known == null || known.isEmpty() ? ids.get() : known, name == null ? "" : name);
    }

    /** The arguments are whole. */
    void completeArguments() {
        complete = true;
    }

    /** There were no arguments; the call is one without them if its end follows. */
    void expectEnd() {
        empty = true;
    }

    /** A closing mark came: where the call has no arguments, these are none. */
    void closed() {
        if (empty && !complete) {
            json("{}");
            complete = true;
        }
    }

    /** Whether only the end was missing of a call without arguments. */
    boolean awaitsEnd() {
        return empty && !complete;
    }

    /** Hands on what has come of the arguments. */
    void flush() {
        if (started && !arguments.isEmpty()) {
            out.callArguments(index, arguments);
            arguments.setLength(0);
        }
    }

    void finish() {
        flush();
        out.callFinished(index, complete);
    }

    /** Appends a character as it has to be inside a JSON string. */
    static void escape(char c, StringBuilder out) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (c < ' ') {
                    out.append("\\u00").append(c < 0x10 ? '0' : '1').append(Character.forDigit(c & 15, 16));
                } else {
                    out.append(c);
                }
            }
        }
    }
}
