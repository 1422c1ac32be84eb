package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.dialect.chat.ChatReplyWriter;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.model.json.JsonOut;
import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts a cost into the usage of a reply where it lies, as OpenRouter tells it; everything else stays as it is. */
final class CostSplice {
    private static final byte[] USAGE = Out.utf8("usage");
    private static final byte[] RESPONSE = Out.utf8("response");
    private static final byte[] COST = Out.utf8("cost");

    private final byte[] bytes;
    private final JsonCursor cursor = new JsonCursor();
    /** What is not there yet of what comes behind the cost, by its name's bytes. */
    private final Map<byte[], @Nullable Object> beside = new LinkedHashMap<>();

    private final byte[] cost;
    private final ByteArrayOutputStream out;
    /** Up to where the bytes have been written. */
    private int written;

    private CostSplice(byte[] bytes, long costNanos, Map<String, @Nullable Object> beside) {
        this.bytes = bytes;
        beside.forEach((name, value) -> this.beside.put(Out.utf8(name), value));
        this.cost = Out.utf8(ChatReplyWriter.dollars(costNanos).toPlainString());
        this.out = new ByteArrayOutputStream(bytes.length + 128);
    }

    /**
     * The bytes with the cost in the first usage between two places, in place of one that is there or behind the last member; the bytes
     * themselves where there is no usage.
     *
     * @param beside what comes behind the cost, but for members that are there
     */
    static byte[] put(byte[] bytes, int from, int to, long costNanos, Map<String, @Nullable Object> beside) {
        int object = from;
        while (object < to && bytes[object] != '{') {
            object++;
        }
        CostSplice splice = new CostSplice(bytes, costNanos, beside);
        try {
            splice.cursor.at(bytes, object, to);
            return splice.find(0) ? splice.done() : bytes;
        } catch (JsonCursor.NotJsonException e) { // what cannot be read is the client's to see
            return bytes;
        }
    }

    private boolean find(int depth) {
        if (!cursor.enterObject()) {
            return false;
        }
        while (cursor.nextMember()) {
            if (cursor.isKey(USAGE) && cursor.enterObject()) {
                inUsage();
                return true;
            }
            if (depth == 0 && cursor.isKey(RESPONSE) && cursor.peek() == '{') {
                return find(1);
            }
            cursor.skip();
        }
        return false;
    }

    private void inUsage() {
        int last = cursor.ended();
        boolean isFirst = true;
        boolean hasCost = false;
        while (cursor.nextMember()) {
            boolean mine = !hasCost && cursor.isKey(COST);
            beside.keySet().removeIf(cursor::isKey);
            int value = cursor.position();
            cursor.skip();
            if (mine) {
                hasCost = true;
                copy(value);
                out.writeBytes(cost);
                written = cursor.ended();
            }
            last = cursor.ended();
            isFirst = false;
        }
        copy(last);
        if (!hasCost) {
            member(isFirst, COST, cost);
        }
        beside.forEach((name, value) -> member(false, name, Out.utf8(JsonOut.line(value))));
    }

    private void copy(int to) {
        out.write(bytes, written, to - written);
        written = to;
    }

    private void member(boolean isFirst, byte[] name, byte[] value) {
        out.writeBytes(Out.utf8(isFirst ? "\"" : ", \""));
        out.writeBytes(name);
        out.writeBytes(Out.utf8("\": "));
        out.writeBytes(value);
    }

    private byte[] done() {
        copy(bytes.length);
        return out.toByteArray();
    }
}
