/**
 * The memory of keys and values: pages shared by the sequences of a model, and kept while nobody needs their room; and that of running
 * states, of layers that keep those instead of positions.
 *
 * <pre>
 * KvCache.open (address space for all pages; memory comes as pages are written)
 *   → sequence(scope) → begin: pages of the longest known beginning are held, a page that fits in part is copied, and positions
 *     are reserved (free pages first, then the kept one that was used longest ago)
 *   → decoder step writes and reads them → advance: what is written is known, page by page (PrefixIndex);
 *                                          a full page that is known already is given up for the known one
 *   → close: pages that nobody holds are kept (Pages), for whoever begins with the same tokens
 * </pre>
 *
 * <p>Running states are large and of one size, whatever a sequence's length. They lie beside the pages, in rows ({@link
 * dev.jerboa.engine.cache.StateRows}), a fixed number of them:
 *
 * <pre>
 * reserve, begin: a sequence holds one row → Step.state → the decoder changes it with each token; at position 0 it begins anew
 *   → advance, where a page ends that others part after, or that is the last one of what was known: a copy is kept (snapshot)
 *   → close: the row itself becomes the snapshot of the end
 * begin: of the known beginnings the longest one that has a snapshot too; its states are copied, its pages held as ever
 * take: a free row, or that of the snapshot used longest ago; a page that is forgotten takes its snapshots with it
 * </pre>
 *
 * States cannot be taken back by a position. So a sequence can be shortened only to where it was {@linkplain
 * dev.jerboa.engine.cache.Sequence#mark marked}, or to nothing. See {@code docs/decisions/011-states-beside-pages.md}.
 */
@NullMarked
package dev.jerboa.engine.cache;

import org.jspecify.annotations.NullMarked;
