package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.dialect.chat.ChatReplyWriter;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import java.io.ByteArrayOutputStream;

/** Puts a cost into the usage of a reply where it lies, as OpenRouter tells it; everything else stays as it is. */
final class CostSplice {
    private static final byte[] USAGE = Out.utf8("usage");
    private static final byte[] RESPONSE = Out.utf8("response");
    private static final byte[] COST = Out.utf8("cost");

    /** Where the cost goes: in place of one that is there, or behind the last member. */
    private record Place(int from, int to, boolean isMember, boolean isFirst) {}

    private CostSplice() {}

    /** The bytes with the cost in the first usage between two places; the bytes themselves where there is none. */
    static byte[] put(byte[] bytes, int from, int to, long costNanos) {
        int object = from;
        while (object < to && bytes[object] != '{') {
            object++;
        }
        Place place = null;
        try {
            place = find(new JsonCursor().at(bytes, object, to), 0);
        } catch (RuntimeException e) {
            return bytes;
        }
        if (place == null) {
            return bytes;
        }
        String cost = ChatReplyWriter.dollars(costNanos).toPlainString();
        String member = (place.isFirst ? "" : ", ") + "\"cost\": " + cost;
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + member.length());
        out.write(bytes, 0, place.from);
        out.writeBytes(Out.utf8(place.isMember ? cost : member));
        out.write(bytes, place.to, bytes.length - place.to);
        return out.toByteArray();
    }

    private static @org.jspecify.annotations.Nullable Place find(JsonCursor cursor, int depth) {
        if (!cursor.enterObject()) {
            return null;
        }
        while (cursor.nextMember()) {
            if (cursor.isKey(USAGE) && cursor.enterObject()) {
                return inUsage(cursor);
            }
            if (depth == 0 && cursor.isKey(RESPONSE) && cursor.peek() == '{') {
                return find(cursor, 1);
            }
            cursor.skip();
        }
        return null;
    }

    private static Place inUsage(JsonCursor cursor) {
        int last = cursor.ended();
        boolean first = true;
        while (cursor.nextMember()) {
            boolean mine = cursor.isKey(COST);
            int value = cursor.position();
            cursor.skip();
            if (mine) {
                return new Place(value, cursor.ended(), true, false);
            }
            last = cursor.ended();
            first = false;
        }
        return new Place(last, last, false, first);
    }
}
