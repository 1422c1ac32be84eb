package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.train.distil.TeacherDistance;
import dev.jerboa.train.task.generate.Tasks;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code eval teacher}: how far a model's distributions are from another's. */
@Command(
        name = "teacher",
        description = {
            "Says how far a model's distributions are from its teacher's, token by token over worked replies to problems that"
                    + " were held out. Both must have the same vocabulary."
        })
public final class EvalTeacherCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "the student: a folder, such as RUN/step-NNNNNN")
    private Path model = Path.of("");

    @Parameters(index = "1", paramLabel = "TEACHER", description = "the other model")
    private Path teacher = Path.of("");

    @Option(names = "--count", paramLabel = "N", description = "problems (default: ${DEFAULT-VALUE})")
    private int count = 500;

    @Option(names = "--seed", paramLabel = "N", description = "of the problems (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    public EvalTeacherCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (threads < 0 || count < 1) {
            throw new CommandException("--threads takes a number from 0, --count one from 1");
        }
        try (Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads)) {
            TeacherDistance found = TeacherDistance.of(model, teacher, Tasks.standard(), count, seed, team);
            console.out()
                    .printf(
                            Locale.ROOT,
                            "KL(teacher || model) %.4f  KL(model || teacher) %.4f  cross entropy %.4f  nats a token, n = %d%n",
                            found.forward(),
                            found.reverse(),
                            found.crossEntropy(),
                            found.tokens());
        }
        return ExitCode.OK;
    }
}
