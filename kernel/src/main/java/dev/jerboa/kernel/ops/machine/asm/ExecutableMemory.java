package dev.jerboa.kernel.ops.machine.asm;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Memory that code runs in. Pages are written first and made executable after, never both at once; they are given back when
 * the arena closes. A system that forbids executable pages gives an {@link UnsupportedOperationException} that says so.
 *
 * <p>Linux and other Unix systems: mmap, mprotect, munmap. Windows: VirtualAlloc, VirtualProtect, VirtualFree.
 */
public final class ExecutableMemory {
    private static final int ALIGNMENT = 64;
    private static final int PAGE = 4096;

    private ExecutableMemory() {}

    /**
     * Places routines, in order.
     *
     * @throws UnsupportedOperationException when the system gives no executable memory
     */
    public static List<Routine> place(List<MachineCode> codes, Arena arena) {
        return place(codes, arena, OperatingSystem.here());
    }

    static List<Routine> place(List<MachineCode> codes, Arena arena, OperatingSystem system) {
        long size = 0;
        List<Long> offsets = new ArrayList<>();
        for (MachineCode code : codes) {
            offsets.add(size);
            size += (code.bytes().length + ALIGNMENT - 1) / ALIGNMENT * (long) ALIGNMENT;
        }
        long bytes = Math.max(PAGE, (size + PAGE - 1) / PAGE * PAGE);
        MemorySegment pages = system.writable(bytes, arena);
        for (int i = 0; i < codes.size(); i++) {
            byte[] code = codes.get(i).bytes();
            MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, offsets.get(i), code.length);
        }
        system.executable(pages);
        List<Routine> routines = new ArrayList<>();
        for (int i = 0; i < codes.size(); i++) {
            MachineCode code = codes.get(i);
            routines.add(new Routine(code.name(), pages.asSlice(offsets.get(i), code.bytes().length)));
        }
        return List.copyOf(routines);
    }

    /** Places one routine. */
    public static Routine place(MachineCode code, Arena arena) {
        return place(List.of(code), arena).getFirst();
    }

    /** What an operating system calls these things. */
    sealed interface OperatingSystem {
        /** Fresh readable and writable pages that live as long as the arena. */
        MemorySegment writable(long bytes, Arena arena);

        /** Makes pages readable and executable, no longer writable. */
        void executable(MemorySegment pages);

        static OperatingSystem here() {
            return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")
                    ? new Windows(SymbolLookup.libraryLookup("kernel32", Arena.global()))
                    : new Unix(Linker.nativeLinker().defaultLookup());
        }
    }

    private static MethodHandle handle(SymbolLookup lookup, String name, FunctionDescriptor descriptor) {
        MemorySegment symbol =
                lookup.find(name).orElseThrow(() -> new UnsupportedOperationException("this system has no " + name));
        return Linker.nativeLinker().downcallHandle(symbol, descriptor);
    }

    private static UnsupportedOperationException refused(String call) {
        return new UnsupportedOperationException(
                "the system gives no executable memory (" + call + " failed): a security policy may forbid it");
    }

    record Unix(SymbolLookup libc) implements OperatingSystem {
        private static final int READ = 1;
        private static final int WRITE = 2;
        private static final int EXECUTE = 4;
        private static final int PRIVATE = 2;

        @Override
        public MemorySegment writable(long bytes, Arena arena) {
            MethodHandle map = handle(
                    libc,
                    "mmap",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG));
            MethodHandle unmap = handle(
                    libc,
                    "munmap",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
            boolean linux = System.getProperty("os.name", "").equals("Linux");
            int anonymous = linux ? 0x20 : 0x1000;
            long address = invokeLong(map, 0L, bytes, READ | WRITE, PRIVATE | anonymous, -1, 0L);
            if (address == -1) {
                throw refused("mmap");
            }
            return MemorySegment.ofAddress(address)
                    .reinterpret(bytes, arena, pages -> invokeInt(unmap, pages.address(), bytes));
        }

        @Override
        public void executable(MemorySegment pages) {
            MethodHandle protect = handle(
                    libc,
                    "mprotect",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
            if (invokeInt(protect, pages.address(), pages.byteSize(), READ | EXECUTE) != 0) {
                throw refused("mprotect");
            }
        }
    }

    record Windows(SymbolLookup kernel) implements OperatingSystem {
        private static final int COMMIT_AND_RESERVE = 0x3000;
        private static final int READ_WRITE = 4;
        private static final int EXECUTE_READ = 0x20;
        private static final int RELEASE = 0x8000;

        @Override
        public MemorySegment writable(long bytes, Arena arena) {
            MethodHandle allocate = handle(
                    kernel,
                    "VirtualAlloc",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT));
            MethodHandle free = handle(
                    kernel,
                    "VirtualFree",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
            long address = invokeLong(allocate, 0L, bytes, COMMIT_AND_RESERVE, READ_WRITE);
            if (address == 0) {
                throw refused("VirtualAlloc");
            }
            return MemorySegment.ofAddress(address)
                    .reinterpret(bytes, arena, pages -> invokeInt(free, pages.address(), 0L, RELEASE));
        }

        @Override
        public void executable(MemorySegment pages) {
            MethodHandle protect = handle(
                    kernel,
                    "VirtualProtect",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS));
            try (Arena scratch = Arena.ofConfined()) {
                MemorySegment before = scratch.allocate(ValueLayout.JAVA_INT);
                if (invokeInt(protect, pages.address(), pages.byteSize(), EXECUTE_READ, before) == 0) {
                    throw refused("VirtualProtect");
                }
            }
        }
    }

    private static long invokeLong(MethodHandle handle, Object... arguments) {
        return (long) invoke(handle, arguments);
    }

    private static int invokeInt(MethodHandle handle, Object... arguments) {
        return (int) invoke(handle, arguments);
    }

    private static Object invoke(MethodHandle handle, Object... arguments) {
        try {
            return handle.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a system call failed", e);
        }
    }
}
