/**
 * Between messages and text: what a conversation looks like to a template, and what a reply's text means.
 *
 * <pre>
 * ChatMessage … → ChatPrompt (template, variables) → prompt text → (model) → text of each token
 *     → ReplyParser: thinking | answer → StopStrings (answer only) → what the caller sees
 * </pre>
 *
 * Everything works on a stream and gives the same result wherever the text is cut into pieces.
 */
@NullMarked
package dev.jerboa.engine.chat;

import org.jspecify.annotations.NullMarked;
