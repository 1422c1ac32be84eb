package dev.jerboa.kernel.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the processor can do and which of its cores this process may use. Features come from {@code /proc/cpuinfo}; where
 * that does not exist (macOS, Windows) the set is empty, which means unknown, not absent.
 *
 * @param name the processor's name as the system gives it, or the architecture's
 * @param features instruction set extensions that kernels ask about
 * @param logicalCpus logical processors of the machine
 * @param usableCpus logical processors the JVM may use, after affinity and container limits
 * @param teamCpus one logical processor a physical core, of those this process may run on: where a team's threads go; its
 *     length is never above {@code usableCpus} and never 0
 */
public record CpuFeatures(String name, Set<Feature> features, int logicalCpus, int usableCpus, List<Integer> teamCpus) {
    /** Instruction set extensions, named as Linux does. */
    public enum Feature {
        AVX2,
        FMA,
        F16C,
        AVX512F,
        AVX512BW,
        AVX512DQ,
        AVX512VL,
        AVX512_VNNI,
        AVX512_BF16,
        AVX_VNNI,
        /** Arm: 128-bit vectors. */
        ASIMD,
        /** Arm: dot products of bytes. */
        ASIMDDP,
        /** Arm: products of byte matrices. */
        I8MM,
        SVE
    }

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final Path STATUS = Path.of("/proc/self/status");

    public CpuFeatures {
        features = Collections.unmodifiableSet(
                features.isEmpty() ? EnumSet.noneOf(Feature.class) : EnumSet.copyOf(features));
        teamCpus = List.copyOf(teamCpus);
        if (teamCpus.isEmpty()) {
            throw new IllegalArgumentException("a processor without usable cores");
        }
    }

    private static final class Here {
        static final CpuFeatures VALUE = read();
    }

    /** This machine's, read once. */
    public static CpuFeatures here() {
        return Here.VALUE;
    }

    /** Whether {@code feature} is known to be there. */
    public boolean has(Feature feature) {
        return features.contains(feature);
    }

    /** Threads a team has by default: one a physical core that may be used. */
    public int usableCores() {
        return teamCpus.size();
    }

    private static CpuFeatures read() {
        return parse(text(CPU_INFO), text(STATUS), Runtime.getRuntime().availableProcessors());
    }

    private static String text(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            return ""; // unknown features: slower, not wrong
        }
    }

    /**
     * Reads the text of {@code /proc/cpuinfo} and {@code /proc/self/status}; either may be empty.
     *
     * @param available processors the JVM counts (it knows container limits)
     */
    static CpuFeatures parse(String cpuInfo, String status, int available) {
        String name = "";
        EnumSet<Feature> features = EnumSet.noneOf(Feature.class);
        BitSet allowed = allowedCpus(status);
        Set<String> coresSeen = new HashSet<>();
        List<Integer> firstOfCore = new ArrayList<>();
        int logical = 0;
        int cpu = -1;
        String socket = "0";
        String core = "";
        for (String line : (cpuInfo + "\nprocessor : end").split("\n", -1)) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                continue;
            }
            String key = line.substring(0, colon).strip();
            String value = line.substring(colon + 1).strip();
            switch (key) {
                case "processor" -> {
                    if (cpu >= 0) {
                        logical++;
                        String id = core.isEmpty() ? "cpu " + cpu : socket + "/" + core;
                        if ((allowed.isEmpty() || allowed.get(cpu)) && coresSeen.add(id)) {
                            firstOfCore.add(cpu);
                        }
                    }
                    cpu = number(value);
                    core = "";
                }
                case "physical id" -> socket = value;
                case "core id" -> core = value;
                case "model name" -> name = name.isEmpty() ? value : name;
                case "flags", "Features" -> addFeatures(value, features);
                default -> {}
            }
        }
        int usable = Math.max(1, available);
        if (firstOfCore.isEmpty()) {
            for (int i = 0; i < usable; i++) {
                firstOfCore.add(i);
            }
        }
        return new CpuFeatures(
                name.isEmpty() ? System.getProperty("os.arch", "unknown") : name,
                features,
                Math.max(logical, usable),
                usable,
                firstOfCore.subList(0, Math.min(usable, firstOfCore.size())));
    }

    private static int number(String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static void addFeatures(String flags, Set<Feature> into) {
        for (String flag : flags.split(" ", -1)) {
            for (Feature feature : Feature.values()) {
                if (feature.name().toLowerCase(Locale.ROOT).equals(flag)) {
                    into.add(feature);
                }
            }
        }
    }

    /** The processors of a line such as {@code Cpus_allowed_list: 0-3,8}; empty where it is missing or odd. */
    private static BitSet allowedCpus(String status) {
        BitSet cpus = new BitSet();
        String key = "Cpus_allowed_list:";
        for (String line : status.split("\n", -1)) {
            if (!line.startsWith(key)) {
                continue;
            }
            for (String range : line.substring(key.length()).strip().split(",", -1)) {
                int dash = range.indexOf('-');
                int first = number(dash < 0 ? range : range.substring(0, dash));
                int last = dash < 0 ? first : number(range.substring(dash + 1));
                if (first < 0 || last < first || last >= 1 << 16) {
                    return new BitSet();
                }
                cpus.set(first, last + 1);
            }
        }
        return cpus;
    }
}
