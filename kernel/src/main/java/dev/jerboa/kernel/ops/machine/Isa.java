package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.CpuFeatures.Feature;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Instruction sets that kernels are written for, each one including those before it but for {@link #AVX_VNNI}. */
enum Isa {
    /** AVX2, FMA and F16C: 256-bit vectors, products of bytes in two steps. */
    AVX2(32, Set.of(Feature.AVX2, Feature.FMA, Feature.F16C)),
    /** AVX2 with products of bytes in one step. */
    AVX_VNNI(32, Set.of(Feature.AVX2, Feature.FMA, Feature.F16C, Feature.AVX_VNNI)),
    /** 512-bit vectors with products of bytes in one step. */
    AVX512_VNNI(
            64,
            Set.of(
                    Feature.AVX2,
                    Feature.FMA,
                    Feature.F16C,
                    Feature.AVX512F,
                    Feature.AVX512BW,
                    Feature.AVX512DQ,
                    Feature.AVX512VL,
                    Feature.AVX512_VNNI)),
    /** With products of bfloat16 as well. */
    AVX512_BF16(
            64,
            Set.of(
                    Feature.AVX2,
                    Feature.FMA,
                    Feature.F16C,
                    Feature.AVX512F,
                    Feature.AVX512BW,
                    Feature.AVX512DQ,
                    Feature.AVX512VL,
                    Feature.AVX512_VNNI,
                    Feature.AVX512_BF16));

    /** The system property that asks for a lesser instruction set than the processor has. */
    static final String PROPERTY = "jerboa.isa";

    private final int vectorBytes;
    private final Set<Feature> needs;

    Isa(int vectorBytes, Set<Feature> needs) {
        this.vectorBytes = vectorBytes;
        this.needs = needs;
    }

    /** Bytes of the vectors that products use. */
    int vectorBytes() {
        return vectorBytes;
    }

    /** 32-bit lanes of a vector: the rows of a row group. */
    int lanes() {
        return vectorBytes / Integer.BYTES;
    }

    /** Whether vectors have 512 bits and there are 32 of them. */
    boolean wide() {
        return vectorBytes == 64;
    }

    /** Whether bytes are multiplied and added into 32-bit lanes in one instruction. */
    boolean vnni() {
        return this != AVX2;
    }

    /** Whether pairs of bfloat16 are multiplied and added into 32-bit lanes in one instruction. */
    boolean bfloat16() {
        return this == AVX512_BF16;
    }

    /** The name that {@link #PROPERTY} and {@code doctor} use. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The best instruction set of this machine, after code of ours has run on it.
     *
     * @throws UnsupportedOperationException where none can run: another processor, no executable memory, no native access
     * @throws IllegalStateException when {@link #PROPERTY} cannot be met
     */
    static Isa ready() {
        Processor.requireCodeToRun();
        CpuFeatures cpu = Processor.here();
        return best(cpu).orElseThrow(() -> {
            Set<Feature> missing = EnumSet.copyOf(AVX2.needs);
            missing.removeAll(cpu.features());
            return new UnsupportedOperationException("the processor, " + cpu.name() + ", lacks " + missing);
        });
    }

    boolean runsOn(CpuFeatures cpu) {
        return needs.stream().allMatch(cpu::has);
    }

    /**
     * The best of what {@code cpu} has, or what {@link #PROPERTY} names.
     *
     * @throws IllegalStateException when the property names none, or one that the processor lacks
     */
    static Optional<Isa> best(CpuFeatures cpu) {
        String wanted = System.getProperty(PROPERTY);
        if (wanted != null && !wanted.isBlank()) {
            for (Isa isa : values()) {
                if (isa.key().equals(wanted.strip())) {
                    if (!isa.runsOn(cpu)) {
                        throw new IllegalStateException(
                                "-D" + PROPERTY + "=" + wanted + " cannot be met: " + cpu.name() + " lacks it");
                    }
                    return Optional.of(isa);
                }
            }
            throw new IllegalStateException("-D" + PROPERTY + "=" + wanted
                    + " names no instruction set; expected avx2, avx-vnni, avx512-vnni or avx512-bf16");
        }
        for (int i = values().length - 1; i >= 0; i--) {
            if (values()[i].runsOn(cpu)) {
                return Optional.of(values()[i]);
            }
        }
        return Optional.empty();
    }
}
