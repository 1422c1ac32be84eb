package dev.jerboa.gateway.dialect.reply;

import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyReader;
import dev.jerboa.gateway.dialect.wire.ByteOrderMark;
import dev.jerboa.gateway.dialect.wire.EventSplitter;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A reply's bytes, whole or in events, as a dialect's reader takes them. Which of the two it is, is seen by how they begin. */
public final class BodyReader implements ReplyReader {
    /** The longest whole reply that is read. */
    public static final int MOST_WHOLE = 64 << 20;

    /** The longest event that is read: the last one of a stream of responses has all of the reply. */
    public static final int MOST_EVENT = 16 << 20;

    private enum Form {
        UNKNOWN,
        WHOLE,
        EVENTS
    }

    private final EventReader reader;
    private final boolean lines;
    private final boolean stream;
    private final EventSplitter events;
    private final ByteArrayOutputStream whole = new ByteArrayOutputStream(0);
    private final ByteOrderMark mark = new ByteOrderMark();
    private Form form = Form.UNKNOWN;
    private Consumer<ReplyPiece> out = _ -> {};
    private boolean failed;
    private boolean ended;

    /**
     * @param lines whether a stream is one of JSON lines
     * @param stream whether a stream was asked for
     */
    public BodyReader(EventReader reader, boolean lines, boolean stream) {
        this.reader = reader;
        this.lines = lines;
        this.stream = stream;
        this.events = new EventSplitter(lines, MOST_EVENT, new EventSplitter.Events() {
            @Override
            public void event(byte[] raw, int from, int to, byte[] data, int dataFrom, int dataTo) {
                data(data, dataFrom, dataTo);
            }

            @Override
            public void unread(byte[] raw, int from, int to) {
                fail("an event of the endpoint is longer than the " + MOST_EVENT + " bytes that are read");
            }
        });
    }

    /**
     * Reads a reply that is there as a whole.
     *
     * @return whether it says that it is over
     */
    public static boolean whole(EventReader reader, byte[] bytes, Consumer<ReplyPiece> consumer) {
        BodyReader body = new BodyReader(reader, false, false);
        body.out = consumer;
        body.whole(new String(bytes, StandardCharsets.UTF_8));
        consumer.accept(reader.used());
        return reader.isOver() || reader.mayEnd();
    }

    private void whole(String text) {
        Map<String, @Nullable Object> body = object(text, "the endpoint's reply");
        if (body != null) {
            reader.whole(body, this::piece);
        }
    }

    /** Whether a body whose first byte this is comes in events. */
    public static boolean isEvents(byte first, boolean lines, boolean stream) {
        return lines
                ? stream
                : first != '{'
                        && first != '['
                        && first != '<'
                        && (stream || first == 'd' || first == 'e' || first == ':');
    }

    @Override
    public void take(byte[] bytes, int offset, int length, Consumer<ReplyPiece> consumer) {
        out = consumer;
        int marked = mark.length(bytes, offset, length);
        take(bytes, offset + marked, length - marked);
    }

    private void take(byte[] bytes, int offset, int length) {
        for (int i = offset; form == Form.UNKNOWN && i < offset + length; i++) {
            if (bytes[i] > ' ' || bytes[i] < 0) {
                form = isEvents(bytes[i], lines, stream) ? Form.EVENTS : Form.WHOLE;
            }
        }
        if (failed || form == Form.UNKNOWN) {
            return;
        }
        if (form == Form.EVENTS) {
            events.take(bytes, offset, length);
        } else if (whole.size() + length > MOST_WHOLE) {
            fail("the endpoint's reply is longer than the " + MOST_WHOLE + " bytes that are read");
        } else {
            whole.write(bytes, offset, length);
        }
    }

    private void data(byte[] data, int from, int to) {
        if (failed || from >= to) {
            return;
        }
        String text = new String(data, from, to - from, StandardCharsets.UTF_8).strip();
        if (text.isEmpty()) {
            return;
        }
        if (text.charAt(0) != '{') {
            reader.marker(text);
            return;
        }
        Map<String, @Nullable Object> event = object(text, "an event of the endpoint");
        if (event != null) {
            reader.event(event, this::piece);
        }
    }

    private void piece(ReplyPiece piece) {
        failed |= piece instanceof ReplyPiece.Failed;
        out.accept(piece);
    }

    private @Nullable Map<String, @Nullable Object> object(String text, String what) {
        try {
            return Json.asObject(Json.parse(text, what), what);
        } catch (ModelException e) {
            fail(what + " is not a JSON object");
            return null;
        }
    }

    private void fail(String message) {
        if (!failed) {
            failed = true;
            out.accept(new ReplyPiece.Failed(ErrorKind.SERVER, message));
        }
    }

    @Override
    public void end(Consumer<ReplyPiece> consumer) {
        out = consumer;
        if (ended) {
            return;
        }
        ended = true;
        if (form == Form.EVENTS) {
            events.end();
        } else if (!failed && form == Form.WHOLE) {
            whole(whole.toString(StandardCharsets.UTF_8));
            whole.reset();
        }
        out.accept(reader.used());
    }

    @Override
    public boolean isOver() {
        return reader.isOver() || (ended && reader.mayEnd());
    }
}
