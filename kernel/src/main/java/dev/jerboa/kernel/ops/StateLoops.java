package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;

/** The loops of {@link Ops#convolve} and {@link Ops#advance}, behind the checks of shapes; all of them make the same bits. */
public interface StateLoops {
    /** {@link Ops#convolve}, checked. */
    void convolve(StepTokens tokens, FloatRows x, int col, int channels, FloatRows w, int channel, FloatRows states);

    /** {@link Ops#advance}, checked. */
    void advance(
            StepTokens tokens,
            StateHead head,
            FloatRows queries,
            FloatRows keys,
            FloatRows values,
            FloatRows decays,
            FloatRows strengths,
            FloatRows states,
            FloatRows out);
}
