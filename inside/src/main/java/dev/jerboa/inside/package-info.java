/**
 * The model that comes with Jerboa: about twelve million parameters, trained by Jerboa on problems that it generates. A jar of
 * its own, so that a service that brings its own model need not carry it.
 *
 * <pre>
 * resource model.gguf → Checkpoint in memory → engine.generate.Jerboa → LanguageModel
 * </pre>
 *
 * <p>How it was made and what it can do: MODEL_CARD.md of this module.
 */
@NullMarked
package dev.jerboa.inside;

import org.jspecify.annotations.NullMarked;
