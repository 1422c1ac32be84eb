package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.model.json.JsonOut;
import java.util.Optional;

/**
 * Puts the name by which clients know a model into a reply in place of the endpoint's own, where it lies; everything else stays as it is.
 * One thread.
 */
final class ModelSplice {
    private static final byte[] MODEL = Out.utf8("model");
    /** Where responses and messages have it, in the events that begin or end them. */
    private static final byte[] RESPONSE = Out.utf8("response");

    private static final byte[] MESSAGE = Out.utf8("message");

    private final byte[] name;
    private final JsonCursor cursor = new JsonCursor();
    private int from = -1;
    private int to = -1;

    /** @param model empty to leave the endpoint's name */
    ModelSplice(Optional<String> model) {
        this.name = model.map(JsonOut::line).map(Out::utf8).orElse(new byte[0]);
    }

    /** Looks for the name in the data of an event, which is written next; in data that is a copy it is left. */
    void look(byte[] raw, byte[] data, int dataFrom, int dataTo) {
        from = -1;
        if (name.length == 0 || raw != data || dataFrom >= dataTo) {
            return;
        }
        try {
            if (cursor.at(data, dataFrom, dataTo).enterObject()) {
                find(0);
            }
        } catch (JsonCursor.NotJsonException e) {
            from = -1; // what cannot be read is the client's to see
        }
    }

    private boolean find(int depth) {
        while (cursor.nextMember()) {
            if (cursor.isKey(MODEL) && cursor.peek() == '"') {
                int begins = cursor.position();
                cursor.skip();
                from = begins;
                to = cursor.ended();
                return true;
            }
            boolean holds = depth == 0 && (cursor.isKey(RESPONSE) || cursor.isKey(MESSAGE));
            if (holds && cursor.enterObject()) {
                if (find(1)) {
                    return true;
                }
            } else {
                cursor.skip();
            }
        }
        return false;
    }

    /** Writes the bytes that were looked at, or more around them. */
    void write(byte[] raw, int rawFrom, int rawTo, ByteSink out) {
        if (from < 0) {
            out.write(raw, rawFrom, rawTo - rawFrom);
            return;
        }
        out.write(raw, rawFrom, from - rawFrom);
        out.write(name, 0, name.length);
        out.write(raw, to, rawTo - to);
    }
}
