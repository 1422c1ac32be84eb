/**
 * The machine: processor features, the cores to use, and the team of pinned threads that computes.
 *
 * <pre>
 * Team.run(job) → every Worker runs the same job on its share → Worker.barrier() between dependent stages → run returns
 * </pre>
 */
@NullMarked
package dev.jerboa.kernel.cpu;

import org.jspecify.annotations.NullMarked;
