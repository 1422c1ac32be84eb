/**
 * The memory of keys and values: pages shared by the sequences of a model, and kept while nobody needs their room.
 *
 * <pre>
 * KvCache.open (address space for all pages; memory comes as pages are written)
 *   → sequence(scope) → begin: pages of the longest known beginning are held, a page that fits in part is copied, and positions
 *     are reserved (free pages first, then the kept one that was used longest ago)
 *   → decoder step writes and reads them → advance: what is written is known, page by page (PrefixIndex);
 *                                          a full page that is known already is given up for the known one
 *   → close: pages that nobody holds are kept (Pages), for whoever begins with the same tokens
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.cache;

import org.jspecify.annotations.NullMarked;
