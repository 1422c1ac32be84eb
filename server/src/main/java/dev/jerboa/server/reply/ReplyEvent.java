package dev.jerboa.server.reply;

import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.schedule.Pick;

/** A piece of a reply. */
public sealed interface ReplyEvent {
    /** Text of the answer. */
    record Answer(String text) implements ReplyEvent {}

    /** Text of the thinking. */
    record Reasoning(String text) implements ReplyEvent {}

    /** A tool call begins. */
    record CallStarted(int index, String id, String name) implements ReplyEvent {}

    /** More of a call's arguments, as JSON text. */
    record CallArguments(int index, String json) implements ReplyEvent {}

    /** A token with its log-probability, where these were asked for; before the text that it made certain. */
    record Token(Pick pick, boolean thinking, String text) implements ReplyEvent {}

    /** The end. */
    record Ended(Outcome outcome) implements ReplyEvent {}

    /** The end without a reply. */
    record Failed(RuntimeException cause) implements ReplyEvent {}
}
