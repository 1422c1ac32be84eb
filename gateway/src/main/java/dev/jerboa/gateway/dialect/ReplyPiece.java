package dev.jerboa.gateway.dialect;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a reply says, event by event, whichever dialect it is in. Choices are counted from 0, tool calls within a choice too. */
public sealed interface ReplyPiece {
    /** The reply begins. */
    record Begun(String id, String model) implements ReplyPiece {}

    /** Text of the answer. */
    record Text(int choice, String text) implements ReplyPiece {}

    /** Text of the reasoning. */
    record Reasoning(int choice, String text) implements ReplyPiece {}

    /** What proves to the provider that the reasoning before it is its own, and ends that stretch of reasoning. */
    record ReasoningProof(int choice, Proof proof) implements ReplyPiece {}

    /** The answer refuses. */
    record Refusal(int choice, String text) implements ReplyPiece {}

    /** A tool is called; its arguments follow. */
    record CallBegun(int choice, int index, String id, String name) implements ReplyPiece {}

    /** Part of a call's arguments, as JSON text. */
    record CallArguments(int choice, int index, String json) implements ReplyPiece {}

    /**
     * A choice has ended.
     *
     * @param reason {@code stop}, {@code length}, {@code tool_calls}, {@code content_filter}, {@code error}
     * @param said the endpoint's own word for it, as {@code end_turn}; empty where it has none
     * @param stopSequence at which it ended; null where it is not told
     */
    record Finished(
            int choice,
            String reason,
            String said,
            @Nullable String stopSequence) implements ReplyPiece {}

    /**
     * What was used: at most once in a reply, the last word where an endpoint tells it several times.
     *
     * @param usage null where the endpoint told nothing, or counts that cannot be
     * @param costNanos what the endpoint says it cost, in nano-dollars; null where it does not
     * @param service what the endpoint says it did beside
     */
    record Used(@Nullable Usage usage, @Nullable Long costNanos, Service service) implements ReplyPiece {
        /** Of an endpoint that says of nothing beside. */
        public Used(@Nullable Usage usage, @Nullable Long costNanos) {
            this(usage, costNanos, Service.NONE);
        }
    }

    /** Vectors of numbers, one a text. */
    record Vectors(List<float[]> vectors) implements ReplyPiece {}

    /** The endpoint failed within the reply. */
    record Failed(ErrorKind kind, String message) implements ReplyPiece {}
}
