package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code merge}: a model with an adapter in its weights. */
@Command(
        name = "merge",
        description = {
            "Writes a model with a LoRA, rsLoRA or DoRA adapter merged into its weights: a folder for a folder, a GGUF file for a"
                    + " GGUF file.",
            "Changed tensors keep their types, if they can, or get the one that is asked for."
        })
public final class MergeCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "a .gguf file or a Hugging Face folder")
    private Path model = Path.of("");

    @Parameters(index = "1", paramLabel = "ADAPTER", description = "the adapter's folder")
    private Path adapter = Path.of("");

    @Parameters(index = "2", paramLabel = "OUT", description = "the folder or file to make")
    private Path out = Path.of("");

    @Option(names = "--type", paramLabel = "TYPE", description = "how changed tensors are stored: q8_0, bf16, f32, …")
    private String type = "";

    public MergeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Optional<DType> wanted = type.isEmpty() ? Optional.empty() : Optional.of(named(type));
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            checkpoint.merge(adapter, out, wanted);
        }
        console.out().println(out);
        return ExitCode.OK;
    }

    private static DType named(String name) {
        return Arrays.stream(DType.values())
                .filter(dtype -> dtype.encodable() && dtype.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new CommandException("--type " + name + ": expected one of "
                        + Arrays.stream(DType.values())
                                .filter(DType::encodable)
                                .map(dtype -> dtype.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))));
    }
}
