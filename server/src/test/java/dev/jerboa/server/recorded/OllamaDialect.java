package dev.jerboa.server.recorded;

import dev.jerboa.server.recorded.Said.Call;
import dev.jerboa.server.recorded.Said.Choice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Ollama's chats and generations; streams are JSON lines. */
final class OllamaDialect implements Dialect {
    private static final String[] COUNTS = {"prompt_eval_count", "eval_count", "done_reason", "total_duration"};

    @Override
    public String streamType() {
        return "application/x-ndjson";
    }

    @Override
    public void error(Seen error) {
        error.text("error");
    }

    @Override
    public Said whole(Seen request, Seen answer) {
        return said(request, List.of(answer));
    }

    @Override
    public Said streamed(Seen request, String stream) {
        if (!stream.endsWith("\n")) {
            throw new AssertionError("the stream does not end with the end of a line: " + stream);
        }
        List<Seen> lines = new ArrayList<>();
        for (String line : stream.substring(0, stream.length() - 1).split("\n", -1)) {
            lines.add(Seen.of("line " + lines.size(), line));
        }
        return said(request, lines);
    }

    private static Said said(Seen request, List<Seen> pieces) {
        boolean chat = request.has("messages");
        StringBuilder text = new StringBuilder();
        StringBuilder thinking = new StringBuilder();
        List<Call> calls = new ArrayList<>();
        for (Seen piece : pieces) {
            boolean last = piece == pieces.getLast();
            piece.is("model", request.text("model")).is("done", last);
            Instant.parse(piece.text("created_at"));
            if (!last) {
                piece.without(COUNTS);
            }
            Seen message = chat ? piece.object("message").is("role", "assistant") : piece;
            text.append(message.text(chat ? "content" : "response"));
            thinking.append(message.has("thinking") ? message.text("thinking") : "");
            for (Seen call : message.has("tool_calls") ? message.some("tool_calls") : List.<Seen>of()) {
                Seen function = call.object("function");
                calls.add(new Call(
                        function.text("name"), function.object("arguments").value()));
            }
        }
        Seen end = pieces.getLast();
        String reason = end.oneOf("done_reason", "stop", "length");
        long prompt = end.count("prompt_eval_duration");
        long generation = end.count("eval_duration");
        if (end.count("total_duration") < prompt + generation || end.count("load_duration") < 0) {
            throw end.wrong("durations that add up");
        }
        Choice choice = new Choice(text.toString(), thinking.toString(), calls, reason, List.of());
        return new Said(List.of(choice), end.positive("prompt_eval_count"), end.positive("eval_count"));
    }
}
