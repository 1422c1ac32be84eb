package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.ImportanceMatrix;
import dev.jerboa.model.convert.TypeMix;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quantize}: a model as GGUF with smaller types. */
@Command(
        name = "quantize",
        description = {
            "Writes a model as a GGUF file with its matrices in a smaller type. More bits go to the tensors that have them in the"
                    + " community's files of the same name; vectors, norms and routers stay float32.",
            "With importances (--imatrix, or --calibrate to compute them from a text), errors count where inputs are large."
        })
public final class QuantizeCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "IN", description = NamedModels.ABOUT)
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "the .gguf file to write")
    private Path out = Path.of("");

    @Parameters(
            index = "2",
            paramLabel = "TYPE",
            description = "q8_0, q6_k, q5_k_m, q4_k_m, q4_0, iq4_nl, mxfp4, q3_k_m, q2_k, … (a wrong one lists all)")
    private String type = "";

    @Option(
            names = "--imatrix",
            paramLabel = "FILE",
            description = "importances: a file of jerboa imatrix or llama-imatrix")
    private @Nullable Path imatrix;

    @Option(names = "--calibrate", paramLabel = "TEXT", description = "compute importances from this text first")
    private @Nullable Path text;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--force", description = "replace the output where it is there")
    private boolean force;

    public QuantizeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        TypeMix mix = TypeMix.named(type);
        if (imatrix != null && text != null) {
            throw new CommandException("--imatrix and --calibrate: give one of the two");
        }
        try (Checkpoint checkpoint = NamedModels.checkpoint(in);
                Team team = ConversionRun.team(threads)) {
            ConversionRun.requireFreeFile(checkpoint.path(), out, force);
            ImportanceMatrix importances = imatrix == null ? null : ImportanceMatrix.read(imatrix);
            if (text != null) {
                importances = ImatrixCommand.compute(
                        console, checkpoint, team, text, ImatrixCommand.CHUNK_TOKENS, Integer.MAX_VALUE);
            }
            new ConversionRun(console).toGguf(checkpoint, team, Optional.of(mix), importances, out);
        }
        return ExitCode.OK;
    }
}
