package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.generate.Cancellation;
import dev.jerboa.engine.generate.ChatOptions;
import dev.jerboa.engine.generate.ChatSession;
import dev.jerboa.engine.generate.Chunk;
import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.GenerateOptions;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.generate.Reply;
import dev.jerboa.engine.schedule.Speculation;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.kernel.ops.Ops;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code run}: a chat in the terminal, or one reply to one prompt. */
@Command(
        name = "run",
        description = {
            "Chats with a model in the terminal; with -p, or where stdin is no terminal, answers one prompt.",
            "Only the reply goes to stdout. A model without a chat template continues the prompt instead: then stdout has"
                    + " the whole text, prompt and continuation."
        })
public final class RunCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            description = NamedModels.ABOUT + " (default: the small model that comes with Jerboa)")
    private @Nullable Path model;

    @Mixin
    private ModelOptions opening = new ModelOptions();

    @Option(names = "--adapter", paramLabel = "DIR", description = "a LoRA, rsLoRA or DoRA adapter in PEFT's files")
    private @Nullable Path adapter;

    @Option(
            names = "--draft",
            paramLabel = "MODEL",
            description = {
                "a smaller model with the same tokens that guesses tokens ahead: the reply stays the same, and is written faster",
                "where guesses are often right"
            })
    private @Nullable Path draft;

    @Option(
            names = "--speculation",
            paramLabel = "KIND",
            description = {
                "guess tokens ahead; the reply stays the same: lookup (by the text so far), mtp (by the layer for it that the model",
                "has, as DeepSeek-V3) or off (default)"
            })
    private String speculation = Speculation.OFF.key();

    @Mixin
    private SamplingArguments sampling = new SamplingArguments();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "PROMPT",
            description = "answer this prompt and end")
    private @Nullable String prompt;

    @Option(names = "--system", paramLabel = "TEXT", description = "a system message before the conversation")
    private @Nullable String system;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "the most tokens of a reply (default: until the model ends)")
    private int maxTokens;

    @Option(names = "--stop", paramLabel = "S", description = "end the reply before this text; may be repeated")
    private List<String> stops = List.of();

    @Option(names = "--chat-template", paramLabel = "FILE", description = "a template instead of the model's own")
    private @Nullable Path chatTemplate;

    @Option(names = "--raw", description = "continue the prompt as a plain text, without chat template")
    private boolean raw;

    @Option(names = "--no-echo", description = "of a continued text, print only what is new")
    private boolean withoutEcho;

    @Option(names = "--ignore-end", description = "go on past the model's end token")
    private boolean ignoreEnd;

    @Option(
            names = "--thinking",
            paramLabel = "true|false",
            arity = "1",
            description = "switch thinking on or off, for templates that let one choose")
    private @Nullable Boolean thinking;

    @Option(names = "--no-think-display", description = "do not show the thinking")
    private boolean hideThinking;

    @Option(names = "--exact", description = "compute with float32 activations throughout")
    private boolean exact;

    @Option(
            names = {"-v", "--verbose"},
            description = "print statistics to stderr, also where it is no terminal")
    private boolean verbose;

    public RunCommand(Console console) {
        this.console = console;
    }

    private OpenOptions guessing(OpenOptions options) {
        Path model = draft == null ? null : NamedModels.fetched(console, draft);
        return Arguments.checked(() -> {
            OpenOptions guessing = options.withSpeculation(Speculation.named(speculation));
            return model == null ? guessing : guessing.withDraft(model);
        });
    }

    @Override
    public Integer call() {
        boolean interactive = prompt == null && console.interactive();
        OpenOptions options = opening.options().withPrecision(exact ? Ops.Precision.EXACT : Ops.Precision.FAST);
        if (adapter != null) {
            options = options.withAdapter(adapter);
        }
        options = guessing(options);
        if (chatTemplate != null) {
            options = options.withChatTemplate(Arguments.text(chatTemplate));
        }
        String text = interactive ? "" : prompt != null ? prompt : withoutLastNewline(console.readAll());
        try (LanguageModel opened = open(options)) {
            Statistics.sayWhatFits(console, opened);
            GenerateOptions generation = Arguments.checked(() -> GenerateOptions.defaults()
                    .withMaxTokens(maxTokens)
                    .withStops(stops)
                    .withIgnoreEnd(ignoreEnd)
                    .withProgress(new ReadingLine(console))
                    .withSampling(sampling.over(opened.defaultSampling())));
            boolean plain = raw || !opened.hasChatTemplate();
            if (plain && !raw) {
                console.say(
                        "jerboa: " + opened.name() + " has no chat template: the prompt is continued as plain text");
            }
            if (interactive) {
                return InteractiveChat.run(console, opened, chatOptions(generation), plain, !hideThinking);
            }
            return once(opened, generation, plain, text);
        }
    }

    private LanguageModel open(OpenOptions options) {
        if (model != null) {
            Path named = model;
            return Arguments.checked(() -> NamedModels.open(console, named, options));
        }
        console.say("jerboa: the model inside, " + InsideModel.ABOUT
                + ". For a general model: jerboa run FILE.gguf, a Hugging Face folder, or a name such as qwen3:0.6b");
        return Arguments.checked(() -> InsideModel.open(options));
    }

    private static String withoutLastNewline(String text) {
        return text.endsWith("\r\n")
                ? text.substring(0, text.length() - 2)
                : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    private ChatOptions chatOptions(GenerateOptions generation) {
        ChatOptions options = ChatOptions.defaults().withGeneration(generation);
        options = system == null ? options : options.withSystem(system);
        return thinking == null ? options : options.withThinking(thinking);
    }

    private int once(LanguageModel opened, GenerateOptions generation, boolean plain, String text) {
        Cancellation cancellation = new Cancellation();
        GenerateOptions cancellable = generation.withCancellation(cancellation);
        Consumer<Chunk> print = printer(cancellation);
        Reply reply;
        if (plain) {
            String begun = system == null ? text : system + "\n" + text;
            if (!withoutEcho) {
                console.out().print(begun);
                console.out().flush();
            }
            reply = Arguments.checked(() -> opened.complete(begun, cancellable, print));
        } else {
            try (ChatSession chat = opened.chat(chatOptions(cancellable))) {
                reply = Arguments.checked(() -> chat.send(text, print));
            }
        }
        if (!reply.text().endsWith("\n")) {
            console.out().println();
        }
        console.out().flush();
        if (reply.finishReason() == FinishReason.CONTEXT_FULL) {
            console.say("jerboa: " + reply.message());
        }
        if (verbose || console.errIsTerminal()) {
            console.say(Statistics.line(opened, reply));
        }
        return reply.tokens().generated() == 0 && reply.finishReason() == FinishReason.CONTEXT_FULL
                ? ExitCode.ERROR
                : ExitCode.OK;
    }

    /** Prints the answer to stdout as it comes, the thinking to a terminal on stderr; ends the reply when nobody reads. */
    private Consumer<Chunk> printer(Cancellation cancellation) {
        boolean showThinking = console.errIsTerminal() && !hideThinking;
        return chunk -> {
            if (showThinking && !chunk.reasoning().isEmpty()) {
                console.err().print("\u001b[2m" + chunk.reasoning() + "\u001b[0m");
                console.err().flush();
            }
            if (!chunk.text().isEmpty()) {
                console.out().print(chunk.text());
                if (console.out().checkError()) { // flushes; true after a closed pipe
                    cancellation.cancel();
                }
            }
        };
    }
}
