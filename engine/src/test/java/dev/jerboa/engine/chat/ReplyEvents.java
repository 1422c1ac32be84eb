package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.tool.ToolDefinition;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a parser tells, neighbouring pieces of the same kind as one, so that results can be compared. */
final class ReplyEvents implements ReplyListener {
    private final List<String> events = new ArrayList<>();
    private String kind = "";

    /** The events of a text that comes in these pieces. */
    static List<String> of(
            ReplyFormat format, boolean opened, List<ToolDefinition> tools, List<String> stops, String... pieces) {
        ReplyEvents events = new ReplyEvents();
        int[] count = {0};
        ReplyParser parser = new ReplyParser(format, opened, tools, stops, () -> "id" + count[0]++, events);
        for (String piece : pieces) {
            parser.accept(piece);
        }
        parser.finish();
        return events.events;
    }

    static String[] characters(String text) {
        String[] all = new String[text.length()];
        for (int i = 0; i < all.length; i++) {
            all[i] = text.substring(i, i + 1);
        }
        return all;
    }

    private void add(String what, CharSequence text) {
        if (text.isEmpty()) {
            throw new AssertionError("an empty piece of " + what);
        }
        if (what.equals(kind)) {
            events.add(events.removeLast() + text);
        } else {
            events.add(what + text);
        }
        kind = what;
    }

    @Override
    public void answer(CharSequence text) {
        add("answer ", text);
    }

    @Override
    public void reasoning(CharSequence text) {
        add("thinking ", text);
    }

    @Override
    public void callStarted(int index, String id, String name) {
        kind = "";
        events.add("call " + index + " " + id + " " + name);
    }

    @Override
    public void callArguments(int index, CharSequence json) {
        add("arguments ", json);
    }

    @Override
    public void callFinished(int index, boolean whole) {
        kind = "";
        events.add(whole ? "whole" : "incomplete");
    }
}
