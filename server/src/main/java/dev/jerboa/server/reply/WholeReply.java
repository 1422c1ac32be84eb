package dev.jerboa.server.reply;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.generate.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A reply collected to its end. One thread. */
public final class WholeReply {
    private static final class Call {
        final String id;
        final String name;
        final StringBuilder arguments = new StringBuilder();

        Call(String id, String name) {
            this.id = id;
            this.name = name;
        }
    }

    private final StringBuilder answer = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<Call> calls = new ArrayList<>();
    private final List<ReplyEvent.Token> tokens = new ArrayList<>();
    private @Nullable Outcome outcome;

    void add(ReplyEvent event) {
        switch (event) {
            case ReplyEvent.Answer(String text) -> answer.append(text);
            case ReplyEvent.Reasoning(String text) -> reasoning.append(text);
            case ReplyEvent.CallStarted(int _, String id, String name) -> calls.add(new Call(id, name));
            case ReplyEvent.CallArguments(int index, String json) ->
                calls.get(index).arguments.append(json);
            case ReplyEvent.Token token -> tokens.add(token);
            case ReplyEvent.Ended(Outcome end) -> outcome = end;
            case ReplyEvent.Failed(RuntimeException cause) -> throw cause;
        }
    }

    boolean hasEnded() {
        return outcome != null;
    }

    public String answer() {
        return answer.toString();
    }

    public String reasoning() {
        return reasoning.toString();
    }

    public List<ToolCall> calls() {
        return calls.stream()
                .map(call -> new ToolCall(call.id, call.name, call.arguments.toString()))
                .toList();
    }

    /** Its tokens, where their log-probabilities were asked for. */
    public List<ReplyEvent.Token> tokens() {
        return tokens;
    }

    public Outcome outcome() {
        if (outcome == null) {
            throw new IllegalStateException("the reply has not ended");
        }
        return outcome;
    }
}
