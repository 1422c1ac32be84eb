package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.synthetic.SyntheticModel;
import dev.jerboa.model.synthetic.SyntheticShape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code prepare-start}: runs a tiny random model, for the launcher to record in the start-up cache what that needs. */
@Command(name = "prepare-start", hidden = true, description = "Runs once after a build, to record the start-up cache.")
public final class PrepareStartCommand implements Callable<Integer> {
    private final Console console;

    public PrepareStartCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (ScratchFolder scratch = ScratchFolder.make("jerboa-start")) {
            Path folder = scratch.path();
            Path file = folder.resolve("tiny.gguf");
            for (TypeMix mix : List.of(TypeMix.F32, TypeMix.Q4_K_M, TypeMix.Q8_0)) {
                new SyntheticModel(SyntheticShape.TINY, mix).write(file, share -> {});
                run(new RunCommand(console), file.toString(), "-p", "Hello, world", "-n", "40", "--seed", "1");
            }
            run(new TokenizeCommand(console), file.toString(), "Hello, world");
            Files.delete(file);
            TinyFolder.write(folder);
            run(new RunCommand(console), folder.toString(), "-p", "Hello, world", "-n", "40");
            run(new TokenizeCommand(console), folder.toString(), "Hello, world");
            run(new RunCommand(console), "-p", "What is 2 + 2?");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ExitCode.OK;
    }

    private static void run(Object command, String... arguments) {
        new CommandLine(command).execute(arguments);
    }
}
