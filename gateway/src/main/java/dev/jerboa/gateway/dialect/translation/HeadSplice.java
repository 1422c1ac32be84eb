package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.model.json.JsonOut;
import java.io.ByteArrayOutputStream;

/**
 * Puts what clients know of who answers into a reply where it lies; everything else stays as it is. That is the model's name in place of the
 * endpoint's own; for clients of OpenRouter the generation's id in place of the endpoint's too, and the provider's name. One thread.
 */
final class HeadSplice {
    private static final byte[] MODEL = Out.utf8("model");
    /** Where responses and messages have it, in the events that begin or end them. */
    private static final byte[] RESPONSE = Out.utf8("response");

    private static final byte[] MESSAGE = Out.utf8("message");
    private static final byte[] ID = Out.utf8("id");
    private static final byte[] PROVIDER = Out.utf8("provider");
    private static final byte[] PROVIDER_MEMBER = Out.utf8(", \"provider\": ");
    private static final byte[] NOTHING = {};
    private static final int MOST_EDITS = 3;

    private final byte[] model;
    private final byte[] id;
    private final byte[] provider;
    /** What stands behind the model where no provider is named. */
    private final byte[] modelAndProvider;

    private final JsonCursor cursor = new JsonCursor();
    // the edits of what was looked at, in their order
    private final byte[][] values = new byte[MOST_EDITS][];
    private final int[] from = new int[MOST_EDITS];
    private final int[] to = new int[MOST_EDITS];
    private int edits;

    private HeadSplice(byte[] model, byte[] id, byte[] provider, byte[] modelAndProvider) {
        this.model = model;
        this.id = id;
        this.provider = provider;
        this.modelAndProvider = modelAndProvider;
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Leaves everything as it is. */
    static HeadSplice ofNothing() {
        return new HeadSplice(NOTHING, NOTHING, NOTHING, NOTHING);
    }

    static HeadSplice ofModel(String model) {
        return new HeadSplice(json(model), NOTHING, NOTHING, NOTHING);
    }

    /** Model, id and provider, which costs a look at each whole event. */
    static HeadSplice ofAll(Answerer answerer) {
        byte[] model = json(answerer.model());
        byte[] provider = json(answerer.provider());
        return new HeadSplice(model, json(answerer.id()), provider, joined(model, PROVIDER_MEMBER, provider));
    }

    private static byte[] json(String text) {
        return Out.utf8(JsonOut.line(text));
    }

    /** Looks over the data of an event, which is written next; data that are a copy are left. */
    void look(byte[] raw, byte[] data, int dataFrom, int dataTo) {
        edits = 0;
        if (model.length == 0 || raw != data || dataFrom >= dataTo) {
            return;
        }
        try {
            if (cursor.at(data, dataFrom, dataTo).enterObject()) {
                if (provider.length == 0) {
                    findModel(0);
                } else {
                    findAll();
                }
            }
        } catch (JsonCursor.NotJsonException e) {
            edits = 0; // what cannot be read is the client's to see
        }
    }

    private boolean findModel(int depth) {
        while (cursor.nextMember()) {
            if (cursor.isKey(MODEL) && cursor.peek() == '"') {
                edit(model);
                return true;
            }
            boolean holds = depth == 0 && (cursor.isKey(RESPONSE) || cursor.isKey(MESSAGE));
            if (holds && cursor.enterObject()) {
                if (findModel(1)) {
                    return true;
                }
            } else {
                cursor.skip();
            }
        }
        return false;
    }

    /** Of members that are there twice the first is put right, and what has no model is no reply. */
    private void findAll() {
        int modelAt = -1;
        boolean hasId = false;
        boolean hasProvider = false;
        while (cursor.nextMember()) {
            if (modelAt < 0 && cursor.isKey(MODEL) && cursor.peek() == '"') {
                modelAt = edits;
                edit(model);
            } else if (!hasId && cursor.isKey(ID) && cursor.peek() == '"') {
                hasId = true;
                edit(id);
            } else if (!hasProvider && cursor.isKey(PROVIDER)) {
                hasProvider = true;
                edit(provider);
            } else {
                cursor.skip();
            }
        }
        if (modelAt < 0) {
            edits = 0;
        } else if (!hasProvider) {
            values[modelAt] = modelAndProvider;
        }
    }

    /** Has the value at which the cursor is replaced. */
    private void edit(byte[] value) {
        values[edits] = value;
        from[edits] = cursor.position();
        cursor.skip();
        to[edits++] = cursor.ended();
    }

    /** Writes the bytes that were looked at, or more around them. */
    void write(byte[] raw, int rawFrom, int rawTo, ByteSink out) {
        int at = rawFrom;
        for (int i = 0; i < edits; i++) {
            out.write(raw, at, from[i] - at);
            out.write(values[i], 0, values[i].length);
            at = to[i];
        }
        out.write(raw, at, rawTo - at);
    }
}
