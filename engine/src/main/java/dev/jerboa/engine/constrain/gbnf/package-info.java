/** Grammars in GBNF, the format of llama.cpp, as expressions. */
@NullMarked
package dev.jerboa.engine.constrain.gbnf;

import org.jspecify.annotations.NullMarked;
