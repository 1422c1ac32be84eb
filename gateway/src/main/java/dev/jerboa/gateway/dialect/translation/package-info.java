/**
 * The door to the dialects: which client's form can be put to which endpoint, and what is sent, read and written then.
 *
 * <pre>
 * Translation.of(form, dialect) → request: EndpointRequest → endpoint
 *   same dialect:  bytes → Passage → the same bytes, and a ReplyTally
 *   another one:   bytes → ReplyReader → ReplyPiece → ReplyTally, ReplyWriter → bytes
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.translation;

import org.jspecify.annotations.NullMarked;
