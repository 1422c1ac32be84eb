package dev.jerboa.model.decoder;

/**
 * How a container stacks the two raising projections of experts in one tensor ({@link Slot#EXPERT_GATE_UP}).
 *
 * @param inputsFirst whether stacks are experts × inputs × outputs, not experts × outputs × inputs
 * @param interleaved whether outputs alternate between gate and up; otherwise all of gate come first
 */
public record ExpertLayout(boolean inputsFirst, boolean interleaved) {
    /** Experts × outputs × inputs, gate first. */
    public static final ExpertLayout OUTPUTS_FIRST = new ExpertLayout(false, false);
}
