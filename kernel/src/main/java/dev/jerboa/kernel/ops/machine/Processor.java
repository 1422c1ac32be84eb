package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.CpuFeatures.Feature;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Convention;
import dev.jerboa.kernel.ops.machine.asm.ExecutableMemory;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/**
 * What an x86-64 processor says of itself, for systems that do not say it in a file (Windows, macOS). A vector instruction
 * set counts only where the system saves its registers. Source: Intel 64 and IA-32 Architectures Software Developer's
 * Manual, volume 2, CPUID and XGETBV; AMD64 Architecture Programmer's Manual, volume 3, appendix E.
 */
final class Processor {
    /** The instruction {@code cpuid}, and the register that tells what the system saves. */
    interface Identification {
        /** EAX, EBX, ECX and EDX of a leaf. */
        int[] leaf(int leaf, int subleaf);

        /** Register XCR0; asked only where the system has enabled it. */
        int saved();
    }

    private static final int EAX = 0;
    private static final int EBX = 1;
    private static final int ECX = 2;
    private static final int XMM_AND_YMM = 0b110;
    private static final int ZMM_AND_MASKS = 0b1110_0000;
    private static final int BRAND = 0x8000_0002;

    private static final class Here {
        static final CpuFeatures VALUE = complete(CpuFeatures.here());
    }

    private Processor() {}

    /** This machine's, read once: what the system's files tell, or else what the processor does. */
    static CpuFeatures here() {
        return Here.VALUE;
    }

    /** Whether this JVM runs x86-64 code. */
    static boolean isX64() {
        String arch = System.getProperty("os.arch", "");
        return arch.equals("amd64") || arch.equals("x86_64");
    }

    /**
     * Places a small routine and runs it.
     *
     * @throws UnsupportedOperationException where that cannot be, with the reason
     */
    static void requireCodeToRun() {
        if (!isX64()) {
            throw new UnsupportedOperationException(
                    "this JVM runs on " + System.getProperty("os.arch") + "; the kernels are for x86-64");
        }
        try (Arena arena = Arena.ofConfined()) {
            asked(arena).leaf(0, 0);
        } catch (IllegalCallerException e) {
            throw new UnsupportedOperationException(
                    "native access is denied: start java with --enable-native-access=ALL-UNNAMED", e);
        }
    }

    private static CpuFeatures complete(CpuFeatures known) {
        if (!known.features().isEmpty() || !isX64()) {
            return known;
        }
        try (Arena arena = Arena.ofConfined()) {
            return complete(known, asked(arena));
        } catch (UnsupportedOperationException | IllegalCallerException e) {
            return known; // no executable memory: nothing of ours will run, and that is told where it matters
        }
    }

    static CpuFeatures complete(CpuFeatures known, Identification processor) {
        String name = name(processor);
        return new CpuFeatures(
                name.isEmpty() ? known.name() : name,
                features(processor),
                known.logicalCpus(),
                known.usableCpus(),
                known.teamCpus());
    }

    static Set<Feature> features(Identification processor) {
        EnumSet<Feature> features = EnumSet.noneOf(Feature.class);
        int leaves = processor.leaf(0, 0)[EAX];
        if (Integer.compareUnsigned(leaves, 7) < 0) {
            return features;
        }
        int basic = processor.leaf(1, 0)[ECX];
        boolean avx = bit(basic, 27) && bit(basic, 28) && (processor.saved() & XMM_AND_YMM) == XMM_AND_YMM;
        if (!avx) {
            return features;
        }
        int[] extended = processor.leaf(7, 0);
        int[] further = extended[EAX] > 0 ? processor.leaf(7, 1) : new int[4];
        add(features, Feature.FMA, bit(basic, 12));
        add(features, Feature.F16C, bit(basic, 29));
        add(features, Feature.AVX2, bit(extended[EBX], 5));
        add(features, Feature.AVX_VNNI, bit(further[EAX], 4));
        if ((processor.saved() & ZMM_AND_MASKS) == ZMM_AND_MASKS && bit(extended[EBX], 16)) {
            features.add(Feature.AVX512F);
            add(features, Feature.AVX512DQ, bit(extended[EBX], 17));
            add(features, Feature.AVX512BW, bit(extended[EBX], 30));
            add(features, Feature.AVX512VL, bit(extended[EBX], 31));
            add(features, Feature.AVX512_VNNI, bit(extended[ECX], 11));
            add(features, Feature.AVX512_BF16, bit(further[EAX], 5));
        }
        return features;
    }

    /** The name that the processor gives itself; empty where it gives none. */
    static String name(Identification processor) {
        if (Integer.compareUnsigned(processor.leaf(0x8000_0000, 0)[EAX], BRAND + 2) < 0) {
            return "";
        }
        MemorySegment text = MemorySegment.ofArray(new int[12]);
        for (int part = 0; part < 3; part++) {
            MemorySegment.copy(processor.leaf(BRAND + part, 0), 0, text, ValueLayout.JAVA_INT, 16L * part, 4);
        }
        return new String(text.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII)
                .replace('\0', ' ')
                .strip();
    }

    private static boolean bit(int word, int bit) {
        return (word >> bit & 1) != 0;
    }

    private static void add(Set<Feature> features, Feature feature, boolean there) {
        if (there) {
            features.add(feature);
        }
    }

    /** This processor, asked by routines that live as long as the arena. */
    static Identification asked(Arena arena) {
        Routine leaf = ExecutableMemory.place(cpuid(), arena);
        Routine saved = ExecutableMemory.place(xgetbv(), arena);
        MemorySegment words = arena.allocate(ValueLayout.JAVA_INT, 4);
        return new Identification() {
            @Override
            public int[] leaf(int number, int subleaf) {
                words.setAtIndex(ValueLayout.JAVA_INT, 0, number);
                words.setAtIndex(ValueLayout.JAVA_INT, 1, subleaf);
                leaf.call(words.address());
                return words.toArray(ValueLayout.JAVA_INT);
            }

            @Override
            public int saved() {
                saved.call(words.address());
                return words.get(ValueLayout.JAVA_INT, 0);
            }
        };
    }

    // Both keep to general instructions: the processor may have no others.

    private static MachineCode cpuid() {
        Assembler a = new Assembler("cpuid");
        a.push(Gpr.RBX);
        Mem words = argument(a);
        a.mov32(Gpr.RAX, words);
        a.mov32(Gpr.RCX, words.plus(4));
        a.cpuid();
        a.mov32(words, Gpr.RAX);
        a.mov32(words.plus(4), Gpr.RBX);
        a.mov32(words.plus(8), Gpr.RCX);
        a.mov32(words.plus(12), Gpr.RDX);
        a.pop(Gpr.RBX);
        a.ret();
        return a.finish();
    }

    private static MachineCode xgetbv() {
        Assembler a = new Assembler("xgetbv");
        Mem word = argument(a);
        a.mov(Gpr.RCX, 0);
        a.xgetbv();
        a.mov32(word, Gpr.RAX);
        a.ret();
        return a.finish();
    }

    /** What the argument points at, in a register that neither convention keeps and neither instruction writes. */
    private static Mem argument(Assembler a) {
        a.mov(Gpr.R8, Convention.here() == Convention.WINDOWS ? Gpr.RCX : Gpr.RDI);
        return Mem.at(Gpr.R8);
    }
}
