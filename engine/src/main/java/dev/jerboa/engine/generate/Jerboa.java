package dev.jerboa.engine.generate;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.chat.ChatPrompt;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.engine.schedule.DecoderSteps;
import dev.jerboa.engine.schedule.ScheduleOptions;
import dev.jerboa.engine.schedule.Scheduler;
import dev.jerboa.engine.schedule.Speculation;
import dev.jerboa.engine.schedule.StepModel;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.checkpoint.GenerationDefaults;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.ExpertMemory;
import dev.jerboa.model.token.Tokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The door of Jerboa: opens models. */
public final class Jerboa {
    private Jerboa() {}

    /** Opens a GGUF file or a Hugging Face folder with {@link OpenOptions#defaults}. */
    public static LanguageModel open(Path path) {
        return open(path, OpenOptions.defaults());
    }

    /**
     * Opens a GGUF file or a Hugging Face folder.
     *
     * @throws ModelException where the path is no model that Jerboa runs
     * @throws IllegalArgumentException where the options do not fit the model
     */
    public static LanguageModel open(Path path, OpenOptions options) {
        long start = System.nanoTime();
        return open(Checkpoint.open(path), options, start);
    }

    /**
     * Opens a model whose files are open already; the result owns them, and closes them where it cannot be made.
     *
     * @throws IllegalArgumentException where the options do not fit the model
     */
    public static LanguageModel open(Checkpoint checkpoint, OpenOptions options) {
        return open(checkpoint, options, System.nanoTime());
    }

