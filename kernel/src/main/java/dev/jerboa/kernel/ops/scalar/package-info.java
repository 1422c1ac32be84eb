/**
 * The plain reference of every operation: one obvious loop each, no parallel tricks, every weight type. Other tiers are held
 * against it, and it serves where nothing better runs.
 *
 * <pre>
 * EXACT: row → StoredRow.decode → float32 → products summed in double, rounded once
 * FAST:  row → GridRow (whole numbers + scales) · ByteRows (activations in 8-bit blocks) → exact integer sums a group
 * </pre>
 */
@NullMarked
package dev.jerboa.kernel.ops.scalar;

import org.jspecify.annotations.NullMarked;
