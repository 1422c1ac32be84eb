package dev.jerboa.engine.generate;

import dev.jerboa.engine.schedule.Speculation;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.model.decoder.ExpertMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a model is opened. Immutable; made from {@link #defaults} by the {@code with} methods.
 *
 * @param threads threads that compute; 0 for one a physical core
 * @param contextLength the most tokens of one text or conversation; 0 for the model's own length, but at most
 *     {@value #DEFAULT_CONTEXT}
 * @param cacheTokens tokens that the conversations of the model keep together; 0 for {@value #DEFAULT_SESSIONS} contexts.
 *     Memory is taken as it is used
 * @param precision what products compute with
 * @param maxStepTokens the most prompt tokens computed at a time
 * @param chatTemplate a chat template's source that is used instead of the model's own
 * @param cacheType how cached keys and values are written; empty for what the kernels compute with best at the precision
 * @param adapters folders of low-rank adapters that are applied beside the model's weights; a reply has one of them, by its place here
 * @param maxSequences the most replies that are written at a time; more wait
 * @param maxWaiting the most requests that wait; further ones are refused
 * @param speculation whether and by what tokens are guessed ahead, which changes the speed only; {@link
 *     Speculation#MULTI_TOKEN_PREDICTION} loads the layer of the model that does it, and is for models that have one
 * @param expertCacheBytes memory for experts of a mixture, of which those that do not fit are read from the model's files as they are
 *     needed; −1 for what the machine has left beside the other weights and the cache
 * @param draft the file or folder of a smaller model with the same tokens that guesses ahead, likewise; not beside {@code speculation}
 */
public record OpenOptions(
        int threads,
        int contextLength,
        int cacheTokens,
        Ops.Precision precision,
        int maxStepTokens,
        Optional<String> chatTemplate,
        Optional<CacheType> cacheType,
        List<Path> adapters,
        int maxSequences,
        int maxWaiting,
        Speculation speculation,
        Optional<Path> draft,
        long expertCacheBytes) {
    /** The context of models that could have a longer one. */
    public static final int DEFAULT_CONTEXT = 8192;

    /** Full contexts that the cache has room for. */
    public static final int DEFAULT_SESSIONS = 4;

    private static final OpenOptions DEFAULTS = new OpenOptions(
            0,
            0,
            0,
            Ops.Precision.FAST,
            512,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Speculation.OFF,
            Optional.empty(),
            ExpertMemory.AS_AVAILABLE);

    public OpenOptions {
        adapters = List.copyOf(adapters);
        if (threads < 0 || contextLength < 0 || cacheTokens < 0 || maxStepTokens < 1) {
            throw new IllegalArgumentException("threads " + threads + ", context length " + contextLength
                    + ", cache tokens " + cacheTokens + ", max step tokens " + maxStepTokens
                    + ": expected whole numbers from 0, the last from 1");
        }
        if (maxSequences < 1 || maxWaiting < 1) {
            throw new IllegalArgumentException("max sequences " + maxSequences + ", max waiting " + maxWaiting
                    + ": expected whole numbers from 1");
        }
        if (expertCacheBytes < ExpertMemory.AS_AVAILABLE) {
            throw new IllegalArgumentException("an expert cache of " + expertCacheBytes
                    + " bytes: expected a whole number from 0, or −1 for what the machine has left");
        }
        if (draft.isPresent() && speculation != Speculation.OFF) {
            throw new IllegalArgumentException("a draft model " + draft.get() + " and speculation " + speculation.key()
                    + ": tokens are guessed in one way only; leave out one of them");
        }
    }

    public static OpenOptions defaults() {
        return DEFAULTS;
    }

    public OpenOptions withThreads(int threads) {
        return with(change -> change.threads = threads);
    }

    public OpenOptions withContextLength(int contextLength) {
        return with(change -> change.contextLength = contextLength);
    }

    public OpenOptions withCacheTokens(int cacheTokens) {
        return with(change -> change.cacheTokens = cacheTokens);
    }

    public OpenOptions withPrecision(Ops.Precision precision) {
        return with(change -> change.precision = precision);
    }

    public OpenOptions withMaxStepTokens(int maxStepTokens) {
        return with(change -> change.maxStepTokens = maxStepTokens);
    }

    public OpenOptions withChatTemplate(String source) {
        return with(change -> change.chatTemplate = Optional.of(source));
    }

    public OpenOptions withCacheType(CacheType type) {
        return with(change -> change.cacheType = Optional.of(type));
    }

    /** With a folder of PEFT's files, of LoRA, rsLoRA or DoRA. */
    public OpenOptions withAdapter(Path folder) {
        return withAdapters(List.of(folder));
    }

    /** With several such folders. */
    public OpenOptions withAdapters(List<Path> folders) {
        return with(change -> change.adapters = folders);
    }

    public OpenOptions withMaxSequences(int maxSequences) {
        return with(change -> change.maxSequences = maxSequences);
    }

    public OpenOptions withMaxWaiting(int maxWaiting) {
        return with(change -> change.maxWaiting = maxWaiting);
    }

    public OpenOptions withSpeculation(Speculation speculation) {
        return with(change -> change.speculation = speculation);
    }

    /** With so many bytes of memory for the experts of a mixture. */
    public OpenOptions withExpertCacheBytes(long bytes) {
        return with(change -> change.expertCacheBytes = bytes);
    }

    /** With a smaller model that guesses tokens. */
    public OpenOptions withDraft(Path model) {
        return with(change -> change.draft = Optional.of(model));
    }

    private OpenOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** Options of which one is being changed. */
    private static final class Draft {
        int threads;
        int contextLength;
        int cacheTokens;
        Ops.Precision precision;
        int maxStepTokens;
        Optional<String> chatTemplate;
        Optional<CacheType> cacheType;
        List<Path> adapters;
        int maxSequences;
        int maxWaiting;
        Speculation speculation;
        Optional<Path> draft;
        long expertCacheBytes;

        Draft(OpenOptions from) {
            threads = from.threads;
            contextLength = from.contextLength;
            cacheTokens = from.cacheTokens;
            precision = from.precision;
            maxStepTokens = from.maxStepTokens;
            chatTemplate = from.chatTemplate;
            cacheType = from.cacheType;
            adapters = from.adapters;
            maxSequences = from.maxSequences;
            maxWaiting = from.maxWaiting;
            speculation = from.speculation;
            draft = from.draft;
            expertCacheBytes = from.expertCacheBytes;
        }

        OpenOptions options() {
            return new OpenOptions(
                    threads,
                    contextLength,
                    cacheTokens,
                    precision,
                    maxStepTokens,
                    chatTemplate,
                    cacheType,
                    adapters,
                    maxSequences,
                    maxWaiting,
                    speculation,
                    draft,
                    expertCacheBytes);
        }
    }

    /** The context of a model that was made for {@code modelLength} positions. */
    int contextFor(int modelLength) {
        int wanted = contextLength == 0 ? Math.min(modelLength, DEFAULT_CONTEXT) : contextLength;
        if (wanted > modelLength) {
            throw new IllegalArgumentException(
                    "a context of " + wanted + " tokens was asked for; the model was made for " + modelLength
                            + " and says nothing sensible beyond");
        }
        return wanted;
    }
}
