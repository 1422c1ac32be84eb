package dev.jerboa.gateway.dialect.chat;

import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.dialect.reply.CallIndex;
import dev.jerboa.gateway.dialect.reply.ErrorReader;
import dev.jerboa.gateway.dialect.reply.Tap;
import dev.jerboa.gateway.dialect.usage.Counts;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looks at chunks of chat completions and completions: it counts what {@link ChatReplyReader} reads. One reply. */
public final class ChatTap implements Tap {
    private static final byte[] ID = Out.utf8("id");
    private static final byte[] MODEL = Out.utf8("model");
    private static final byte[] CHOICES = Out.utf8("choices");
    private static final byte[] INDEX = Out.utf8("index");
    private static final byte[] DELTA = Out.utf8("delta");
    private static final byte[] TEXT = Out.utf8("text");
    private static final byte[] CONTENT = Out.utf8("content");
    private static final byte[] REFUSAL = Out.utf8("refusal");
    private static final byte[] REASONING = Out.utf8("reasoning");
    private static final byte[] REASONING_CONTENT = Out.utf8("reasoning_content");
    private static final byte[] REASONING_DETAILS = Out.utf8("reasoning_details");
    private static final byte[] TOOL_CALLS = Out.utf8("tool_calls");
    private static final byte[] FUNCTION = Out.utf8("function");
    private static final byte[] NAME = Out.utf8("name");
    private static final byte[] ARGUMENTS = Out.utf8("arguments");
    private static final byte[] FINISH_REASON = Out.utf8("finish_reason");
    private static final byte[] NATIVE_FINISH_REASON = Out.utf8("native_finish_reason");
    private static final byte[] SERVICE_TIER = Out.utf8("service_tier");
    private static final byte[] USAGE = Out.utf8("usage");
    private static final byte[] GROQ = Out.utf8("x_groq");
    private static final byte[] ERROR = Out.utf8("error");
    private static final byte[] DONE = Out.utf8("[DONE]");

    private final JsonCursor cursor = new JsonCursor();
    private final CallIndex calls = new CallIndex();
    private boolean begun;

    /** Of the event that is looked at. */
    private boolean hasChoices;

    private boolean hasCounts;
    private boolean finishes;
    private boolean fails;
    private long plain;
    private long detailed;

