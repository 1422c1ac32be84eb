package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GuardedMemoryTest {
    private static final Path MAPS = Path.of("/proc/self/maps");

    @ParameterizedTest
    @EnumSource
    void forbiddenPagesAreWhereTheySayTheyAre(Edge edge) throws IOException {
        if (!Files.isReadable(MAPS)) {
            System.out.println("SKIPPED: this system does not list a process's pages");
            return;
        }
        for (long bytes : new long[] {1, 4, 65534, 65536, 200_000}) {
            try (GuardedMemory memory = new GuardedMemory()) {
                MemorySegment buffer = memory.buffer(bytes, edge);
                buffer.fill((byte) 1);
                long first = buffer.address();
                long end = first + bytes;
                switch (edge) {
                    case FIRST -> assertThat(rights(first - 1)).isEqualTo("---p");
                    case LAST -> assertThat(rights(end)).isEqualTo("---p");
                    case FIRST_UNALIGNED -> assertThat(rights(first - 2)).isEqualTo("---p");
                    case LAST_UNALIGNED -> assertThat(rights(end + 2)).isEqualTo("---p");
                }
                assertThat(rights(first)).isEqualTo("rw-p");
                assertThat(rights(end - 1)).isEqualTo("rw-p");
            }
        }
    }

    private static String rights(long address) throws IOException {
        for (String line : Files.readAllLines(MAPS)) {
            String[] fields = line.split("[- ]", 4);
            if (Long.compareUnsigned(Long.parseUnsignedLong(fields[0], 16), address) <= 0
                    && Long.compareUnsigned(address, Long.parseUnsignedLong(fields[1], 16)) < 0) {
                return line.split(" ")[1];
            }
        }
        return "none";
    }
}
