/**
 * The block layout of every weight format: how many values a block holds, in how many bytes, and how to read it.
 *
 * <pre>
 * bytes of a row → DType.decode → float32      (the reference every kernel is held against)
 * float32 → DType.encode → bytes of a row      (formats Jerboa writes)
 * </pre>
 */
@NullMarked
package dev.jerboa.kernel.dtype;

import org.jspecify.annotations.NullMarked;
