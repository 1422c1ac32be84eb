package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.cli.term.ProgressLine;
import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code logits}: the raw predictions after every token, to compare with other implementations. */
@Command(
        name = "logits",
        description = {
            "Writes the logits after every given token: little-endian float32, one row of the vocabulary a token.",
            "Computes with float32 activations. The model needs no tokenizer."
        })
public final class LogitsCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(paramLabel = "MODEL", description = NamedModels.ABOUT)
    private Path model = Path.of("");

    @Option(names = "--ids", required = true, split = "[, ]+", paramLabel = "ID", description = "token ids: 1,2,3")
    private int[] ids = {};

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "the file to write")
    private Path out = Path.of("");

    @Option(names = "--chunk", paramLabel = "N", description = "tokens of a step (default: ${DEFAULT-VALUE})")
    private int chunk = 64;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--fast", description = "compute as run does, with rounded activations where that is faster")
    private boolean fast;

    @Option(names = "--adapter", paramLabel = "DIR", description = "a LoRA, rsLoRA or DoRA adapter in PEFT's files")
    private @Nullable Path adapter;

    public LogitsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (ids.length == 0 || chunk < 1 || threads < 0) {
            throw new CommandException("--ids needs at least one id, --chunk a number from 1, --threads from 0");
        }
        try (Checkpoint checkpoint = NamedModels.checkpoint(model)) {
            int vocabulary = checkpoint.spec().vocabularySize();
            for (int id : ids) {
                if (id < 0 || id >= vocabulary) {
                    throw new CommandException("token id " + id + ": the vocabulary has 0 to " + (vocabulary - 1));
                }
            }
            if (ids.length > checkpoint.spec().contextLength()) { // what is compared computes past it too
                console.say(ids.length + " ids, but the model was made for "
                        + checkpoint.spec().contextLength() + " positions; expect little sense past them");
            }
            Ops.Precision precision = fast ? Ops.Precision.FAST : Ops.Precision.EXACT;
            try (Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads);
                    Decoder decoder = checkpoint.load(
                            OpsProvider.ops(),
                            team,
                            DecoderOptions.of(precision, Math.min(chunk, ids.length))
                                    .withAdaptations(Arguments.adapters(checkpoint, adapter)));
                    KvCache cache = KvCache.open(decoder.cacheShape(), ids.length)) {
                write(decoder, cache);
            }
        }
        return ExitCode.OK;
    }

    private void write(Decoder decoder, KvCache cache) {
        try (FileChannel file = FileChannel.open(
                        out,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING);
                Sequence sequence = cache.sequence(ids.length);
                ProgressLine progress = new ProgressLine(console, "logits")) {
            sequence.reserve(ids.length);
            Step step = decoder.step();
            for (int at = 0; at < ids.length; ) {
                int count = Math.min(step.capacity(), ids.length - at);
                step.clear();
                step.state(sequence.state());
                for (int i = 0; i < count; i++) {
                    step.add(ids[at + i], at + i, sequence.pages(), true);
                }
                decoder.forward(step, cache.layers());
                FloatRows logits = step.logits();
                for (int row = 0; row < count; row++) {
                    ByteBuffer bytes = logits.data()
                            .asSlice(logits.offset(row), (long) logits.cols() * Float.BYTES)
                            .asByteBuffer();
                    while (bytes.hasRemaining()) {
                        file.write(bytes);
                    }
                }
                at += count;
                progress.at(at, ids.length);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(out + " cannot be written: " + e.getMessage(), e);
        }
    }
}
