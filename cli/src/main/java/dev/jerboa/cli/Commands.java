package dev.jerboa.cli;

import dev.jerboa.cli.command.BenchCommand;
import dev.jerboa.cli.command.CheckGradientsCommand;
import dev.jerboa.cli.command.ConvertCommand;
import dev.jerboa.cli.command.DoctorCommand;
import dev.jerboa.cli.command.EvalCommand;
import dev.jerboa.cli.command.ExperimentCommand;
import dev.jerboa.cli.command.ImatrixCommand;
import dev.jerboa.cli.command.KeysCommand;
import dev.jerboa.cli.command.LedgerCommand;
import dev.jerboa.cli.command.ListCommand;
import dev.jerboa.cli.command.LogitsCommand;
import dev.jerboa.cli.command.MergeCommand;
import dev.jerboa.cli.command.PackCommand;
import dev.jerboa.cli.command.PrepareServeCommand;
import dev.jerboa.cli.command.PrepareStartCommand;
import dev.jerboa.cli.command.PullCommand;
import dev.jerboa.cli.command.QuantizeCommand;
import dev.jerboa.cli.command.RemoveCommand;
import dev.jerboa.cli.command.RenderTemplateCommand;
import dev.jerboa.cli.command.RunCommand;
import dev.jerboa.cli.command.SampleCommand;
import dev.jerboa.cli.command.ServeCommand;
import dev.jerboa.cli.command.ShowCommand;
import dev.jerboa.cli.command.TokenizeCommand;
import dev.jerboa.cli.command.TrainCommand;
import dev.jerboa.cli.term.Console;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands by name. Only the one that is called is made, unless help needs them all: reflection costs start-up time. */
final class Commands {
    private static final Map<String, Function<Console, Object>> BY_NAME = byName();

    private Commands() {}

    @Command(
            name = "jerboa",
            description = "Runs open-weight language models on the JVM.",
            versionProvider = Version.class,
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "COMMAND",
            footer = {"", "Environment: JERBOA_DEBUG=1 prints stack traces; JERBOA_JVM_OPTIONS adds JVM flags."})
    private static final class Root {}

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"jerboa " + (version == null ? "(from classes)" : version)};
        }
    }

    static CommandLine line(Console console, String... args) {
        CommandLine line = new CommandLine(new Root());
        Function<Console, Object> called = args.length == 0 ? null : BY_NAME.get(args[0]);
        if (called != null) {
            line.addSubcommand(args[0], called.apply(console));
        } else {
            BY_NAME.forEach((name, command) -> line.addSubcommand(name, command.apply(console)));
        }
        return line;
    }

    private static Map<String, Function<Console, Object>> byName() {
        Map<String, Function<Console, Object>> map = new LinkedHashMap<>();
        map.put("run", RunCommand::new);
        map.put("serve", ServeCommand::new);
        map.put("keys", KeysCommand::line);
        map.put("ledger", LedgerCommand::line);
        map.put("pull", PullCommand::new);
        map.put("list", ListCommand::new);
        map.put("rm", RemoveCommand::new);
        map.put("show", ShowCommand::new);
        map.put("tokenize", TokenizeCommand::new);
        map.put("render-template", RenderTemplateCommand::new);
        map.put("logits", LogitsCommand::new);
        map.put("bench", BenchCommand::new);
        map.put("train", TrainCommand::new);
        map.put("experiment", ExperimentCommand::new);
        map.put("pack", PackCommand::new);
        map.put("sample", SampleCommand::line);
        map.put("eval", EvalCommand::line);
        map.put("merge", MergeCommand::new);
        map.put("quantize", QuantizeCommand::new);
        map.put("convert", ConvertCommand::new);
        map.put("imatrix", ImatrixCommand::new);
        map.put("check-gradients", CheckGradientsCommand::new);
        map.put("prepare-start", PrepareStartCommand::new);
        map.put("prepare-serve", PrepareServeCommand::new);
        map.put("doctor", DoctorCommand::new);
        return map;
    }
}
