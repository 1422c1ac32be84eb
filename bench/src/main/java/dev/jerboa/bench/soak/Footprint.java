package dev.jerboa.bench.soak;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What this process holds, after collecting garbage; −1 for what the system does not tell.
 *
 * @param platformThreads threads of the system, those that carry virtual threads included
 * @param virtualThreads all virtual threads
 * @param heapBytes live objects
 * @param otherBytes resident memory apart from the heap
 * @param files open files and sockets
 * @param classBytes live objects by class
 */
record Footprint(
        int platformThreads,
        int virtualThreads,
        long heapBytes,
        long otherBytes,
        long files,
        Map<String, Long> classBytes) {
    static Footprint take() throws IOException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Connection.pause(100);
        }
        var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        long resident = resident();
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : -1;
        return new Footprint(
                ManagementFactory.getThreadMXBean().getThreadCount(),
                countVirtualThreads(),
                heap.getUsed(),
                resident < 0 ? -1 : Math.max(0, resident - heap.getCommitted()),
                files,
                classes());
    }

    /** The classes whose objects take most more memory than before, a line each. */
    List<String> grown(Footprint before, int most) {
        return classBytes.entrySet().stream()
                .map(entry -> Map.entry(
                        entry.getKey(), entry.getValue() - before.classBytes.getOrDefault(entry.getKey(), 0L)))
                .filter(entry -> entry.getValue() > 0)
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(most)
                .map(entry -> String.format("%,12d bytes more of %s", entry.getValue(), entry.getKey()))
                .toList();
    }

    /** From the lines "number: instances bytes class" of the virtual machine's histogram. */
    private static Map<String, Long> classes() {
        Map<String, Long> classes = new HashMap<>();
        try {
            Object histogram = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
            for (String line : histogram.toString().split("\n")) {
                String[] words = line.trim().split("\\s+");
                if (words.length >= 4 && words[0].endsWith(":")) {
                    classes.merge(words[3], Long.parseLong(words[2]), Long::sum);
                }
            }
        } catch (JMException e) {
            throw new IllegalStateException("the virtual machine tells no histogram of classes", e);
        }
        return Map.copyOf(classes);
    }

    /** The dump of threads names all of them, a line each that begins with a number. */
    private static int countVirtualThreads() throws IOException {
        Path folder = Files.createTempDirectory("soak");
        Path dump = folder.resolve("threads.txt");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            try (Stream<String> lines = Files.lines(dump)) {
                return (int) lines.filter(line -> line.startsWith("#") && line.contains(" virtual"))
                        .count();
            }
        } finally {
            Files.deleteIfExists(dump);
            Files.delete(folder);
        }
    }

    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return -1;
        }
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        return -1;
    }
}
