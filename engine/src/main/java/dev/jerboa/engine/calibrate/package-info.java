/**
 * What a model's projections are given while it reads a text: how much each weight matters when it is quantised.
 *
 * <pre>
 * text → tokens → chunks, each from position 0 → decoder with watched operations (model.convert.InputObserver) → ImportanceMatrix
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.calibrate;

import org.jspecify.annotations.NullMarked;
