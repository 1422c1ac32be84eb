/** Bytes of files from a hub to the cache: in ranges, several at a time, resumed where they stopped, and hashed before they count. */
@NullMarked
package dev.jerboa.hub.transfer;

import org.jspecify.annotations.NullMarked;
