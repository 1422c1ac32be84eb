package dev.jerboa.model.template;

/** {@code range(start, stop, step)}; never longer than the sandbox allows. */
record Range(long start, long stop, long step) {
    Range {
        if (step == 0) {
            throw new Fault("range() arg 3 must not be zero");
        }
        if (length(start, stop, step) > TemplateLimits.RANGE) {
            throw new Fault("Range too big. The sandbox blocks ranges larger than " + TemplateLimits.RANGE + ".");
        }
    }

    int length() {
        return (int) length(start, stop, step);
    }

    long at(int index) {
        return start + index * step;
    }

    boolean contains(long value) {
        boolean inside = step > 0 ? value >= start && value < stop : value <= start && value > stop;
        return inside && (value - start) % step == 0;
    }

    private static long length(long start, long stop, long step) {
        if (step > 0 ? start >= stop : start <= stop) {
            return 0;
        }
        // Unsigned arithmetic: the distance of two longs may not fit into a long.
        long distance = step > 0 ? stop - start - 1 : start - stop - 1;
        long stride = step > 0 ? step : -step;
        long steps = Long.divideUnsigned(distance, stride);
        return steps < 0 || steps == Long.MAX_VALUE ? Long.MAX_VALUE : steps + 1;
    }
}
