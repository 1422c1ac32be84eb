package dev.jerboa.server.recorded;

import java.util.ArrayList;
import java.util.List;

/** The events of a stream, by the part of the grammar that the dialects use: comments, and events with one line of data. */
final class ServerSentEvents {
    private static final String DONE = "[DONE]";

    /** An event; the name is empty where it has none. */
    record Event(String name, String data) {}

    private ServerSentEvents() {}

    static List<Event> of(String stream) {
        if (!stream.endsWith("\n\n")) {
            throw new AssertionError("the stream does not end with the end of an event: " + stream);
        }
        List<Event> events = new ArrayList<>();
        for (String block : stream.substring(0, stream.length() - 2).split("\n\n", -1)) {
            String name = "";
            String data = null;
            for (String line : block.split("\n", -1)) {
                if (line.startsWith(":")) {
                    continue;
                }
                if (line.startsWith("event: ") && name.isEmpty() && data == null) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ") && data == null) {
                    data = line.substring(6);
                } else {
                    throw new AssertionError("expected one name and one line of data, found '" + block + "'");
                }
            }
            if (data != null) {
                events.add(new Event(name, data));
            }
        }
        return events;
    }

    /** The values of nameless events up to the mark at the end, which has to be there once. */
    static List<Seen> untilDone(String stream) {
        List<Event> events = of(stream);
        List<Seen> values = new ArrayList<>();
        for (Event event : events) {
            if (!event.name.isEmpty()) {
                throw new AssertionError("expected an event without a name, found " + event);
            }
            if (!event.data.equals(DONE)) {
                values.add(Seen.of("event " + values.size(), event.data));
            }
        }
        if (!events.getLast().data.equals(DONE) || events.size() != values.size() + 1) {
            throw new AssertionError("expected " + DONE + " once, at the end: " + stream);
        }
        return values;
    }

    /** The values of events that are named as their {@code type} says. */
    static List<Seen> named(String stream) {
        List<Seen> values = new ArrayList<>();
        for (Event event : of(stream)) {
            Seen value = Seen.of("event " + values.size() + " " + event.name, event.data);
            values.add(value.is("type", event.name));
        }
        return values;
    }
}