    private static LanguageModel open(Checkpoint checkpoint, OpenOptions options, long start) {
        Opened opened = new Opened();
        opened.add(checkpoint::close);
        try {
            int contextLength = options.contextFor(checkpoint.spec().contextLength());
            Optional<Tokenizer> tokenizer = checkpoint.tokenizer();
            Optional<ChatPrompt> chatPrompt = chatPrompt(checkpoint, options, tokenizer);
            LanguageModel.ModelFacts facts = new LanguageModel.ModelFacts(
                    checkpoint.name(),
                    checkpoint.parameterCount(),
                    checkpoint.weightBytes(),
                    contextLength,
                    tokenizer,
                    chatPrompt,
                    sampling(checkpoint),
                    endTokens(checkpoint.generationDefaults(), tokenizer),
                    0,
                    true,
                    Duration.ZERO);
            return load(checkpoint, options, facts, opened, start);
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** What has to be closed with a model, the last first. */
    private static final class Opened {
        private final ArrayDeque<Runnable> closers = new ArrayDeque<>();

        void add(Runnable closer) {
            closers.push(closer);
        }

        void close() {
            while (!closers.isEmpty()) {
                closers.pop().run();
            }
        }
    }

    private static Optional<ChatPrompt> chatPrompt(
            Checkpoint checkpoint, OpenOptions options, Optional<Tokenizer> tokenizer) {
        Optional<String> source = options.chatTemplate().or(checkpoint::chatTemplate);
        if (source.isEmpty() || tokenizer.isEmpty()) {
            return Optional.empty();
        }
        String name = options.chatTemplate().isPresent() ? "(given)" : "of " + checkpoint.name();
        return Optional.of(new ChatPrompt(source.get(), name, tokenizer.get()));
    }

    private static LanguageModel load(
            Checkpoint checkpoint, OpenOptions options, LanguageModel.ModelFacts facts, Opened opened, long start) {
        Team team = options.threads() == 0 ? Team.ofCores() : Team.ofSize(options.threads());
        opened.add(team::close);
        int stepTokens = Math.min(options.maxStepTokens(), facts.contextLength());
        List<AdaptedModel> adapters =
                options.adapters().stream().map(checkpoint::adapted).toList();
        boolean further = options.speculation() == Speculation.MULTI_TOKEN_PREDICTION;
        ScheduleOptions schedule = schedule(options, facts.contextLength());
        Decoder decoder = checkpoint.load(
                OpsProvider.ops(),
                team,
                DecoderOptions.of(options.precision(), stepTokens)
                        .withAdaptations(adapters)
                        .withFurther(further)
                        .withExperts(experts(checkpoint, options, schedule)));
        opened.add(decoder::close);
        StepModel draft = options.draft()
                .map(path -> draft(path, facts, options, team, opened))
                .orElse(null);
        Scheduler scheduler = Scheduler.open(new DecoderSteps(decoder), draft, team, schedule);
        boolean base = adapters.stream().allMatch(adapter -> adapter.mergedModules() == 0);
        Duration taken = Duration.ofNanos(System.nanoTime() - start);
        return new LanguageModel(
                facts.loaded(adapters.size(), base, taken), scheduler, decoder::expertTraffic, opened::close);
    }

    private static ExpertMemory experts(Checkpoint checkpoint, OpenOptions options, ScheduleOptions schedule) {
        if (options.expertCacheBytes() != ExpertMemory.AS_AVAILABLE) {
            return ExpertMemory.of(options.expertCacheBytes());
        }
        return ExpertMemory.available(
                KvCache.bytes(checkpoint.spec().cacheShape(), schedule.cacheTokens(), schedule.cacheType()));
    }

    private static StepModel draft(
            Path path, LanguageModel.ModelFacts facts, OpenOptions options, Team team, Opened opened) {
        Checkpoint checkpoint = Checkpoint.open(path);
        opened.add(checkpoint::close);
        requireSameTokens(path, facts.tokenizer(), checkpoint.tokenizer());
        int length = checkpoint.spec().contextLength();
        if (length < facts.contextLength()) {
            throw new IllegalArgumentException("the draft model " + path + " was made for " + length
                    + " tokens, the model is opened for " + facts.contextLength()
                    + ": open it for a context of no more than " + length);
        }
        int stepTokens = Math.min(options.maxStepTokens(), length);
        Decoder decoder = checkpoint.load(OpsProvider.ops(), team, DecoderOptions.of(options.precision(), stepTokens));
        opened.add(decoder::close);
        return new DecoderSteps(decoder);
    }

    /** What one model guesses means nothing to another unless ids are the same tokens. */
    private static void requireSameTokens(Path path, Optional<Tokenizer> tokenizer, Optional<Tokenizer> draft) {
        if (tokenizer.isEmpty() || draft.isEmpty()) {
            return; // ids are all there is
        }
        int count = Math.min(tokenizer.get().size(), draft.get().size());
        for (int id = 0; id < count; id++) {
            String expected = tokenizer.get().token(id);
            String found = draft.get().token(id);
            if (!expected.equals(found)) {
                throw new ModelException(
                        path + ": a draft model needs the tokens of the model that it guesses for, but token "
                                + id + " is \"" + found + "\" there and \"" + expected
                                + "\" in the model; take a smaller model of the same family");
            }
        }
    }

    private static ScheduleOptions schedule(OpenOptions options, int contextLength) {
        long wanted = options.cacheTokens() == 0
                ? (long) OpenOptions.DEFAULT_SESSIONS * contextLength
                : Math.max(options.cacheTokens(), contextLength);
        CacheType type = options.cacheType().orElseGet(() -> OpsProvider.ops().cacheType(options.precision()));
        OpsProvider.ops().requireCacheType(type);
        return ScheduleOptions.of((int) Math.min(wanted, Integer.MAX_VALUE - KvCache.PAGE_TOKENS))
                .withCacheType(type)
                .withMaxSequences(options.maxSequences())
                .withMaxWaiting(options.maxWaiting())
                .withSpeculation(options.speculation(), 8, 2);
    }

    private static SamplingOptions sampling(Checkpoint checkpoint) {
        try {
            return sampling(checkpoint.generationDefaults());
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    checkpoint.path() + ": the model's own generation settings are not usable: " + e.getMessage(), e);
        }
    }

    /** The publisher's sampling where it says that tokens are to be drawn, otherwise the most likely token each time. */
    static SamplingOptions sampling(GenerationDefaults defaults) {
        if (!defaults.sample()) {
            return SamplingOptions.greedy();
        }
        SamplingOptions options = SamplingOptions.plain();
        Float temperature = defaults.temperature();
        Integer topK = defaults.topK();
        Float topP = defaults.topP();
        Float minP = defaults.minP();
        Float repetitionPenalty = defaults.repetitionPenalty();
        options = temperature == null ? options : options.withTemperature(temperature);
        options = topK == null ? options : options.withTopK(Math.max(0, topK));
        options = topP == null ? options : options.withTopP(topP);
        options = minP == null ? options : options.withMinP(minP);
        return repetitionPenalty == null ? options : options.withRepetitionPenalty(repetitionPenalty);
    }

    private static List<Integer> endTokens(GenerationDefaults defaults, Optional<Tokenizer> tokenizer) {
        int[] stops = tokenizer.map(Tokenizer::stops).orElse(new int[0]);
        return IntStream.concat(IntStream.of(defaults.endTokens()), IntStream.of(stops))
                .distinct()
                .boxed()
                .toList();
    }
}
