package dev.jerboa.server.gateway;

import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyObserver;
import dev.jerboa.server.reply.ReplyOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the engine says of one reply, for accounts. One thread, the request's. */
public final class LocalReply {
    /** The reply that the running request has made. */
    static final ScopedValue<LocalReply> CURRENT = ScopedValue.newInstance();

    private final long began = System.nanoTime();
    private List<Outcome> outcomes = List.of();
    private int samples = 1;
    private long textBytes;
    private int toolCalls;
    private long firstTokenMicros = -1;

    LocalReply() {}

    /** Lets an observer see as before, and the current reply too. */
    public static ReplyObserver observing(ReplyObserver observer) {
        return order -> {
            ReplyObserver.Watch watch = observer.begin(order);
            return CURRENT.isBound() ? CURRENT.get().watch(order, watch) : watch;
        };
    }

    private ReplyObserver.Watch watch(ReplyOrder order, ReplyObserver.Watch watch) {
        samples = order.samples();
        return new ReplyObserver.Watch() {
            @Override
            public void piece(ReplyEvent event) {
                watch.piece(event);
                see(event);
            }

            @Override
            public void ended(List<Outcome> all) {
                outcomes = List.copyOf(all);
                watch.ended(all);
            }

            @Override
            public void failed() {
                watch.failed();
            }
        };
    }

    private void see(ReplyEvent event) {
        switch (event) {
            case ReplyEvent.Answer(String text) -> said(text);
            case ReplyEvent.Reasoning(String text) -> said(text);
            case ReplyEvent.CallArguments(int _, String json) -> said(json);
            case ReplyEvent.CallStarted(int _, String _, String name) -> {
                toolCalls++;
                said(name);
            }
            case ReplyEvent.Token _, ReplyEvent.Ended _, ReplyEvent.Failed _ -> {}
        }
    }

    private void said(String text) {
        textBytes += text.getBytes(StandardCharsets.UTF_8).length;
        if (firstTokenMicros < 0) {
            firstTokenMicros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - began);
        }
    }

    /** Whether all its choices have ended. */
    boolean hasEnded() {
        return !outcomes.isEmpty();
    }

    /** Tokens of all choices; each prompt counts once. */
    Optional<Usage> usage() {
        Usage usage = Usage.NONE;
        for (int i = 0; i < outcomes.size(); i++) {
            Outcome outcome = outcomes.get(i);
            boolean counts = i % samples == 0;
            long cached = counts ? outcome.tokens().cached() : 0;
            long prompt = counts ? outcome.tokens().prompt() : 0;
            long reasoning = outcome.reasoningTokens();
            usage = usage.plus(new Usage(
                    Math.max(0, prompt - cached),
                    cached,
                    0,
                    0,
                    Math.max(0, outcome.tokens().generated() - reasoning),
                    reasoning));
        }
        return outcomes.isEmpty() ? Optional.empty() : Optional.of(usage);
    }

    String finish() {
        if (outcomes.isEmpty()) {
            return "stop";
        }
        FinishReason reason = outcomes.getFirst().reason();
        return switch (reason) {
            case STOP, STOP_STRING -> toolCalls > 0 ? "tool_calls" : "stop";
            case LENGTH, CONTEXT_FULL, DEADLINE, CANCELLED -> "length";
        };
    }

    long textBytes() {
        return textBytes;
    }

    int toolCalls() {
        return toolCalls;
    }

    long firstTokenMicros() {
        return firstTokenMicros;
    }

    long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }
}
