/**
 * Bytes of the wire: JSON walked where it lies, events and lines cut out of a stream, members of a request read with their names.
 *
 * <pre>
 * bytes, however split → EventSplitter → events → JsonCursor (no tree) | Members (a tree)
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.wire;

import org.jspecify.annotations.NullMarked;
