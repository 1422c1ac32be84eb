package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.model.json.JsonOut;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Puts what clients know of who answers into a reply where it lies; everything else stays as it is. That is the model's name in place of the
 * endpoint's own; for clients of OpenRouter the generation's id in place of the endpoint's too, the provider's name, and why a choice ended
 * in the endpoint's own word, which its bytes have as {@code finish_reason}. One thread.
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
    private static final byte[] CHOICES = Out.utf8("choices");
    private static final byte[] FINISH_REASON = Out.utf8("finish_reason");
    private static final byte[] NATIVE_FINISH_REASON = Out.utf8("native_finish_reason");
    private static final byte[] NATIVE_MEMBER = Out.utf8(", \"native_finish_reason\": ");

    /** A reply with more choices, which nobody asks for, has the others' reasons as they are: an edit takes more room than what it edits. */
    private static final int MOST_CHOICES = 1024;

    private final byte[] model;
    private final byte[] id;
    private final byte[] provider;
    /** What stands behind the model where no provider is named. */
    private final byte[] modelAndProvider;

    private final JsonCursor cursor = new JsonCursor();
    // the edits of what was looked at, in their order
    private byte[][] values = new byte[4][];
    private int[] from = new int[4];
    private int[] to = new int[4];
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

    /** Model, id, provider and reasons, which costs a look at each whole event. */
    static HeadSplice ofAll(Answerer answerer) {
        byte[] model = json(answerer.model());
        byte[] provider = json(answerer.provider());
        return new HeadSplice(model, json(answerer.id()), provider, joined(model, PROVIDER_MEMBER, provider));
    }

    boolean isOfAll() {
        return provider.length > 0;
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
            } else if (cursor.isKey(CHOICES) && cursor.enterArray()) {
                while (cursor.nextElement()) {
                    if (cursor.enterObject()) {
                        choice();
                    } else {
                        cursor.skip();
                    }
                }
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

    private void choice() {
        int reasonFrom = -1;
        int reasonTo = -1;
        boolean told = false;
        while (cursor.nextMember()) {
            boolean mine = cursor.isKey(FINISH_REASON) && cursor.peek() == '"';
            told |= cursor.isKey(NATIVE_FINISH_REASON);
            int at = cursor.position();
            cursor.skip();
            if (mine) {
                reasonFrom = at;
                reasonTo = cursor.ended();
            }
        }
        if (reasonFrom >= 0 && !told && edits < MOST_CHOICES) {
            byte[] member = new byte[NATIVE_MEMBER.length + reasonTo - reasonFrom];
            System.arraycopy(NATIVE_MEMBER, 0, member, 0, NATIVE_MEMBER.length);
            cursor.copy(reasonFrom, reasonTo, member, NATIVE_MEMBER.length);
            edit(member, reasonTo, reasonTo);
        }
    }

    /** Has the value at which the cursor is replaced. */
    private void edit(byte[] value) {
        int at = cursor.position();
        cursor.skip();
        edit(value, at, cursor.ended());
    }

    private void edit(byte[] value, int at, int until) {
        if (edits == values.length) {
            values = Arrays.copyOf(values, 2 * edits);
            from = Arrays.copyOf(from, 2 * edits);
            to = Arrays.copyOf(to, 2 * edits);
        }
        values[edits] = value;
        from[edits] = at;
        to[edits++] = until;
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
