package dev.jerboa.kernel.ops.machine.asm;

import static dev.jerboa.kernel.ops.machine.asm.Vec.xmm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS_STORE;

import java.util.List;
import java.util.Locale;

/**
 * How a routine with one argument, the address of its argument block, is entered and left. Between {@link #enter} and
 * {@link #leave} the argument is in RDI and every other general register but RSP, and every vector register, is free.
 */
public enum Convention {
    /** Linux, macOS and other Unix systems: the argument comes in RDI, vector registers belong to the routine. */
    SYSTEM_V(List.of(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15)),
    /** Windows: the argument comes in RCX; RDI, RSI and the vector registers 6 to 15 (128 bits) must be kept. */
    WINDOWS(List.of(Gpr.RBX, Gpr.RBP, Gpr.RDI, Gpr.RSI, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15));

    private static final int FIRST_KEPT = 6;
    private static final int LAST_KEPT = 15;
    private static final int KEPT_BYTES = 16 * (LAST_KEPT - FIRST_KEPT + 1);

    private final List<Gpr> kept;

    Convention(List<Gpr> kept) {
        this.kept = kept;
    }

    /** The convention of the system that this JVM runs on. */
    public static Convention here() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows") ? WINDOWS : SYSTEM_V;
    }

    /** Saves what belongs to the caller and brings the argument into RDI. */
    public void enter(Assembler a) {
        kept.forEach(a::push);
        if (this == WINDOWS) {
            a.sub(Gpr.RSP, KEPT_BYTES);
            for (int i = FIRST_KEPT; i <= LAST_KEPT; i++) {
                a.op(VMOVUPS_STORE, Mem.at(Gpr.RSP, 16 * (i - FIRST_KEPT)), xmm(i));
            }
            a.mov(Gpr.RDI, Gpr.RCX);
        }
    }

    /** Restores what belongs to the caller and returns. */
    public void leave(Assembler a) {
        a.vzeroupper();
        if (this == WINDOWS) {
            for (int i = FIRST_KEPT; i <= LAST_KEPT; i++) {
                a.op(VMOVUPS, xmm(i), Mem.at(Gpr.RSP, 16 * (i - FIRST_KEPT)));
            }
            a.add(Gpr.RSP, KEPT_BYTES);
        }
        kept.reversed().forEach(a::pop);
        a.ret();
    }
}
