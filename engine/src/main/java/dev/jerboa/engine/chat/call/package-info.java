/**
 * Tool calls out of the text that a model writes, while it streams.
 *
 * <pre>
 * answer text → CallParser: looks for a format's opening marks (Marker)
 *     text between calls      → CallListener.answer
 *     a call, part by part    → PartReader … → RunningCall: name, id, arguments as JSON → CallListener.call…
 *     JsonScanner             knows at every character whether a text is JSON so far, and where the value ends
 * </pre>
 *
 * A call is announced when its name is known and its arguments begin. What turns out to be no call before that is text
 * again; what goes wrong later ends the call as incomplete, and the text goes on from there. Nothing here throws because of
 * what a model writes.
 */
@NullMarked
package dev.jerboa.engine.chat.call;

import org.jspecify.annotations.NullMarked;
