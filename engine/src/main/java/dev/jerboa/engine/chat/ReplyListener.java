package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.call.CallListener;

/** Gets the parts of a reply as they become certain: its thinking, its answer, its tool calls. */
public interface ReplyListener extends CallListener {
    /** The next piece of the thinking; valid during the call only. */
    void reasoning(CharSequence text);
}
