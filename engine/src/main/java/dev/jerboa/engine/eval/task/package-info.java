/** Tasks from files: items of published formats or of templates, examples before them, and answers found in replies. */
@NullMarked
package dev.jerboa.engine.eval.task;

import org.jspecify.annotations.NullMarked;
