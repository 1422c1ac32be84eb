package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Convention;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/** What code is emitted for. */
record Target(Convention convention, Isa isa) {
    /** A new assembler for a routine called {@code name}. */
    Assembler assembler(String name) {
        return new Assembler(name + " " + isa.key(), isa == Isa.AVX_VNNI);
    }

    /** The vector register of this number, as wide as products use. */
    Vec vec(int number) {
        return new Vec(number, isa.vectorBytes());
    }

    /** 32-bit lanes of {@link #vec}. */
    int lanes() {
        return isa.lanes();
    }
}
