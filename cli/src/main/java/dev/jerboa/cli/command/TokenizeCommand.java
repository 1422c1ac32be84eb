package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tokenize}: a text's tokens. */
@Command(
        name = "tokenize",
        description = {
            "Prints the tokens of a text: id and text, a line each. The text is the argument, a file, or stdin.",
            "Needs a tokenizer only: a GGUF vocabulary, or a folder with tokenizer.json, will do."
        })
public final class TokenizeCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "a .gguf file or a Hugging Face folder")
    private Path model = Path.of("");

    @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT", description = "the text (default: stdin)")
    private @Nullable String text;

    @Option(names = "--file", paramLabel = "F", description = "the file that holds the text")
    private @Nullable Path file;

    @Option(names = "--ids", description = "print only the ids, on one line")
    private boolean ids;

    @Option(names = "--no-bos", description = "without what the model wants before a text, usually BOS")
    private boolean noBos;

    @Option(names = "--no-special", description = "read the texts of special tokens as plain text")
    private boolean noSpecial;

    public TokenizeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (text != null && file != null) {
            throw new CommandException("give the text as an argument or as --file, not both");
        }
        String source = text != null ? text : file != null ? Arguments.text(file) : console.readAll();
        try (Arena arena = Arena.ofShared()) {
            Tokenizer tokenizer = tokenizer(NamedModels.here(model), arena);
            int[] tokens = tokenizer.encode(source, !noSpecial);
            print(tokenizer, noBos ? new int[0] : tokenizer.prefix(), tokens);
        }
        return ExitCode.OK;
    }

    private Tokenizer tokenizer(Path model, Arena arena) {
        if (Files.isDirectory(model)) {
            return Tokenizers.fromFolder(model)
                    .orElseThrow(() -> new ModelException(
                            model + ": no tokenizer in this folder; expected tokenizer.json or tokenizer.model"));
        }
        if (!Files.exists(model)) {
            throw new ModelException(
                    model + ": no such file or folder; expected a .gguf file or a Hugging Face folder");
        }
        return Tokenizers.fromGguf(GgufFile.open(model, arena).metadata(), model.toString())
                .orElseThrow(() -> new ModelException(model
                        + ": no tokenizer in this file; expected the key tokenizer.ggml.tokens or"
                        + " tokenizer.huggingface.json"));
    }

    private void print(Tokenizer tokenizer, int[] prefix, int[] tokens) {
        StringBuilder out = new StringBuilder();
        for (int[] part : new int[][] {prefix, tokens}) {
            for (int id : part) {
                if (ids) {
                    out.append(out.isEmpty() ? "" : " ").append(id);
                } else {
                    out.append(id)
                            .append('\t')
                            .append(visible(tokenizer.token(id)))
                            .append('\n');
                }
            }
        }
        console.out().print(ids ? out.append('\n') : out);
    }

    /** Line ends would break the lines. */
    private static String visible(String token) {
        return token.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t");
    }
}
