/**
 * Expressions as automata over bytes.
 *
 * <pre>
 * Expression → NetworkBuilder: nodes, edges on bytes and markers, calls of rules, counted loops
 *            → Trimming: the fewest bytes from each node to its end; what has no end is cut off; left recursion is refused
 *            → Network
 *            → Automaton: a State is a set of (node, stack of Frames); states and frames are interned, transitions computed when taken
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.constrain.automaton;

import org.jspecify.annotations.NullMarked;
