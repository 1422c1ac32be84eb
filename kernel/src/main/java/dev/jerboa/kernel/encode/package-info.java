/**
 * Weights to their storage formats, fast: what {@link dev.jerboa.kernel.dtype.DType#encode} means, with the search for scales
 * in fused loops, many groups at a time.
 *
 * <pre>
 * rows of float32 (+ importance of each column) → RowEncoder: runs of groups → FusedSearch: group j in lane j
 *     → scales of all tries → the best → DType.encode: codes, packed → bytes
 * </pre>
 */
@NullMarked
package dev.jerboa.kernel.encode;

import org.jspecify.annotations.NullMarked;
