package dev.jerboa.cli.command;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.model.decoder.WeightPages;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The machine's peaks between the rounds of a benchmark, so that both see the same machine; null where
 * they are not known.
 */
final class BenchPeaks {
    private final @Nullable Peaks peaks;
    private final Team team;
    private final NativePages.Use pages;
    private final List<Double> multiplyAdds = new ArrayList<>();
    private final List<Double> byteProducts = new ArrayList<>();
    private final List<Double> reads = new ArrayList<>();

    /** @param weights the pages that are read in the rounds */
    BenchPeaks(Team team, WeightPages weights) {
        this.peaks = Peaks.here().orElse(null);
        this.team = team;
        this.pages = weights == WeightPages.HUGE ? NativePages.Use.HUGE : NativePages.Use.SMALL;
    }

    /** Measures once more. */
    void measure() {
        if (peaks == null) {
            return;
        }
        multiplyAdds.add(peaks.multiplyAdds(team));
        byteProducts.add(peaks.byteProducts(team));
        if (roomToRead()) {
            reads.add(peaks.reads(team, pages));
        }
    }

    /** Reading takes memory of its own: not where that would be the last. */
    private static boolean roomToRead() {
        long available = ProcessMemory.availableBytes();
        return available < 0 || available > 2 * Peaks.READ_BYTES;
    }

    Benchmark.@Nullable Rate multiplyAdds() {
        return rate(multiplyAdds);
    }

    Benchmark.@Nullable Rate byteProducts() {
        return rate(byteProducts);
    }

    /** Reads from the kind of pages that the weights lie on; mapped files have small ones. */
    Benchmark.@Nullable Rate reads() {
        return rate(reads);
    }

    /** Reads from the other kind of pages, measured now. */
    @Nullable
    Double otherReads() {
        return peaks == null || !roomToRead()
                ? null
                : peaks.reads(team, pages == NativePages.Use.HUGE ? NativePages.Use.SMALL : NativePages.Use.HUGE);
    }

    private static Benchmark.@Nullable Rate rate(List<Double> values) {
        return values.isEmpty()
                ? null
                : Benchmark.Rate.of(
                        values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
