package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.cli.term.ProgressLine;
import dev.jerboa.engine.eval.perplexity.Comparison;
import dev.jerboa.engine.eval.perplexity.EvalText;
import dev.jerboa.engine.eval.perplexity.LogitsFile;
import dev.jerboa.engine.eval.perplexity.Method;
import dev.jerboa.engine.eval.perplexity.Perplexity;
import dev.jerboa.engine.eval.perplexity.PerplexityOptions;
import dev.jerboa.engine.eval.perplexity.Subject;
import dev.jerboa.engine.eval.perplexity.TextEvaluation;
import dev.jerboa.engine.eval.statistic.Quantiles;
import dev.jerboa.engine.schedule.DecoderSteps;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.json.JsonOut;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code eval perplexity}: how well a model predicts a text, and how far it is from another. */
@Command(
        name = "perplexity",
        description = {
            "Says how well a model predicts the text of a file: its perplexity and bits per byte, with standard errors. Figures"
                    + " compare where method, context, stride and text are the same.",
            "With --kl-against also how far its distributions are from those of another model, or of a file that"
                    + " --save-logits made."
        })
public final class EvalPerplexityCommand implements Callable<Integer> {
    private static final int STEP_TOKENS = 512;

    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = NamedModels.ABOUT)
    private Path model = Path.of("");

    @Parameters(index = "1", paramLabel = "FILE", description = "a text in UTF-8")
    private Path file = Path.of("");

    @Option(
            names = "--method",
            paramLabel = "NAME",
            description =
                    "chunks: pieces of a context's length, the second half of each scored, as llama.cpp does; sliding: a"
                            + " window that moves on, every token scored once (default: chunks, or sliding where --stride is"
                            + " given)")
    private @Nullable String method;

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "tokens of a window (default: 512, or the model's where that is less)")
    private int context;

    @Option(
            names = "--stride",
            paramLabel = "N",
            description = "tokens that a sliding window moves on (default: half the context)")
    private int stride;

    @Option(names = "--chunks", paramLabel = "N", description = "the most windows (default: all)")
    private int chunks;

    @Option(
            names = "--save-logits",
            paramLabel = "FILE",
            description =
                    "write the distributions, two bytes a token of the vocabulary and scored token, to compare others with")
    private @Nullable Path save;

    @Option(
            names = "--kl-against",
            paramLabel = "FILE|MODEL",
            description = "compare with the distributions in a file, or with a base model, which is read beside")
    private @Nullable Path against;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--fast", description = "compute as run does, with rounded activations where that is faster")
    private boolean fast;

    @Option(names = "--adapter", paramLabel = "DIR", description = "a LoRA, rsLoRA or DoRA adapter in PEFT's files")
    private @Nullable Path adapter;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    public EvalPerplexityCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (threads < 0 || context < 0 || stride < 0 || chunks < 0) {
            throw new CommandException("--threads, --context, --stride and --chunks take numbers from 0");
        }
        if (save != null && Files.exists(save) && !LogitsFile.is(save)) {
            throw new CommandException(save + " is there already and no file of --save-logits; give another name");
        }
        if (save != null && against != null) {
            throw new CommandException("--save-logits and --kl-against are two runs: save those of the base model, then"
                    + " compare the other with the file");
        }
        String text = Arguments.text(file);
        try (Checkpoint checkpoint = NamedModels.checkpoint(model);
                Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads)) {
            PerplexityOptions options = options(checkpoint);
            EvalText tokens = tokens(checkpoint, text);
            try (ProgressLine progress = new ProgressLine(console, "perplexity");
                    Decoder decoder = load(checkpoint, team, adapter)) {
                TextEvaluation[] made = new TextEvaluation[1];
                TextEvaluation evaluation =
                        new TextEvaluation(tokens, options, team, done -> progress.at(done, made[0].scored()));
                made[0] = evaluation;
                measure(checkpoint, evaluation, subject(decoder), tokens, text, team);
            }
        }
        return ExitCode.OK;
    }

    private void measure(
            Checkpoint checkpoint,
            TextEvaluation evaluation,
            Subject subject,
            EvalText tokens,
            String text,
            Team team) {
        Path base = against;
        if (base == null) {
            if (save != null) {
                requireSpace(
                        save,
                        LogitsFile.bytes(evaluation.scored(), subject.model().vocabularySize()));
            }
            print(checkpoint, evaluation.of(subject, save), null);
        } else if (LogitsFile.is(base)) {
            try (LogitsFile stored = LogitsFile.open(base)) {
                Comparison found = evaluation.against(subject, stored);
                print(checkpoint, found.model(), found);
            }
        } else {
            try (Checkpoint other = NamedModels.checkpoint(base);
                    Decoder decoder = load(other, team, null)) {
                if (!Arrays.equals(tokens(other, text).tokens(), tokens.tokens())) {
                    throw new CommandException(base + " reads the text as other tokens than " + model
                            + ": distributions compare over the same tokens only");
                }
                Comparison found = evaluation.against(subject, subject(decoder));
                print(checkpoint, found.model(), found);
            }
        }
    }

    private PerplexityOptions options(Checkpoint checkpoint) {
        int most = checkpoint.spec().contextLength();
        if (context > most) {
            throw new CommandException(
                    "--context is " + context + ", but the model was made for " + most + " positions");
        }
        int length = context == 0 ? Math.min(PerplexityOptions.USUAL_CONTEXT, most) : context;
        Method named = method();
        if (named == Method.CHUNKS && stride > 0) {
            throw new CommandException("--stride goes with --method sliding: chunks follow each other without overlap");
        }
        return Arguments.checked(
                () -> new PerplexityOptions(named, length, stride == 0 ? Math.max(1, length / 2) : stride, chunks));
    }

    private Method method() {
        String name = method == null ? stride > 0 ? "sliding" : "chunks" : method;
        for (Method each : Method.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(name)) {
                return each;
            }
        }
        throw new CommandException("--method is '" + name + "', expected chunks or sliding");
    }

    private static EvalText tokens(Checkpoint checkpoint, String text) {
        return EvalText.of(
                checkpoint
                        .tokenizer()
                        .orElseThrow(() ->
                                new ModelException(checkpoint.path() + " has no tokenizer, so it cannot read a text")),
                text);
    }

    private Ops.Precision precision() {
        return fast ? Ops.Precision.FAST : Ops.Precision.EXACT;
    }

    private Decoder load(Checkpoint checkpoint, Team team, @Nullable Path adapter) {
        return checkpoint.load(
                OpsProvider.ops(),
                team,
                DecoderOptions.of(precision(), STEP_TOKENS).withAdaptations(Arguments.adapters(checkpoint, adapter)));
    }

    private Subject subject(Decoder decoder) {
        return new Subject(new DecoderSteps(decoder), OpsProvider.ops().cacheType(precision()));
    }

    private static void requireSpace(Path file, long bytes) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            long usable =
                    folder == null ? Long.MAX_VALUE : Files.getFileStore(folder).getUsableSpace();
            if (bytes > usable) {
                throw new CommandException(file + " would take " + Sizes.of(bytes) + ", and " + Sizes.of(usable)
                        + " are free: score less of the text with --chunks");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private void print(Checkpoint checkpoint, Perplexity found, @Nullable Comparison comparison) {
        if (json) {
            console.out().println(JsonOut.text(fields(checkpoint, found, comparison)));
            return;
        }
        line("%s; %d windows, %d tokens scored", found.options().words(), found.windows(), found.tokens());
        line("perplexity     %.4f ± %.4f", found.perplexity(), found.standardError());
        line("bits per byte  %.4f ± %.4f", found.bitsPerByte(), found.bitsPerByteStandardError());
        if (comparison != null) {
            Quantiles quantiles = comparison.quantiles();
            line(
                    "KL(base || model), nats a token: mean %.6f ± %.6f  median %.6f ± %.6f  99 %% %.6f ± %.6f",
                    comparison.divergence(),
                    comparison.divergenceStandardError(),
                    quantiles.at(0.5),
                    quantiles.standardError(0.5),
                    quantiles.at(0.99),
                    quantiles.standardError(0.99));
            line(
                    "same top token %.3f ± %.3f %% (%.3f–%.3f %%)",
                    100 * comparison.sameTop().share(),
                    100 * comparison.sameTop().standardError(),
                    100 * comparison.sameTop().interval().low(),
                    100 * comparison.sameTop().interval().high());
            line(
                    "perplexity less the base's %+.4f ± %.4f (base %.4f ± %.4f)",
                    comparison.difference(),
                    comparison.differenceStandardError(),
                    comparison.base().perplexity(),
                    comparison.base().standardError());
        }
    }

    private void line(String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, format, values));
    }

    private Map<String, @Nullable Object> fields(
            Checkpoint checkpoint, Perplexity found, @Nullable Comparison comparison) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("model", model.toString());
        all.put("name", checkpoint.name());
        all.put("file", file.toString());
        all.put("method", found.options().method().name().toLowerCase(Locale.ROOT));
        all.put("context", found.options().context());
        all.put("stride", found.options().stride());
        all.put("windows", found.windows());
        all.put("precision", precision().name().toLowerCase(Locale.ROOT));
        all.put("kernels", OpsProvider.ops().tier());
        all.putAll(fields(found));
        if (comparison != null) {
            all.put("kl_against", String.valueOf(against));
            all.put("base", fields(comparison.base()));
            all.put("kl_mean", pair(comparison.divergence(), comparison.divergenceStandardError()));
            for (double q : List.of(0.5, 0.99)) {
                String name = q == 0.5 ? "kl_median" : "kl_99";
                all.put(
                        name,
                        pair(
                                comparison.quantiles().at(q),
                                comparison.quantiles().standardError(q)));
            }
            all.put(
                    "same_top",
                    pair(comparison.sameTop().share(), comparison.sameTop().standardError()));
            all.put("loss_difference", pair(comparison.lossDifference(), comparison.lossDifferenceStandardError()));
            all.put("perplexity_difference", pair(comparison.difference(), comparison.differenceStandardError()));
        }
        return all;
    }

    private static Map<String, @Nullable Object> fields(Perplexity found) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("tokens", found.tokens());
        fields.put("bytes", found.bytes());
        fields.put("loss", pair(found.loss(), found.lossStandardError()));
        fields.put("perplexity", pair(found.perplexity(), found.standardError()));
        fields.put("bits_per_byte", pair(found.bitsPerByte(), found.bitsPerByteStandardError()));
        return fields;
    }

    private static Map<String, @Nullable Object> pair(double value, double standardError) {
        Map<String, @Nullable Object> pair = new LinkedHashMap<>();
        pair.put("value", value);
        pair.put("standard_error", standardError);
        return pair;
    }
}
