package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.NativePages;
import java.util.Optional;

/**
 * What the machine can do at most, measured: the limits that operations are compared with. Each figure is of the whole team,
 * the median of short rounds, and takes some tens of milliseconds. Measure in the run whose figures are compared: a shared
 * machine changes from minute to minute.
 */
public interface Peaks {
    /** This machine's, whatever the tier of {@link OpsProvider}; empty where no loops can be emitted for it: not known. */
    static Optional<Peaks> here() {
        return OpsProvider.peaks();
    }

    /** Fused multiply-adds of float32 in registers: 10⁹ operations a second, two each. */
    double multiplyAdds(Team team);

    /**
     * Products of unsigned by signed bytes added in 32 bits, in registers: 10⁹ operations a second, two a product. Sums kept
     * in 16 bits for a while can be faster.
     */
    double byteProducts(Team team);

    /**
     * Reads of memory in order, each worker its own part of more than caches hold: 10⁹ bytes a second. Allocates {@link
     * #READ_BYTES} for as long as it measures.
     *
     * @throws OutOfMemoryError when the memory is not there
     */
    double reads(Team team, NativePages.Use pages);

    /** Bytes that {@link #reads} reads in a round. */
    long READ_BYTES = 512L << 20;
}
