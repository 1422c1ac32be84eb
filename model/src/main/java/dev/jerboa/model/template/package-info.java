/**
 * Chat templates: Jerboa's interpreter of the Jinja language as published chat templates use it.
 *
 * <pre>
 * source → Lexer → tokens → Parser (+ ExpressionParser) → Statement / Expr → ScopePlanner → ChatTemplate
 * ChatTemplate + variables → Interpreter (statements) ↔ Evaluator (expressions) → text
 *                            Filters, Tests, Globals, StringMethods … work on plain values
 * </pre>
 *
 * The meaning is that of Jinja2 3.1.6 in the environment that Hugging Face transformers sets up: an immutable sandbox,
 * {@code trim_blocks}, {@code lstrip_blocks}, loop controls, {@code generation} blocks and a {@code tojson} without
 * HTML escapes. Values are the plain Java values of {@link dev.jerboa.model.json.Json}; templates are untrusted, so
 * every cost (steps, memory, output, depth) is bounded by {@link dev.jerboa.model.template.TemplateLimits}.
 */
@NullMarked
package dev.jerboa.model.template;

import org.jspecify.annotations.NullMarked;
