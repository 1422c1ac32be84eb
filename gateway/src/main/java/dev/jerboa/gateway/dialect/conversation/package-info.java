/**
 * What a request says, whichever dialect it is in: the middle of each translation.
 *
 * <pre>
 * Conversation: messages (role, parts) · tools · which of them · form of the answer · thinking · settings · warnings so far
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.conversation;

import org.jspecify.annotations.NullMarked;
