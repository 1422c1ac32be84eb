/**
 * A small x86-64 assembler and the memory its code runs in.
 *
 * <pre>
 * Assembler: instructions by name → bytes, labels, constants, a listing in Intel syntax
 *   → finish() → MachineCode → ExecutableMemory.place(arena) → Routine.call(arguments)
 * </pre>
 *
 * <p>Vector instructions are rows of the table {@link dev.jerboa.kernel.ops.machine.asm.VectorOp}; the assembler chooses the
 * VEX form where it fits and the EVEX form otherwise (512-bit registers, registers 16 to 31, broadcast operands). Source:
 * Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 */
@NullMarked
package dev.jerboa.kernel.ops.machine.asm;

import org.jspecify.annotations.NullMarked;