    @Override
    public Verdict event(byte[] data, int from, int to, ReplyTally tally) {
        if (to - from == DONE.length && data[from] == '[' && data[from + 1] == 'D') {
            return Verdict.OVER;
        }
        hasChoices = false;
        hasCounts = false;
        finishes = false;
        fails = false;
        String id = "";
        String model = "";
        int tierAt = -1;
        cursor.at(data, from, to);
        if (!cursor.enterObject()) {
            return Verdict.PASS;
        }
        while (cursor.nextMember()) {
            if (cursor.isKey(CHOICES)) {
                choices(tally);
            } else if (cursor.isKey(USAGE)) {
                counts(tally);
            } else if (cursor.isKey(GROQ)) {
                groq(tally);
            } else if (cursor.isKey(ERROR) && !cursor.isNull()) {
                fails = true;
                cursor.skip();
            } else if (cursor.isKey(SERVICE_TIER)) {
                tierAt = cursor.position();
                cursor.skip();
            } else if (!begun && cursor.isKey(ID)) {
                id = orEmpty(cursor.text());
            } else if (!begun && cursor.isKey(MODEL)) {
                model = orEmpty(cursor.text());
            } else {
                cursor.skip();
            }
        }
        if (tierAt >= 0 && (!begun || hasCounts || finishes)) { // which is in every chunk, and the last word counts
            tally.served(
                    new Service(Service.tier(orEmpty(cursor.at(data, tierAt, to).text())), ToolUses.NONE));
        }
        if (!begun) {
            begun = true;
            tally.begun(id, model);
        }
        if (fails) {
            tally.see(ErrorReader.failed(Tree.object(cursor.at(data, from, to).value())));
        }
        if (hasCounts && !hasChoices) {
            return Verdict.COUNTS;
        }
        return hasCounts && finishes ? Verdict.CLOSING : Verdict.PASS;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private void counts(ReplyTally tally) {
        if (cursor.peek() != '{') {
            cursor.skip();
            return;
        }
        hasCounts = true;
        Map<String, ? extends @Nullable Object> told = Tree.object(cursor.value());
        tally.used(Counts.chat(told), Counts.costNanos(told));
        tally.served(new Service("", Counts.tools(told)));
    }

    private void groq(ReplyTally tally) {
        if (!cursor.enterObject()) {
            cursor.skip();
            return;
        }
        while (cursor.nextMember()) {
            if (cursor.isKey(USAGE)) {
                counts(tally);
            } else {
                cursor.skip();
            }
        }
    }

    private void choices(ReplyTally tally) {
        if (!cursor.enterArray()) {
            cursor.skip();
            return;
        }
        while (cursor.nextElement()) {
            hasChoices = true;
            if (cursor.enterObject()) {
                choice(tally);
            } else {
                cursor.skip();
            }
        }
    }

    private void choice(ReplyTally tally) {
        int index = 0;
        String reason = null;
        String said = null;
        while (cursor.nextMember()) {
            if (cursor.isKey(DELTA)) {
                delta(index, tally);
            } else if (cursor.isKey(INDEX)) {
                index = cursor.whole(0);
            } else if (cursor.isKey(TEXT)) {
                tally.content(cursor.textLength());
            } else if (cursor.isKey(FINISH_REASON)) {
                reason = cursor.text();
            } else if (cursor.isKey(NATIVE_FINISH_REASON)) {
                said = cursor.text();
            } else if (cursor.isKey(USAGE)) {
                counts(tally);
            } else {
                cursor.skip();
            }
        }
        if (reason != null) {
            finishes = true;
            tally.finished(
                    index,
                    ChatReplyReader.reason(reason, calls.count(index) > 0),
                    said == null || said.isEmpty() ? reason : said);
        }
    }

    private void delta(int choice, ReplyTally tally) {
        if (!cursor.enterObject()) {
            cursor.skip();
            return;
        }
        plain = 0;
        detailed = 0;
        long reasoning = 0;
        while (cursor.nextMember()) {
            if (cursor.isKey(CONTENT)) {
                content(tally);
            } else if (cursor.isKey(REASONING_CONTENT)) {
                plain = cursor.textLength();
            } else if (cursor.isKey(REASONING)) {
                reasoning = cursor.textLength();
            } else if (cursor.isKey(REASONING_DETAILS)) {
                details(tally);
            } else if (cursor.isKey(REFUSAL)) {
                tally.content(cursor.textLength());
            } else if (cursor.isKey(TOOL_CALLS)) {
                calls(choice, tally);
            } else {
                cursor.skip();
            }
        }
        plain = plain > 0 ? plain : reasoning;
        tally.content(plain > 0 ? plain : detailed);
    }

    private void content(ReplyTally tally) {
        if (cursor.peek() != '[') {
            tally.content(cursor.textLength());
            return;
        }
        // rare: parts of text and of reasoning, as the reader has them
        new ChatReplyReader()
                .whole(
                        Out.map("choices", java.util.List.of(Out.map("message", Out.map("content", cursor.value())))),
                        tally::seeContent);
    }

    private void details(ReplyTally tally) {
        for (Object element : Tree.list(Out.map("details", cursor.value()), "details")) {
            Map<String, ? extends @Nullable Object> detail = Tree.object(element);
            detailed += ReplyTally.utf8Length(Tree.text(detail, "text") + Tree.text(detail, "summary"));
            if (!Tree.text(detail, "signature").isEmpty()
                    || !Tree.text(detail, "data").isEmpty()) {
                tally.proven();
            }
        }
    }

    private void calls(int choice, ReplyTally tally) {
        if (!cursor.enterArray()) {
            cursor.skip();
            return;
        }
        while (cursor.nextElement()) {
            if (cursor.enterObject()) {
                call(choice, tally);
            } else {
                cursor.skip();
            }
        }
    }

    private void call(int choice, ReplyTally tally) {
        int theirs = -1;
        String id = "";
        long name = 0;
        long arguments = 0;
        while (cursor.nextMember()) {
            if (cursor.isKey(INDEX)) {
                theirs = cursor.whole(-1);
            } else if (cursor.isKey(ID)) {
                id = orEmpty(cursor.text());
            } else if (cursor.isKey(FUNCTION) && cursor.enterObject()) {
                while (cursor.nextMember()) {
                    if (cursor.isKey(NAME)) {
                        name = cursor.textLength();
                    } else if (cursor.isKey(ARGUMENTS)) {
                        arguments = arguments();
                    } else {
                        cursor.skip();
                    }
                }
            } else {
                cursor.skip();
            }
        }
        if (calls.of(choice, theirs, id) < 0) {
            tally.called();
            tally.content(name);
        }
        tally.content(arguments);
    }

    private long arguments() {
        return cursor.peek() == '{'
                ? ReplyTally.utf8Length(dev.jerboa.model.json.JsonOut.line(cursor.value()))
                : cursor.textLength();
    }
}
