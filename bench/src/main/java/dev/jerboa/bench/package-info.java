/** JMH benchmarks of kernels and codecs; never shipped. */
@NullMarked
package dev.jerboa.bench;

import org.jspecify.annotations.NullMarked;
