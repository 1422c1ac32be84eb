/**
 * What tool calling is, as data: the tools, the model's choice among them, and how each family writes a call.
 *
 * <pre>
 * template source → ToolFormats (table) → ToolFormat: open | call | close, each a list of Part
 *     Part → engine.chat.call reads text by it
 *     Part → ToolShape → Shape: what may be written, for constrained generation
 * ToolDefinition → variables of the template, and ParameterKind: how untyped text becomes JSON
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.chat.tool;

import org.jspecify.annotations.NullMarked;
