package dev.jerboa.kernel.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An arena over memory that is there already: allocations lie one after another, and from the beginning again after {@link
 * #restart}. The memory keeps its contents and belongs to whoever made it. For one thread at a time.
 */
public final class Region implements Arena {
    private final MemorySegment memory;
    private long used;

    public Region(MemorySegment memory) {
        this.memory = memory;
    }

    /** Gives all of the memory out anew: what was allocated before is overwritten. */
    public void restart() {
        used = 0;
    }

    /**
     * The next {@code byteSize} bytes, as they are.
     *
     * @throws OutOfMemoryError where the region has no more
     */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        long at = memory.address() + used;
        long from = used + (-at & byteAlignment - 1);
        if (byteSize < 0 || memory.byteSize() - from < byteSize) {
            throw new OutOfMemoryError(
                    "a region of " + memory.byteSize() + " bytes has no " + byteSize + " after the first " + from);
        }
        used = from + byteSize;
        return memory.asSlice(from, byteSize);
    }

    @Override
    public MemorySegment.Scope scope() {
        return memory.scope();
    }

    /** Refused: the memory is another arena's. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("a region does not own its memory");
    }
}
