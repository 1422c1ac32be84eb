package dev.jerboa.kernel.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A shared arena whose memory lies on huge pages where the system has them: allocations are cut from large blocks one after
 * another, so that small ones share pages too. For what lives as long as a model: nothing is freed before {@link #close}.
 *
 * <p>Thread-safe. The memory is zero-filled and, but for alignment and the end of the last block, no larger than asked for;
 * what is never touched is never resident where the system gives pages.
 */
public final class PageArena implements Arena {
    private static final long BLOCK = 64L << 20;

    private final Arena arena = Arena.ofShared();
    private final ReentrantLock lock = new ReentrantLock();
    private MemorySegment block = MemorySegment.NULL;
    private long used;
    private long allocated;
    private long allocatedHuge;

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        if (byteSize < 0 || byteAlignment <= 0 || Long.bitCount(byteAlignment) != 1) {
            throw new IllegalArgumentException("an allocation of " + byteSize + " bytes aligned to " + byteAlignment
                    + ", a power of two expected");
        }
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the arena is closed");
        }
        if (!NativePages.hugePages().offered()) {
            return counted(arena.allocate(byteSize, byteAlignment), false);
        }
        lock.lock();
        try {
            if (byteSize >= BLOCK / 2 || byteAlignment > NativePages.hugePages().bytes()) {
                return alone(byteSize, byteAlignment);
            }
            long from = used + byteAlignment - 1 & -byteAlignment;
            if (block.byteSize() - byteSize < from) {
                NativePages.Block next = NativePages.allocate(arena, BLOCK, NativePages.Use.HUGE);
                if (!next.huge()) {
                    return counted(arena.allocate(byteSize, byteAlignment), false);
                }
                block = next.memory();
                from = 0;
            }
            used = from + byteSize;
            return counted(block.asSlice(from, byteSize), true);
        } finally {
            lock.unlock();
        }
    }

    private MemorySegment alone(long byteSize, long byteAlignment) {
        long room = byteAlignment > NativePages.ALIGNMENT ? byteAlignment : 0;
        NativePages.Block own = NativePages.allocate(arena, Math.addExact(byteSize, room), NativePages.Use.HUGE);
        long misplaced = own.memory().address() & byteAlignment - 1;
        return counted(own.memory().asSlice(misplaced == 0 ? 0 : byteAlignment - misplaced, byteSize), own.huge());
    }

    private MemorySegment counted(MemorySegment memory, boolean huge) {
        lock.lock();
        try {
            allocated += memory.byteSize();
            allocatedHuge += huge ? memory.byteSize() : 0;
        } finally {
            lock.unlock();
        }
        return memory;
    }

    /** Bytes allocated so far. */
    public long allocatedBytes() {
        lock.lock();
        try {
            return allocated;
        } finally {
            lock.unlock();
        }
    }

    /** Whether all that was allocated lies where huge pages were asked for. */
    public boolean huge() {
        lock.lock();
        try {
            return allocated > 0 && allocatedHuge == allocated;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public void close() {
        arena.close();
    }
}
