package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.ops.machine.asm.Convention;
import java.util.Arrays;
import java.util.List;

/** Routines for every instruction set that this machine has: what kernels are tested on. */
final class Targets {
    private static final List<Routines> HERE = Arrays.stream(Isa.values())
            .filter(isa -> isa.runsOn(CpuFeatures.here()))
            .map(isa -> new Routines(new Target(Convention.here(), isa)))
            .toList();

    private Targets() {}

    /** One a target; empty, with a word on standard output, on a processor that no kernel is written for. */
    static List<Routines> here() {
        if (HERE.isEmpty()) {
            System.out.println("SKIPPED: kernels in machine code, which this processor cannot run");
        }
        return HERE;
    }
}
