package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.tool.ToolCall;
import java.util.ArrayList;
import java.util.List;

/** Collects the parts of a reply. One thread. */
public final class ReplyCollector implements ReplyListener {
    private final StringBuilder answer = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private String id = "";
    private String name = "";

    @Override
    public void answer(CharSequence text) {
        answer.append(text);
    }

    @Override
    public void reasoning(CharSequence text) {
        reasoning.append(text);
    }

    @Override
    public void callStarted(int index, String id, String name) {
        this.id = id;
        this.name = name;
        arguments.setLength(0);
    }

    @Override
    public void callArguments(int index, CharSequence json) {
        arguments.append(json);
    }

    @Override
    public void callFinished(int index, boolean whole) {
        calls.add(new ToolCall(id, name, arguments.toString()));
    }

    /** The answer so far; grows. */
    public StringBuilder answer() {
        return answer;
    }

    /** The thinking so far; grows. */
    public StringBuilder reasoning() {
        return reasoning;
    }

    /** The calls that have ended so far. */
    public List<ToolCall> calls() {
        return List.copyOf(calls);
    }
}
