/**
 * The memory of keys and values: pages shared by the sequences of a model.
 *
 * <pre>
 * KvCache.open (address space for all pages; memory comes as pages are written)
 *   → sequence → [begin with another's positions: the same pages] → reserve positions (copies a shared page before it is written)
 *   → decoder step writes and reads them → truncate or close: pages go back when nobody holds them
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.cache;

import org.jspecify.annotations.NullMarked;
