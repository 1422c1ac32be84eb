/**
 * What reading replies has in common in all dialects.
 *
 * <pre>
 * bytes → BodyReader → a whole body | events → EventReader (of a dialect) → ReplyPiece
 * bytes → events → Tap (of a dialect) → ReplyTally
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.reply;

import org.jspecify.annotations.NullMarked;
