package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.template.ChatTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code render-template}: the prompt that a chat template makes of a conversation. */
@Command(
        name = "render-template",
        description =
                "Prints the prompt that a chat template makes of its variables, exactly, without a line end after it.")
public final class RenderTemplateCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(paramLabel = "FILE", description = "a template (.jinja), or a model that has one")
    private Path file = Path.of("");

    @Option(
            names = "--context",
            required = true,
            paramLabel = "JSON",
            description =
                    "the variables as a JSON object (messages, add_generation_prompt, tools …), or a file with one")
    private String context = "";

    public RenderTemplateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String stripped = context.strip();
        Map<String, @Nullable Object> variables = stripped.startsWith("{")
                ? Json.asObject(Json.parse(stripped, "--context"), "--context")
                : Json.object(existing(Path.of(context)));
        String prompt = Arguments.checked(() ->
                ChatTemplate.parse(source(), String.valueOf(file.getFileName())).render(variables));
        console.out().print(prompt);
        return ExitCode.OK;
    }

    private static Path existing(Path path) {
        if (!Files.exists(path)) {
            throw new CommandException(
                    path + ": no such file; --context takes a JSON object or the name of a file that holds one");
        }
        return path;
    }

    private String source() {
        if (!Files.isDirectory(file)
                && !file.toString().toLowerCase(Locale.ROOT).endsWith(".gguf")) {
            return Arguments.text(file);
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            return checkpoint
                    .chatTemplate()
                    .orElseThrow(() -> new CommandException(file + ": the model has no chat template"));
        }
    }
}
