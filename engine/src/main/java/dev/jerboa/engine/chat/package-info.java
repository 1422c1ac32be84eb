/**
 * Between messages and text: what a conversation looks like to a template, and what a reply's text means.
 *
 * <pre>
 * ChatMessage …, ToolDefinition … → ChatPrompt → prompt text
 *     ReasoningRequest → ReasoningSettings: the template's variables, and what it cannot express
 *     ToolTurns: how this template takes calls (object, text, not at all); HarmonyTurns: gpt-oss's one call a message
 *     no place for tools in the template → tool.ToolPrompt, tool.ToolText: tools, calls and results in plain words
 * prompt text → (model) → text of each token
 *     → ReplyParser by ReplyFormat (ReasoningFormat + tool.ToolFormat, both known by the template's source)
 *         thinking                                    → ReplyListener.reasoning
 *         answer → call.CallParser: text | tool calls → ReplyListener.call…
 *             text → StopStrings                      → ReplyListener.answer
 *     or, where everything is in messages with headers → call.HarmonyParser → the same events
 * </pre>
 *
 * Everything works on a stream and gives the same result wherever the text is cut into pieces. {@code tool} is what tool
 * calling looks like, as data; {@code call} reads calls by it.
 */
@NullMarked
package dev.jerboa.engine.chat;

import org.jspecify.annotations.NullMarked;
