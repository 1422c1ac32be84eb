package dev.jerboa.kernel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jerboa.kernel.memory.NativePages.Block;
import dev.jerboa.kernel.memory.NativePages.HugePages;
import dev.jerboa.kernel.memory.NativePages.Use;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NativePagesTest {
    private static final long MEBIBYTE = 1L << 20;
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path MAPS = Path.of("/proc/self/smaps");

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Use.class)
    void memoryIsZeroAndWritableToItsLastByte(Use use) {
        for (long bytes : new long[] {0, 1, 63, 4097, 2 * MEBIBYTE - 1, 2 * MEBIBYTE, 17 * MEBIBYTE + 3}) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment memory = NativePages.allocate(arena, bytes, use).memory();
                assertThat(memory.byteSize()).isEqualTo(bytes);
                assertThat(memory.address() % NativePages.ALIGNMENT).isZero();
                for (long at = 0; at < bytes; at += 4093) {
                    assertThat(memory.get(ValueLayout.JAVA_BYTE, at)).isZero();
                }
                memory.fill((byte) 7);
                if (bytes > 0) {
                    assertThat(memory.get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 7);
                }
            }
        }
    }

    @Test
    void memoryEndsWithItsArena() {
        Arena arena = Arena.ofShared();
        MemorySegment memory =
                NativePages.allocate(arena, 20 * MEBIBYTE, Use.HUGE).memory();
        arena.close();
        assertThat(memory.scope().isAlive()).isFalse();
        assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void hugePagesAreThereOnceTouched() throws IOException {
        HugePages pages = NativePages.hugePages();
        assumeTrue(pages.offered(), pages.why());
        try (Arena arena = Arena.ofShared()) {
            Block block = NativePages.allocate(arena, 64 * MEBIBYTE, Use.HUGE);
            assertThat(block.huge()).isTrue();
            assertThat(block.memory().address() % pages.bytes()).isZero();
            assertThat(field(block.memory(), "AnonHugePages:")).isZero();
            block.memory().fill((byte) 1);
            // the system may be short of unbroken memory: most of it is enough to tell it from none
            assertThat(field(block.memory(), "AnonHugePages:")).isGreaterThan(32 * MEBIBYTE);
            assertThat(NativePages.hugeBytesInUse()).isGreaterThan(32 * MEBIBYTE);
        }
    }

    @Test
    void smallPagesStaySmall() throws IOException {
        assumeTrue(Files.isReadable(MAPS), "no " + MAPS);
        try (Arena arena = Arena.ofShared()) {
            Block block = NativePages.allocate(arena, 32 * MEBIBYTE, Use.SMALL);
            assertThat(block.huge()).isFalse();
            block.memory().fill((byte) 1);
            assertThat(field(block.memory(), "AnonHugePages:")).isZero();
            assertThat(field(block.memory(), "Rss:")).isGreaterThanOrEqualTo(32 * MEBIBYTE);
        }
    }

    @Test
    void sparseMemoryIsNotResidentBeforeItIsWritten() throws IOException {
        assumeTrue(Files.isReadable(MAPS), "no " + MAPS);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory =
                    NativePages.allocate(arena, 1L << 36, Use.SPARSE).memory();
            memory.set(ValueLayout.JAVA_BYTE, (1L << 36) - 1, (byte) 1);
            // the system may show neighbouring mappings as one: what others have there is far less than the 64 GiB
            assertThat(field(memory, "Rss:")).isBetween(1L, 1024 * MEBIBYTE);
        }
    }

    @Test
    void releasedPagesLeaveMemoryAndComeBackFromTheFile() throws IOException {
        assumeTrue(Files.isReadable(STATUS), "no " + STATUS);
        int bytes = (int) (48 * MEBIBYTE);
        byte[] content = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            content[i] = (byte) (i * 31 + (i >> 12));
        }
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = map(content, arena);
            NativePages.populate(mapped);
            long before = residentFileBytes();
            MemorySegment part = mapped.asSlice(5, bytes - 10);
            long released = NativePages.release(part);
            assertThat(released).isBetween(bytes - 2L * 65_536, bytes - 1L);
            assertThat(residentFileBytes()).isLessThan(before - 40 * MEBIBYTE);
            assertThat(mapped.mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
            assertThat(residentFileBytes()).isGreaterThan(before - 8 * MEBIBYTE);
        }
    }

    @Test
    void rangesWithoutAWholePageAreLeftAlone() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = map(new byte[200_000], arena);
            assertThat(NativePages.release(mapped.asSlice(1, 4094))).isZero();
            assertThat(NativePages.release(mapped.asSlice(7, 0))).isZero();
            assertThat(NativePages.readAhead(mapped.asSlice(7, 0))).isFalse();
        }
    }

    @Test
    void readingAheadFillsMemory() throws IOException {
        assumeTrue(Files.isReadable(MAPS), "no " + MAPS);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = map(new byte[1 << 20], arena);
            assertThat(NativePages.readAhead(mapped.asSlice(100, 900_000))).isTrue();
            NativePages.populate(mapped.asSlice(100, (1 << 20) - 200));
            assertThat(field(mapped, "Rss:")).isEqualTo(1 << 20);
        }
    }

    @Test
    void onlyReadOnlyMappingsAreReleased() throws IOException {
        Path file = folder.resolve("writable");
        Files.write(file, new byte[65_536]);
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment anonymous =
                    NativePages.allocate(arena, 32 * MEBIBYTE, Use.SMALL).memory();
            assertThatThrownBy(() -> NativePages.release(anonymous.asReadOnly()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not mapped from a file");
            MemorySegment writable = channel.map(FileChannel.MapMode.READ_WRITE, 0, 65_536, arena);
            assertThatThrownBy(() -> NativePages.release(writable))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("writable");
            assertThatThrownBy(() -> NativePages.populate(writable)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void closedMappingsAreNotAdvisedOn() throws IOException {
        Arena arena = Arena.ofShared();
        MemorySegment mapped = map(new byte[65_536], arena);
        arena.close();
        assertThatThrownBy(() -> NativePages.release(mapped)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "always [madvise] never, 2097152, true, 2097152",
        "[always] madvise never, 4194304, true, 4194304",
        "always madvise [never], 2097152, false, 0",
        "'', '', false, 0",
        "][, 2097152, false, 0",
        "[madvise], '', true, 2097152",
        "[madvise], 536870912, false, 0",
        "[madvise], 3000000, false, 0",
    })
    void settingsAreRead(String enabled, String size, boolean offered, long bytes) {
        HugePages pages = NativePages.hugePages(enabled, size);
        assertThat(pages.offered()).isEqualTo(offered);
        assertThat(pages.bytes()).isEqualTo(bytes);
        assertThat(pages.why()).isNotEmpty();
    }

    private MemorySegment map(byte[] content, Arena arena) throws IOException {
        Path file = folder.resolve("content-" + content.length);
        Files.write(file, content);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, content.length, arena);
        }
    }

    private static long residentFileBytes() throws IOException {
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith("RssFile:")) {
                return kibibytes(line) << 10;
            }
        }
        throw new AssertionError("no RssFile in " + STATUS);
    }

    /** The sum of a field over the mappings that lie within {@code memory}'s pages. */
    private static long field(MemorySegment memory, String name) throws IOException {
        long sum = 0;
        boolean inside = false;
        boolean found = false;
        for (String line : Files.readAllLines(MAPS)) {
            String first = line.substring(0, line.indexOf(' '));
            if (first.matches("[0-9a-f]+-[0-9a-f]+")) {
                long from = Long.parseUnsignedLong(first.substring(0, first.indexOf('-')), 16);
                long to = Long.parseUnsignedLong(first.substring(first.indexOf('-') + 1), 16);
                inside = from < memory.address() + memory.byteSize() && to > memory.address();
                found |= inside;
            } else if (inside && first.equals(name)) {
                sum += kibibytes(line) << 10;
            }
        }
        assertThat(found).isTrue();
        return sum;
    }

    private static long kibibytes(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
}
