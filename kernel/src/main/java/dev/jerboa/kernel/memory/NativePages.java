package dev.jerboa.kernel.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Native memory by the page: anonymous memory on huge or small pages, and what the system is told about the pages of mapped
 * files. Thread-safe, without state.
 *
 * <p>A processor finds a page's place in memory in a small table of its own; with pages of 2 MiB instead of 4 KiB the table
 * covers what a step reads, which is worth a good part of the read bandwidth. Linux gives such pages to anonymous memory
 * where {@code /sys/kernel/mm/transparent_hugepage/enabled} says {@code always} or, when asked, {@code madvise} (Linux
 * kernel documentation, admin-guide/mm/transhuge). Elsewhere, and for little memory, the arena allocates.
 */
public final class NativePages {
    /** What memory is wanted for. */
    public enum Use {
        /** Written once, read often and in order: on huge pages where the system has them. */
        HUGE,
        /** The same on small pages, even where the system would give huge ones. */
        SMALL,
        /** May never be written: costs address space until it is, and the system does not refuse more than it has. */
        SPARSE
    }

    /**
     * Anonymous memory, zero-filled.
     *
     * @param memory lives as long as the arena it was allocated with; aligned to a huge page where {@code huge}
     * @param huge whether the system was asked for huge pages and agreed; it may still give small ones when memory is
     *     fragmented, which {@link #hugeBytesInUse} tells
     * @param why why the pages are huge or not, in words
     */
    public record Block(MemorySegment memory, boolean huge, String why) {}

    /**
     * Whether this system gives huge pages to anonymous memory.
     *
     * @param offered whether it does, when asked
     * @param bytes the size of one; 0 where not offered
     * @param why in words
     */
    public record HugePages(boolean offered, long bytes, String why) {}

    /** The alignment, in bytes, of blocks that the arena allocates. */
    public static final int ALIGNMENT = FloatRows.ALIGNMENT;

    /** Where a system without huge pages, or with small pages wanted, is not worth a mapping of its own. */
    private static final long SMALL_BLOCK = 16L << 20;

    private static final Path SETTINGS = Path.of("/sys/kernel/mm/transparent_hugepage");
    private static final Path SUMMARY = Path.of("/proc/self/smaps_rollup");
    private static final long USUAL_HUGE_PAGE = 2L << 20;
    /** Arm systems with small pages of 64 KiB have huge ones of 512 MiB, too coarse for weights. */
    private static final long LARGEST_HUGE_PAGE = 32L << 20;

    private static final class Here {
        static final HugePages HUGE =
                hugePages(read(SETTINGS.resolve("enabled")), read(SETTINGS.resolve("hpage_pmd_size")));
    }

    private NativePages() {}

    /** What this system offers, read once. */
    public static HugePages hugePages() {
        return Here.HUGE;
    }

    /** Reads the settings' texts; either may be empty. */
    static HugePages hugePages(String enabled, String size) {
        int from = enabled.indexOf('[');
        int to = enabled.indexOf(']');
        if (from < 0 || to < from) {
            return new HugePages(false, 0, "this system has no transparent huge pages");
        }
        String mode = enabled.substring(from + 1, to);
        if (!mode.equals("always") && !mode.equals("madvise")) {
            return new HugePages(false, 0, "the system's setting of transparent huge pages is " + mode);
        }
        long bytes = size.strip().matches("[0-9]{1,15}") ? Long.parseLong(size.strip()) : USUAL_HUGE_PAGE;
        if (bytes < ALIGNMENT || Long.bitCount(bytes) != 1 || bytes > LARGEST_HUGE_PAGE) {
            return new HugePages(false, 0, "huge pages of " + bytes + " bytes are too coarse");
        }
        return new HugePages(true, bytes, "the system's setting of transparent huge pages is " + mode);
    }

    /**
     * Anonymous memory of {@code bytes} zeros that lives as long as {@code arena}. Nothing of it is resident before it is
     * touched, unless the arena allocates, which writes the zeros.
     *
     * @throws OutOfMemoryError when the system has too little
     */
    public static Block allocate(Arena arena, long bytes, Use use) {
        if (bytes < 0) {
            throw new IllegalArgumentException("an allocation of " + bytes + " bytes");
        }
        Optional<SystemCalls> calls = SystemCalls.here();
        if (calls.isEmpty()) {
            return fromArena(arena, bytes, "the system's calls on pages are not available");
        }
        HugePages pages = hugePages();
        if (use == Use.HUGE && pages.offered()) {
            return bytes < pages.bytes()
                    ? fromArena(arena, bytes, "less than one huge page")
                    : huge(calls.get(), arena, bytes, pages);
        }
        if (bytes < SMALL_BLOCK) {
            return fromArena(arena, bytes, "little memory");
        }
        Optional<MemorySegment> mapped = map(calls.get(), arena, bytes, 0, use != Use.SPARSE);
        if (mapped.isPresent() && use == Use.SMALL) {
            calls.get().advise(mapped.get().address(), bytes, SystemCalls.NO_HUGE_PAGE);
        }
        String why = use == Use.HUGE ? pages.why() : "small pages are wanted";
        return mapped.map(memory -> new Block(memory, false, why))
                .orElseGet(() -> fromArena(arena, bytes, "the system gives no pages"));
    }

