package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopSpec;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import java.lang.foreign.Arena;

/** A fused loop as emitted by {@link LoopEmitter}. */
final class MachineLoop implements Loop {
    private static final ThreadLocal<Arguments> ARGUMENTS =
            ThreadLocal.withInitial(() -> new Arguments(Arena.ofAuto()));

    private final LoopSpec spec;
    private final Routine routine;

    MachineLoop(LoopSpec spec, Routine routine) {
        this.spec = spec;
        this.routine = routine;
    }

    @Override
    public Call call() {
        return new Own(routine, ARGUMENTS.get());
    }

    @Override
    public String toString() {
        return "emitted " + spec.name();
    }

    /** Short-lived: the JVM's compiler keeps it in registers. */
    private record Own(Routine routine, Arguments arguments) implements Call {
        @Override
        public Call at(int pointer, long address, long strideBytes) {
            int first = LoopEmitter.POINTERS + 2 * pointer;
            arguments.set(first, address).set(first + 1, strideBytes);
            return this;
        }

        @Override
        public Call count(int count, long elements, long more) {
            int first = LoopEmitter.COUNTS + 2 * count;
            arguments.set(first, elements).set(first + 1, more);
            return this;
        }

        @Override
        public Call scalar(int index, float value) {
            arguments.set(LoopEmitter.SCALARS + index, value);
            return this;
        }

        @Override
        public void run(int rows) {
            if (rows > 0) {
                arguments.set(LoopEmitter.ROWS, rows);
                routine.call(arguments.address());
            }
        }
    }
}
