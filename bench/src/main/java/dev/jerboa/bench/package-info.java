/** JMH benchmarks of kernels and codecs, load tests; never shipped. */
@NullMarked
package dev.jerboa.bench;

import org.jspecify.annotations.NullMarked;
