package dev.jerboa.gateway.dialect.ollama;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.reply.ReplyHead;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.money.Usage;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes replies of Ollama's chat and generate. Calls are told when they are whole. */
public final class OllamaReplyWriter implements ReplyWriter {
    private final ReplyHead head;
    private final boolean chat;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final List<ReplyPiece.CallBegun> calls = new ArrayList<>();
    private final List<StringBuilder> arguments = new ArrayList<>();
    private String finish = "";

    /** @param chat whether it is a chat, or a prompt that is gone on with */
    public OllamaReplyWriter(ReplyHead head, boolean chat) {
        this.head = head;
        this.chat = chat;
    }

    @Override
    public String contentType() {
        return head.stream() ? "application/x-ndjson; charset=utf-8" : "application/json";
    }

    @Override
    public void piece(ReplyPiece piece, ByteSink out) {
        switch (piece) {
            case ReplyPiece.Begun _,
                    ReplyPiece.Used _,
                    ReplyPiece.Failed _,
                    ReplyPiece.Vectors _,
                    ReplyPiece.ReasoningProof _ -> {}
            case ReplyPiece.Text(int _, String more) -> say(text, more, "", out);
            case ReplyPiece.Refusal(int _, String more) -> say(text, more, "", out);
            case ReplyPiece.Reasoning(int _, String more) -> {
                if (!head.hidden()) {
                    say(thinking, "", more, out);
                }
            }
            case ReplyPiece.CallBegun call -> {
                calls.add(call);
                arguments.add(new StringBuilder());
            }
            case ReplyPiece.CallArguments(int _, int number, String json) -> {
                if (number < arguments.size()) {
                    arguments.get(number).append(json);
                }
            }
            case ReplyPiece.Finished(int _, String reason, String _, String _) -> finish = reason;
        }
    }

    private void say(StringBuilder whole, String more, String thought, ByteSink out) {
        if (head.stream()) {
            line(body(more, thought, List.of()), out);
        } else {
            whole.append(more).append(thought);
        }
    }

    private static void line(Map<String, @Nullable Object> body, ByteSink out) {
        byte[] json = Out.json(body);
        byte[] line = java.util.Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        out.write(line, 0, line.length);
    }

    private Map<String, @Nullable Object> body(String said, String thought, List<Object> called) {
        Map<String, @Nullable Object> body =
                map("model", head.model(), "created_at", Instant.now().toString());
        if (chat) {
            Map<String, @Nullable Object> message = map("role", "assistant", "content", said);
            put(message, "thinking", thought.isEmpty() ? null : thought);
            put(message, "tool_calls", called.isEmpty() ? null : called);
            body.put("message", message);
        } else {
            body.put("response", said);
            put(body, "thinking", thought.isEmpty() ? null : thought);
        }
        body.put("done", false);
        return body;
    }

    private List<Object> calls() {
        List<Object> told = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            ReplyPiece.CallBegun call = calls.get(i);
            String json = arguments.get(i).isEmpty() ? "{}" : arguments.get(i).toString();
            told.add(map(
                    "id",
                    head.orOwn(call.id(), "call_", call.index()),
                    "function",
                    map("index", i, "name", call.name(), "arguments", Calls.object(json))));
        }
        return told;
    }

    @Override
    public void keepAlive(ByteSink out) {}

    @Override
    public byte[] end(Ending ending) {
        Map<String, @Nullable Object> last;
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        if (head.stream()) {
            if (!calls.isEmpty()) {
                line(body("", "", calls()), tail::write);
            }
            last = body("", "", List.of());
        } else {
            last = body(text.toString(), thinking.toString(), calls());
        }
        last.put("done", true);
        last.put("done_reason", finish.equals("length") ? "length" : "stop");
        Usage usage = ending.usage().orElse(Usage.NONE);
        last.put("total_duration", ending.durationNanos());
        last.put("load_duration", 0);
        last.put("prompt_eval_count", usage.prompt());
        last.put("prompt_eval_duration", ending.firstTokenNanos());
        last.put("eval_count", usage.completion());
        last.put("eval_duration", Math.max(0, ending.durationNanos() - ending.firstTokenNanos()));
        if (!head.stream()) {
            return Out.json(last);
        }
        line(last, tail::write);
        return tail.toByteArray();
    }

    @Override
    public byte[] failed(ReplyError failure) {
        Map<String, @Nullable Object> error = errorBody(failure.message());
        if (!head.stream()) {
            return Out.json(error);
        }
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        line(error, tail::write);
        return tail.toByteArray();
    }

    /** An error in Ollama's shape. */
    public static Map<String, @Nullable Object> errorBody(String message) {
        return map("error", message);
    }
}
