package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.schedule.Scheduler;
import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.node.Checkup;
import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.DecoderSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code doctor}: what Jerboa finds on this machine, and what it chooses because of it, for a model too. */
@Command(
        name = "doctor",
        description =
                "Tells what this machine offers and what Jerboa makes of it; with a model, what that changes for it; with a"
                        + " gateway's file, what a gateway would find.")
public final class DoctorCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = NamedModels.ABOUT)
    private @Nullable Path model;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "a gateway's configuration: tells what a gateway would find by it, without starting one")
    private @Nullable Path config;

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
            row(
                    "slow types",
                    "no kernel, rows decoded at each product: "
                            + names(choice.ops().slowTypes()));
        }
        row("peaks", Peaks.here().isPresent() ? "can be measured (bench)" : "not known: no loops can be emitted here");
        row("java heap", Sizes.of(Runtime.getRuntime().maxMemory()) + " at most (weights and caches are outside it)");
        row("jdk", System.getProperty("java.vendor") + " " + Runtime.version());
        row(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        row("start-up caches", startCaches());
        Path given = model;
        if (given != null) {
            try (Checkpoint checkpoint = Checkpoint.open(NamedModels.here(given))) {
                tell(checkpoint);
            }
        }
        Path gateway = config;
        return gateway == null || isRight(gateway) ? ExitCode.OK : ExitCode.ERROR;
    }

    /** Tells what a gateway would find; whether it would start. */
    private boolean isRight(Path file) {
        GatewayConfig read = GatewayFiles.read(file);
        row(
                "gateway",
                file + ": node '" + read.node() + "', prices of "
                        + read.catalog().version());
        boolean right = true;
        for (Checkup.Finding finding : Checkup.of(read, GatewayFiles.secrets(file))) {
            row(finding.name(), finding.text() + (finding.wrong() ? " (a gateway does not start)" : ""));
            right &= !finding.wrong();
        }
        return right;
    }

    /** What is chosen for a model. */
    private void tell(Checkpoint checkpoint) {
        DecoderSpec spec = checkpoint.spec();
        row("model", checkpoint.name() + ", " + checkpoint.format() + ", family " + spec.family());
        row("guesses", guesses(spec));
        row("experts", experts(checkpoint));
        Set<DType> slow = EnumSet.noneOf(DType.class);
        checkpoint.tensors().tensors().forEach(tensor -> slow.add(tensor.type()));
        slow.retainAll(OpsProvider.ops().slowTypes());
        if (!slow.isEmpty()) {
            row("slow weights", "of " + names(slow) + ", which have no kernel: rows decoded at each product");
        }
    }

    private static String guesses(DecoderSpec spec) {
        return Scheduler.whyNoGuesses(spec.cacheShape())
                .map(why -> "off, whatever is asked for: " + why)
                .orElse("where they are asked for, by the text so far (lookup) or a draft model"
                        + (spec.predictions().isEmpty() ? "" : ", or by the model's own layer (mtp)"));
    }

    private static String experts(Checkpoint checkpoint) {
        DecoderSpec spec = checkpoint.spec();
        int tokens = Math.min(spec.contextLength(), OpenOptions.DEFAULT_CONTEXT);
        CacheType type = OpsProvider.ops().cacheType(Ops.Precision.FAST);
        long cache = KvCache.bytes(spec.cacheShape(), tokens, type) + KvCache.stateBytes(spec.cacheShape());
        ExpertRoom room = ExpertRoom.of(checkpoint, cache, null);
        int all = room.sizes().experts();
        if (all == 0) {
            return "none";
        }
        String sizes = all + " of " + Sizes.of(room.sizes().bytes());
        Long bytes = room.experts();
        if (bytes == null) {
            return sizes + "; what memory has room for cannot be told here";
        }
        return room.kept() >= 1
                ? sizes + ", all in memory"
                : sizes + ", about " + room.fitting() + " of them in memory (" + Sizes.of(bytes)
                        + "); the others are read from the files as tokens need them";
    }

    private static String names(Set<DType> types) {
        return types.stream().map(DType::name).collect(Collectors.joining(", "));
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

    /** The one of this process, and whether the launcher has one of gateways beside it. */
    private static String startCaches() {
        return StartUpCache.given()
                .map(cache -> cache
                        + (StartUpCache.isRefused() ? " (does not fit this JVM, not used)" : "")
                        + (Files.isRegularFile(cache.resolveSibling("gateway.aot"))
                                ? ", gateway.aot beside it"
                                : ", none of gateways, which start slower without"))
                .orElse("none (the launcher makes them after a build)");
    }

    private void row(String name, String value) {
        console.out().printf(Locale.ROOT, "%-16s %s%n", name, value);
    }
}
