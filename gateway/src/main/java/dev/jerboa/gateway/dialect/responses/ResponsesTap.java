package dev.jerboa.gateway.dialect.responses;

import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.dialect.reply.Tap;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.dialect.wire.Tree;
import org.jspecify.annotations.Nullable;

/** Looks at events of responses. Deltas of text are only measured; the few others are read as {@link ResponsesReplyReader} reads them. */
public final class ResponsesTap implements Tap {
    private static final byte[] TYPE = Out.utf8("type");
    private static final byte[] DELTA = Out.utf8("delta");
    private static final byte[] OUTPUT_INDEX = Out.utf8("output_index");

    private final JsonCursor cursor = new JsonCursor();
    private final ResponsesReplyReader reader = new ResponsesReplyReader();

    @Override
    public Verdict event(byte[] data, int from, int to, ReplyTally tally) {
        String type = "";
        long delta = 0;
        int index = 0;
        cursor.at(data, from, to);
        if (!cursor.enterObject()) {
            return Verdict.PASS;
        }
        while (cursor.nextMember()) {
            if (cursor.isKey(TYPE)) {
                type = orEmpty(cursor.text());
                if (isRead(type)) {
                    return read(data, from, to, tally);
                }
            } else if (cursor.isKey(DELTA)) {
                delta = cursor.textLength();
            } else if (cursor.isKey(OUTPUT_INDEX)) {
                index = cursor.whole(0);
            } else {
                cursor.skip();
            }
        }
        if (type.equals("response.output_text.delta")) {
            reader.said(index);
            tally.content(delta);
        }
        return Verdict.PASS;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /** Whether an event says more than the length of a text, or less. */
    private static boolean isRead(String type) {
        return switch (type) {
            case "response.output_text.delta",
                    "response.output_text.done",
                    "response.content_part.added",
                    "response.content_part.done",
                    "response.function_call_arguments.done",
                    "response.reasoning_text.done",
                    "response.reasoning_summary_text.done",
                    "response.reasoning_summary_part.done",
                    "response.refusal.done",
                    "response.image_generation_call.partial_image" -> false; // as long as a picture
            default -> true;
        };
    }

    private Verdict read(byte[] data, int from, int to, ReplyTally tally) {
        reader.event(Tree.object(cursor.at(data, from, to).value()), tally::see);
        if (!reader.isOver()) {
            return Verdict.PASS;
        }
        ReplyPiece.Used used = reader.used();
        tally.see(used);
        return Verdict.OVER;
    }
}
