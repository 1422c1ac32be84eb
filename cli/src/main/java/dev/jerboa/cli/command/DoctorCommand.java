package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.Peaks;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
        row(
                "weights",
                "packed into memory of their own while it has room, the files' pages released; else mapped (-Djerboa.weights)");
        if (!choice.ops().slowTypes().isEmpty()) {
            row("slow types", "no kernel, rows decoded at each product: " + slowTypes(choice.ops()));
        }
        row("peaks", Peaks.here().isPresent() ? "can be measured (bench)" : "not known: no loops can be emitted here");
        row("java heap", Sizes.of(Runtime.getRuntime().maxMemory()) + " at most (weights and caches are outside it)");
        row("jdk", System.getProperty("java.vendor") + " " + Runtime.version());
        row(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        row("start-up cache", startCache());
        return ExitCode.OK;
    }

    private static String slowTypes(Ops ops) {
        return ops.slowTypes().stream().map(DType::name).collect(Collectors.joining(", "));
    }

    private static String memory() {
        long total = ProcessMemory.totalBytes();
        return total < 0
                ? "not known"
                : Sizes.of(total) + ", " + Sizes.of(ProcessMemory.availableBytes()) + " available";
    }

    private static String hugePages() {
        NativePages.HugePages pages = NativePages.hugePages();
        return pages.offered()
                ? "of " + Sizes.of(pages.bytes()) + ", used for weights and working memory (" + pages.why() + ")"
                : "none: " + pages.why();
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

    private void row(String name, String value) {
        console.out().printf(Locale.ROOT, "%-16s %s%n", name, value);
    }
}
