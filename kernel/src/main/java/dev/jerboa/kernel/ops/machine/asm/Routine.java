package dev.jerboa.kernel.ops.machine.asm;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Emitted code that can be called, with one argument: the address of a block of arguments in native memory. Valid as long
 * as the arena it was placed in. Thread-safe as the code is.
 */
public final class Routine {
    private static final MethodHandle CALL =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

    private final String name;
    private final MemorySegment entry;

    Routine(String name, MemorySegment entry) {
        this.name = name;
        this.entry = entry;
    }

    /** Runs it; {@code arguments} is the address of what it reads its arguments from. */
    public void call(long arguments) {
        try {
            CALL.invokeExact(entry, arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("the call of " + name + " failed", e);
        }
    }

    /** Where its first instruction lies. */
    MemorySegment entry() {
        return entry;
    }

    @Override
    public String toString() {
        return name;
    }
}
