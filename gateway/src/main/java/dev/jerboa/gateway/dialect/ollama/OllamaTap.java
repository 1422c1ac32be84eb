package dev.jerboa.gateway.dialect.ollama;

import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.dialect.reply.Tap;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.dialect.wire.Tree;

/** Looks at lines of Ollama's chat and generate. Lines of text are only measured, others read as {@link OllamaReplyReader} reads them. */
public final class OllamaTap implements Tap {
    private static final byte[] MESSAGE = Out.utf8("message");
    private static final byte[] CONTENT = Out.utf8("content");
    private static final byte[] THINKING = Out.utf8("thinking");
    private static final byte[] RESPONSE = Out.utf8("response");
    private static final byte[] TOOL_CALLS = Out.utf8("tool_calls");
    private static final byte[] DONE = Out.utf8("done");
    private static final byte[] ERROR = Out.utf8("error");

    private final JsonCursor cursor = new JsonCursor();
    private final OllamaReplyReader reader = new OllamaReplyReader();
    private boolean begun;

    @Override
    public Verdict event(byte[] data, int from, int to, ReplyTally tally) {
        long length = 0;
        boolean plain = begun; // the first line names the model
        begun = true;
        cursor.at(data, from, to);
        if (!cursor.enterObject()) {
            return Verdict.PASS;
        }
        while (plain && cursor.nextMember()) {
            if (cursor.isKey(MESSAGE) && cursor.enterObject()) {
                while (plain && cursor.nextMember()) {
                    if (cursor.isKey(CONTENT) || cursor.isKey(THINKING)) {
                        length += cursor.textLength();
                    } else {
                        plain = !cursor.isKey(TOOL_CALLS);
                        cursor.skip();
                    }
                }
            } else if (cursor.isKey(RESPONSE) || cursor.isKey(THINKING)) {
                length += cursor.textLength();
            } else {
                plain = !cursor.isKey(ERROR) && !(cursor.isKey(DONE) && cursor.peek() == 't');
                cursor.skip();
            }
        }
        if (plain) {
            tally.content(length);
            return Verdict.PASS;
        }
        reader.event(Tree.object(cursor.at(data, from, to).value()), tally::see);
        if (!reader.isOver()) {
            return Verdict.PASS;
        }
        tally.see(reader.used());
        return Verdict.OVER;
    }
}
