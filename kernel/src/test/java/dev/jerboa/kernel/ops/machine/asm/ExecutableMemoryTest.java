package dev.jerboa.kernel.ops.machine.asm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jerboa.kernel.ops.machine.asm.ExecutableMemory.OperatingSystem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExecutableMemoryTest {
    @BeforeEach
    void needsThisProcessor() {
        assumeThat(System.getProperty("os.arch")).as("the processor").isEqualTo("amd64");
    }

    /** A routine that adds {@code value} to the number that its argument points at. */
    private static MachineCode adds(int value) {
        Assembler a = new Assembler("add " + value);
        Convention.here().enter(a);
        a.mov(Gpr.RAX, Mem.at(Gpr.RDI));
        a.add(Gpr.RAX, a.constant(value, 2));
        a.mov(Mem.at(Gpr.RDI), Gpr.RAX);
        Convention.here().leave(a);
        return a.finish();
    }

    /** A function of this system's C language that answers {@code value} to everything. */
    private static MachineCode answers(int value) {
        Assembler a = new Assembler("answer " + value);
        a.mov(Gpr.RAX, value);
        a.ret();
        return a.finish();
    }

    /** The permissions of the page at {@code address}, such as {@code r-xp}; empty where nothing is mapped. */
    private static String permissions(long address) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            String[] fields = line.split("[- ]", 3);
            if (Long.compareUnsigned(Long.parseUnsignedLong(fields[0], 16), address) <= 0
                    && Long.compareUnsigned(address, Long.parseUnsignedLong(fields[1], 16)) < 0) {
                return fields[2].substring(0, 4);
            }
        }
        return "";
    }

    @Test
    void placedCodeRuns() {
        try (Arena arena = Arena.ofConfined()) {
            List<MachineCode> codes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                codes.add(adds(i)); // several pages
            }
            MemorySegment number = arena.allocate(ValueLayout.JAVA_LONG);
            List<Routine> routines = ExecutableMemory.place(codes, arena);
            assertThat(routines).hasSize(200).last().hasToString("add 199");
            long sum = 0;
            for (int i = 0; i < 200; i++) {
                routines.get(i).call(number.address());
                sum += i + ((long) i << 32);
                assertThat(number.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(sum);
                assertThat(routines.get(i).entry().address() % 64).isZero();
            }
        }
    }

    @Test
    void pagesAreNeverWritableAndExecutable() throws Exception {
        assumeThat(Path.of("/proc/self/maps")).as("the list of mappings").isReadable();
        Routine routine;
        long address;
        OperatingSystem system = OperatingSystem.here();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pages = system.writable(4096, arena);
            assertThat(permissions(pages.address())).startsWith("rw-");
            system.executable(pages);
            assertThat(permissions(pages.address())).startsWith("r-x");
            routine = ExecutableMemory.place(adds(1), arena);
            address = routine.entry().address();
            assertThat(permissions(address)).startsWith("r-x");
        }
        assertThat(permissions(address)).as("after the arena").doesNotStartWith("r-x");
        assertThatThrownBy(() -> routine.call(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    /** The system's functions, but for {@code name}, which answers {@code value}. */
    private static SymbolLookup with(String name, int value, Arena arena) {
        MemorySegment answer = ExecutableMemory.place(answers(value), arena).entry();
        SymbolLookup real = Linker.nativeLinker().defaultLookup();
        return asked -> asked.equals(name) ? Optional.of(answer) : real.find(asked);
    }

    private static void refuses(OperatingSystem system, String call, Arena arena) {
        assertThatThrownBy(() -> ExecutableMemory.place(List.of(adds(1)), arena, system))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("the system gives no executable memory (" + call + " failed)")
                .hasMessageContaining("security policy");
    }

    @Test
    void aSystemThatRefusesIsToldInWords() {
        try (Arena arena = Arena.ofConfined()) {
            refuses(new ExecutableMemory.Unix(with("mmap", -1, arena)), "mmap", arena);
            refuses(new ExecutableMemory.Unix(with("mprotect", -1, arena)), "mprotect", arena);
            SymbolLookup windows = asked -> asked.equals("VirtualAlloc") || asked.equals("VirtualFree")
                    ? with(asked, 0, arena).find(asked)
                    : Optional.empty();
            refuses(new ExecutableMemory.Windows(windows), "VirtualAlloc", arena);
            assertThatThrownBy(() -> ExecutableMemory.place(
                            List.of(adds(1)), arena, new ExecutableMemory.Unix(name -> Optional.empty())))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("this system has no mmap");
        }
    }
}
