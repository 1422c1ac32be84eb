/**
 * The memory of keys and values: pages shared by the sequences of a model.
 *
 * <pre>
 * KvCache.open (address space for all pages; memory comes as pages are written)
 *   → sequence → reserve positions → decoder step writes and reads them → truncate or close: pages go back
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.cache;

import org.jspecify.annotations.NullMarked;
