package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.machine.asm.ExecutableMemory;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import java.lang.foreign.Arena;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The routines of a target, each emitted and placed on first use and kept for the life of the process. Thread-safe.
 *
 * <p>With {@code -Djerboa.kernel.print=true} or the environment variable {@code JERBOA_PRINT_KERNELS=1}, what is emitted is
 * printed to standard error as text.
 */
final class Routines {
    private static final boolean PRINT =
            Boolean.getBoolean("jerboa.kernel.print") || "1".equals(System.getenv("JERBOA_PRINT_KERNELS"));

    private final Target target;
    private final ConcurrentHashMap<Object, Routine> routines = new ConcurrentHashMap<>();

    Routines(Target target) {
        this.target = target;
    }

    Target target() {
        return target;
    }

    /** The routine that {@code key} (a value with equality) names; {@code emitter} writes it the first time. */
    Routine get(Object key, Function<Target, MachineCode> emitter) {
        Routine found = routines.get(key);
        return found != null ? found : routines.computeIfAbsent(key, k -> place(emitter.apply(target)));
    }

    private static Routine place(MachineCode code) {
        if (PRINT) {
            System.err.print(code.listing());
        }
        return ExecutableMemory.place(code, Arena.global());
    }
}
