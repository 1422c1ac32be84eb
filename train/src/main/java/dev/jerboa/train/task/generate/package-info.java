/**
 * The tasks of the model that Jerboa ships: sums, comparisons, sorting, divisors, percentages, sequences, units, dates, words,
 * Countdown, and what is known by heart: the product, small talk, and that the rest is not known; in English and Arabic.
 *
 * <pre>
 * Draws → numbers → key (canonical) · working (Columns, Steps, Search) · Speaker: question and answer in a language → Example
 * </pre>
 *
 * <p>Workings are written for a small model that reads one digit a token: a line a sub-result, its column steps from the
 * least significant digit with every carry written out, and the result restated, as in {@code 47+58:7+8+0=15;4+5+1=10;=105}.
 * The same columns serve every task that adds, subtracts or multiplies.
 */
@NullMarked
package dev.jerboa.train.task.generate;

import org.jspecify.annotations.NullMarked;
