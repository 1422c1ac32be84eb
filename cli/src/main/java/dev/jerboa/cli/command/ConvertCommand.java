package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.tensor.StoredTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code convert}: a model in the other container. */
@Command(
        name = "convert",
        description = {
            "Writes a Hugging Face folder as a GGUF file that the reference engine reads too, or a GGUF file as a folder: what OUT"
                    + " is called decides, .gguf or not.",
            "Types stay as they are where the container has them; --type asks for another."
        })
public final class ConvertCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "IN", description = NamedModels.ABOUT)
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "the .gguf file or the folder to make")
    private Path out = Path.of("");

    @Option(names = "--type", paramLabel = "TYPE", description = "f32, f16 or bf16; for .gguf also those of quantize")
    private @Nullable String type;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--force", description = "replace the output where it is there")
    private boolean force;

    public ConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Optional<TypeMix> mix = Optional.ofNullable(type).map(TypeMix::named);
        boolean file = ConversionRun.isGgufName(out);
        try (Checkpoint checkpoint = NamedModels.checkpoint(in);
                Team team = ConversionRun.team(threads)) {
            ConversionRun run = new ConversionRun(console);
            if (!file && Files.isDirectory(checkpoint.path())) {
                throw new CommandException(
                        out + ": the input is a folder already; expected the name of a .gguf file to make of it");
            }
            if (file) {
                ConversionRun.requireFreeFile(checkpoint.path(), out, force);
                run.toGguf(checkpoint, team, mix, null, out);
            } else {
                ConversionRun.requireFreeFolder(out, force);
                run.toFolder(checkpoint, team, mix.map(TypeMix::main).orElseGet(() -> plain(checkpoint)), out);
            }
        }
        return ExitCode.OK;
    }

    /** The float type that holds the largest tensor best. */
    private static DType plain(Checkpoint checkpoint) {
        DType type = checkpoint.tensors().tensors().stream()
                .max(Comparator.comparingLong(StoredTensor::elements))
                .map(StoredTensor::type)
                .orElse(DType.BF16);
        return type == DType.F32 || type == DType.F16 ? type : DType.BF16;
    }
}
