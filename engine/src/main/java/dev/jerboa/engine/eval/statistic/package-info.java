/** Numbers with their uncertainty: shares, means, quantiles, and intervals for them. */
@NullMarked
package dev.jerboa.engine.eval.statistic;

import org.jspecify.annotations.NullMarked;