    private static Block huge(SystemCalls calls, Arena arena, long bytes, HugePages pages) {
        Optional<MemorySegment> mapped = map(calls, arena, bytes, pages.bytes(), true);
        if (mapped.isEmpty()) {
            return fromArena(arena, bytes, "the system gives no pages");
        }
        long whole = up(bytes, pages.bytes());
        boolean agreed = calls.advise(mapped.get().address(), whole, SystemCalls.HUGE_PAGE);
        return new Block(mapped.get(), agreed, agreed ? pages.why() : "the system refuses huge pages for this process");
    }

    private static Block fromArena(Arena arena, long bytes, String why) {
        return new Block(arena.allocate(Math.max(bytes, 1), ALIGNMENT).asSlice(0, bytes), false, why);
    }

    /** A mapping of {@code bytes}; with an {@code alignment} (a power of two), on whole multiples of it. */
    private static Optional<MemorySegment> map(
            SystemCalls calls, Arena arena, long bytes, long alignment, boolean reserved) {
        long unit = Math.max(alignment, calls.pageBytes());
        long whole = up(bytes, unit);
        long asked = alignment == 0 ? whole : Math.addExact(whole, alignment);
        return calls.map(asked, reserved).map(start -> {
            long first = start.address();
            long from = up(first, unit);
            calls.unmap(first, from - first);
            calls.unmap(from + whole, first + asked - from - whole);
            return MemorySegment.ofAddress(from).reinterpret(bytes, arena, memory -> calls.unmap(from, whole));
        });
    }

    /**
     * Tells the system that a range of a mapped file is not needed in memory any more, so that what has been read once does
     * not stay resident. The range stays valid: what is touched again is read from the file again. Only whole pages inside
     * the range go.
     *
     * @param mapped part of a read-only mapping ({@link java.nio.channels.FileChannel#map} with {@code READ_ONLY}); never a
     *     read-only view of a private, writable mapping, whose changes would be lost; open until this returns
     * @return the bytes released; 0 where the system cannot, or the range holds no whole page
     * @throws IllegalArgumentException when the segment is not mapped from a file, or not read-only
     */
    public static long release(MemorySegment mapped) {
        requireMapped(mapped);
        SystemCalls calls = SystemCalls.here().orElse(null);
        if (calls == null) {
            return 0;
        }
        long from = up(mapped.address(), calls.pageBytes());
        long to = down(mapped.address() + mapped.byteSize(), calls.pageBytes());
        return to > from && calls.advise(from, to - from, SystemCalls.DONT_NEED) ? to - from : 0;
    }

    /**
     * Tells the system that a range of a mapped file is needed soon; returns at once while it reads.
     *
     * @return whether the system takes the advice
     * @throws IllegalArgumentException when the segment is not mapped from a file, or not read-only
     */
    public static boolean readAhead(MemorySegment mapped) {
        requireMapped(mapped);
        return adviseOutward(mapped, SystemCalls.WILL_NEED);
    }

    /**
     * Brings a range of a mapped file into memory and returns when it is there, by the system's own call (Linux 5.14) or by
     * touching each page.
     *
     * @throws IllegalArgumentException when the segment is not mapped from a file, or not read-only
     */
    public static void populate(MemorySegment mapped) {
        requireMapped(mapped);
        if (!adviseOutward(mapped, SystemCalls.POPULATE_READ)) {
            mapped.load();
        }
    }

    private static boolean adviseOutward(MemorySegment mapped, int advice) {
        SystemCalls calls = SystemCalls.here().orElse(null);
        if (calls == null || mapped.byteSize() == 0) {
            return false;
        }
        long from = down(mapped.address(), calls.pageBytes());
        long to = up(mapped.address() + mapped.byteSize(), calls.pageBytes());
        return calls.advise(from, to - from, advice);
    }

    private static void requireMapped(MemorySegment mapped) {
        if (!mapped.isMapped() || !mapped.isReadOnly()) {
            throw new IllegalArgumentException("advice on " + mapped.byteSize() + " bytes that are "
                    + (mapped.isMapped() ? "writable" : "not mapped from a file")
                    + "; only a read-only mapping can be read again");
        }
        if (!mapped.scope().isAlive()) {
            throw new IllegalStateException("advice on a mapping that is closed");
        }
    }

    /** Anonymous bytes of this process that lie on huge pages now; -1 where the system does not say. */
    public static long hugeBytesInUse() {
        for (String line : read(SUMMARY).split("\n", -1)) {
            if (line.startsWith("AnonHugePages:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        return -1;
    }

    private static String read(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            return ""; // not known: small pages, which are slower, not wrong
        }
    }

    private static long up(long value, long unit) {
        return down(Math.addExact(value, unit - 1), unit);
    }

    private static long down(long value, long unit) {
        return value & -unit;
    }
}
