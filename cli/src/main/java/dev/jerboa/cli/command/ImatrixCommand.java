package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.cli.term.ProgressLine;
import dev.jerboa.engine.calibrate.Calibration;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.ImportanceMatrix;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code imatrix}: how much each weight of a model matters. */
@Command(
        name = "imatrix",
        description = {
            "Lets a model read a text and writes the mean squares of what its projections are given, a column each and for each"
                    + " expert: what quantize --imatrix weights errors by.",
            "The file is the GGUF form of llama-imatrix."
        })
public final class ImatrixCommand implements Callable<Integer> {
    static final int CHUNK_TOKENS = 512;

    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = NamedModels.ABOUT)
    private Path model = Path.of("");

    @Parameters(index = "1", paramLabel = "TEXT", description = "a text file in UTF-8")
    private Path text = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "the file to write")
    private Path out = Path.of("");

    @Option(names = "--chunk", paramLabel = "N", description = "tokens of a chunk (default: ${DEFAULT-VALUE})")
    private int chunk = CHUNK_TOKENS;

    @Option(names = "--chunks", paramLabel = "N", description = "read at most so many chunks (default: all)")
    private int chunks = Integer.MAX_VALUE;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--force", description = "replace the output where it is there")
    private boolean force;

    public ImatrixCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ConversionRun.requireFreeFile(out, force);
        if (chunk < 32 || chunks < 1) {
            throw new CommandException("--chunk " + chunk + ", --chunks " + chunks + ": expected at least 32 and 1");
        }
        try (Checkpoint checkpoint = NamedModels.checkpoint(model);
                Team team = ConversionRun.team(threads)) {
            ImportanceMatrix matrix = compute(console, checkpoint, team, text, chunk, chunks);
            matrix.write(out);
            console.say("jerboa: " + out + " has the inputs of "
                    + matrix.entries().size() + " tensors from " + matrix.chunks() + " chunks");
        }
        return ExitCode.OK;
    }

    static ImportanceMatrix compute(
            Console console, Checkpoint checkpoint, Team team, Path text, int chunk, int chunks) {
        String words = Arguments.text(text);
        try (ProgressLine line = new ProgressLine(console, "reading")) {
            return Calibration.of(
                    checkpoint,
                    team,
                    words,
                    String.valueOf(text.getFileName()),
                    chunk,
                    chunks,
                    (done, total) -> line.at(done, total, done + "/" + total + " tokens"));
        }
    }
}
