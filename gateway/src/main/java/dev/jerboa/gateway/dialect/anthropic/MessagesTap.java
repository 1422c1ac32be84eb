package dev.jerboa.gateway.dialect.anthropic;

import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.dialect.reply.Tap;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.dialect.wire.Tree;
import org.jspecify.annotations.Nullable;

/** Looks at events of messages. Deltas are only measured; the few others are read as {@link MessagesReplyReader} reads them. */
public final class MessagesTap implements Tap {
    private static final byte[] TYPE = Out.utf8("type");
    private static final byte[] DELTA = Out.utf8("delta");
    private static final byte[] TEXT = Out.utf8("text");
    private static final byte[] THINKING = Out.utf8("thinking");
    private static final String DELTA_EVENT = "content_block_delta";

    private final JsonCursor cursor = new JsonCursor();
    private final MessagesReplyReader reader = new MessagesReplyReader();

    @Override
    public Verdict event(byte[] data, int from, int to, ReplyTally tally) {
        String type = "";
        long length = 0;
        boolean measured = false;
        cursor.at(data, from, to);
        if (!cursor.enterObject()) {
            return Verdict.PASS;
        }
        while (cursor.nextMember()) {
            if (cursor.isKey(TYPE)) {
                type = orEmpty(cursor.text());
                if (!type.equals(DELTA_EVENT)) {
                    return read(type, data, from, to, tally);
                }
            } else if (cursor.isKey(DELTA) && cursor.enterObject()) {
                while (cursor.nextMember()) {
                    if (cursor.isKey(TEXT) || cursor.isKey(THINKING)) {
                        measured = true;
                        length += cursor.textLength();
                    } else {
                        cursor.skip();
                    }
                }
            } else {
                cursor.skip();
            }
        }
        if (!measured) {
            return read(type, data, from, to, tally); // a signature, or arguments
        }
        tally.content(length);
        return Verdict.PASS;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private Verdict read(String type, byte[] data, int from, int to, ReplyTally tally) {
        reader.event(Tree.object(cursor.at(data, from, to).value()), tally::see);
        switch (type) {
            case "message_start" -> tally.see(reader.used());
            case "message_delta" -> {
                tally.see(reader.used());
                return Verdict.CLOSING;
            }
            case "message_stop" -> {
                return Verdict.OVER;
            }
            default -> {}
        }
        return Verdict.PASS;
    }
}
