/** What a text may be: expressions over bytes, characters, rules and markers, whatever they were written in. */
@NullMarked
package dev.jerboa.engine.constrain.grammar;

import org.jspecify.annotations.NullMarked;
