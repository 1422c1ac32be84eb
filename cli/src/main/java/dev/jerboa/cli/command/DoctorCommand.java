package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.ops.OpsProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code doctor}: what Jerboa finds on this machine, and what it chose because of it. */
@Command(name = "doctor", description = "Tells what this machine offers and what Jerboa makes of it.")
public final class DoctorCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    public DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        CpuFeatures cpu = CpuFeatures.here();
        row("processor", cpu.name());
        row("features", cpu.features().isEmpty() ? "not known" : cpu.features().toString());
        row(
                "cores",
                cpu.usableCores() + " used by default, " + cpu.usableCpus() + " of " + cpu.logicalCpus()
                        + " processors allowed");
        OpsProvider.Choice choice = OpsProvider.choice();
        row("kernels", choice.ops().tier() + ": " + choice.why());
        choice.unavailable().forEach(reason -> row("", "not available: " + reason));
        row("memory", memory());
        row("huge pages", hugePages());
        row("java heap", Sizes.of(Runtime.getRuntime().maxMemory()) + " at most (weights and caches are outside it)");
        row("jdk", System.getProperty("java.vendor") + " " + Runtime.version());
        row(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        row("start-up cache", startCache());
        return ExitCode.OK;
    }

    private static String memory() {
        String info = read(Path.of("/proc/meminfo"));
        long total = kibibytes(info, "MemTotal:");
        long available = kibibytes(info, "MemAvailable:");
        return total < 0 ? "not known" : Sizes.of(total << 10) + ", " + Sizes.of(available << 10) + " available";
    }

    private static String hugePages() {
        String enabled = read(Path.of("/sys/kernel/mm/transparent_hugepage/enabled"));
        int from = enabled.indexOf('[');
        int to = enabled.indexOf(']');
        return from < 0 || to < from ? "not known" : "transparent: " + enabled.substring(from + 1, to);
    }

    private static String startCache() {
        for (String argument :
                java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (argument.startsWith("-XX:AOTCache=")) {
                return argument.substring(argument.indexOf('=') + 1);
            }
        }
        return "none (the launcher makes one after a build)";
    }

    private static long kibibytes(String info, String key) {
        for (String line : info.split("\n", -1)) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return -1;
    }

    private static String read(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            return "";
        }
    }

    private void row(String name, String value) {
        console.out().printf(Locale.ROOT, "%-16s %s%n", name, value);
    }
}
