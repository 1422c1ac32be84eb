package dev.jerboa.kernel.ops.machine.asm;

/** The last operand of a vector instruction: a register or memory. */
public sealed interface Operand permits Vec, Mem {}
