package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.cli.term.ProgressLine;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.Conversion;
import dev.jerboa.model.convert.ConversionPlan;
import dev.jerboa.model.convert.ImportanceMatrix;
import dev.jerboa.model.convert.TypeMix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What {@code quantize} and {@code convert} share: writing with progress, and telling what was written. */
final class ConversionRun {
    private final Console console;

    ConversionRun(Console console) {
        this.console = console;
    }

    /** Refuses a file that cannot be written, or is there, unless it may be replaced: before the work, not after it. */
    static void requireFreeFile(Path in, Path out, boolean force) {
        if (out.toAbsolutePath().normalize().equals(in.toAbsolutePath().normalize())) {
            throw new CommandException(out + " is the input; give the output another name");
        }
        requireFreeFile(out, force);
    }

    /** The same of a file that is made of nothing that could be it. */
    static void requireFreeFile(Path out, boolean force) {
        if (Files.isDirectory(out)) {
            throw new CommandException(out + " is a folder; expected the name of a file");
        }
        Path folder = out.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new CommandException(out + ": the folder " + folder + " is not there; make it first");
        }
        requireReplaceable(out, Files.exists(out), force);
    }

    /** Refuses a folder that has a model, unless that may be replaced, and a file. */
    static void requireFreeFolder(Path out, boolean force) {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new CommandException(out + " is a file; expected the name of a folder, or of a .gguf file");
        }
        requireReplaceable(out, Files.exists(out.resolve("config.json")), force);
    }

    private static void requireReplaceable(Path out, boolean there, boolean force) {
        if (there && !force) {
            throw new CommandException(out + " is there already; give another name, or --force to replace it");
        }
    }

    static boolean isGgufName(Path path) {
        return String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).endsWith(".gguf");
    }

    static Team team(int threads) {
        return threads > 0 ? Team.ofSize(threads) : Team.ofCores();
    }

    void toGguf(
            Checkpoint checkpoint, Team team, Optional<TypeMix> mix, @Nullable ImportanceMatrix importances, Path out) {
        ConversionPlan plan = ConversionPlan.of(checkpoint);
        long start = System.nanoTime();
        Conversion.Report report;
        try (ProgressLine line = new ProgressLine(console, "writing")) {
            report = new Conversion(team, (done, total) -> percent(line, done, total))
                    .toGguf(plan, mix, importances, out);
        }
        tell(report, out, start);
        names("of the input have no place in GGUF and were left out", plan.leftOut());
        names("have no importances and were quantised without", report.unweighted());
    }

    void toFolder(Checkpoint checkpoint, Team team, DType type, Path out) {
        long start = System.nanoTime();
        Conversion.Report report;
        try (ProgressLine line = new ProgressLine(console, "writing")) {
            report = new Conversion(team, (done, total) -> percent(line, done, total)).toFolder(checkpoint, type, out);
        }
        tell(report, out, start);
        if (!Files.exists(out.resolve("tokenizer.json"))) {
            console.say("jerboa: the tokenizer cannot be written as tokenizer.json: put the published one into " + out);
        }
    }

    private static void percent(ProgressLine line, long done, long total) {
        line.at(done, total, total == 0 ? "" : 100 * done / total + " %");
    }

    private void tell(Conversion.Report report, Path out, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        String types = report.bytesByType().entrySet().stream()
                .sorted(Map.Entry.<DType, Long>comparingByValue(Comparator.reverseOrder()))
                .map(entry -> String.format(
                        Locale.ROOT, "%s %.1f %%", entry.getKey(), 100.0 * entry.getValue() / report.bytes()))
                .collect(Collectors.joining(", "));
        console.say(String.format(
                Locale.ROOT,
                "jerboa: %s: %s from %s, %.2f bits a weight (%s), %.1f s, %.0f MB/s",
                out,
                Sizes.of(report.bytes()),
                Sizes.of(report.inputBytes()),
                8.0 * report.bytes() / report.values(),
                types,
                seconds,
                report.inputBytes() / 1e6 / seconds));
    }

    private void names(String what, List<String> names) {
        if (!names.isEmpty()) {
            console.say("jerboa: " + names.size() + (names.size() == 1 ? " tensor " : " tensors ")
                    + what.replaceFirst("^have", names.size() == 1 ? "has" : "have")
                    + ": " + names.getFirst() + (names.size() > 1 ? " and others" : ""));
        }
    }
}
