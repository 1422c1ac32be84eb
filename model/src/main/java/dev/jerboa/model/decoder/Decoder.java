package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Turns;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A loaded decoder: tokens and a cache in, logits of the next token out.
 *
 * <p>Owns its working memory and repacked weights until {@link #close}; weights that it reads in place belong to the
 * checkpoint, which must stay open. {@link #forward} is for one thread at a time; the team does the work.
 */
public final class Decoder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Decoder.class.getName());

    private final DecoderSpec spec;
    private final boolean keepsStates;
    private final Ops ops;
    private final Team team;
    private final PageArena arena;
    private final int maxTokens;
    private final int adaptations;
    private final AdaptedTokens adapted;
    private final StepIds ids = new StepIds();
    private final Embedding embedding;
    private final List<Layer> layers = new ArrayList<>();
    private final Prediction next;
    private final @Nullable Further further;
    /** The last product of a step: nobody has to know whose share a row of it was. */
    private final Turns headTurns = new Turns();

    /** Experts that do not all fit in memory; null where they do. */
    private final @Nullable ExpertStore experts;

    private final long ownWeightBytes;
    private final Map<Weights.Way, Long> bytesByWay;
    private final ResidualPart residual;
    private final NormedRows normed;
    private final Scratch.Table last;

    private record Layer(
            FloatRows attentionNorm, AttentionPart attention, FloatRows feedForwardNorm, FeedForwardPart feedForward) {}

    /** What makes logits of hidden states. */
    private record Prediction(FloatRows norm, Weights head) {}

    /** The layer that predicts a token further. */
    private record Further(PredictionPart begin, Layer layer, ResidualPart residual, Prediction prediction) {}

    private Decoder(
            DecoderSpec spec,
            TensorNames names,
            TensorSource tensors,
            Ops ops,
            Team team,
            DecoderOptions options,
            PageArena arena) {
        this.spec = spec;
        this.keepsStates = spec.keepsStates();
        this.ops = ops;
        this.team = team;
        this.arena = arena;
        this.maxTokens = options.maxTokens();
        int hidden = spec.hiddenSize();
        Scratch scratch = new Scratch(maxTokens, team.size());
        AdaptationReader beside = new AdaptationReader(options.adaptations(), ops, arena, scratch);
        WeightReader reader = new WeightReader(names, tensors, ops, options.precision(), arena, beside);
        this.adapted = beside.tokens();
        this.adaptations = options.adaptations().size();
        this.experts = ExpertPlan.store(spec, options.further(), reader, options.experts(), arena);
        if (experts != null) {
            reader.streams(experts);
        }
        PartMaker parts = new PartMaker(spec, reader, scratch, ids);
        Matrix embedded = reader.matrix(Slot.EMBEDDING, 0, spec.vocabularySize(), hidden);
        this.residual = parts.residual();
        this.last = scratch.table(Scratch.Span.PREDICTION, "last", hidden, 1);
        this.normed = new NormedRows(ops, scratch, Scratch.Span.STEP, "normed", hidden);
        for (int l = 0; l < spec.layers().size(); l++) {
            layers.add(normed(parts.layer(spec.layers().get(l), l)));
        }
        readAhead();
        Weights head =
                spec.tiedHead() ? reader.weights(embedded) : reader.head(Slot.HEAD, 0, spec.vocabularySize(), hidden);
        FloatRows outputNorm = reader.vector(Slot.OUTPUT_NORM, 0, hidden);
        UnitFunction.scale(outputNorm, 0, 0, hidden, spec.scales().logits());
        this.next = new Prediction(outputNorm, head);
        boolean headInPlace = spec.tiedHead() && head.way() != Weights.Way.PACKED;
        this.embedding = new Embedding(ops, embedded, spec.scales().embedding(), headInPlace, team.size());
        normed.addConsumers(List.of(head));
        this.further = options.further() ? further(parts, reader, scratch) : null;
        this.bytesByWay = reader.bytesByWay();
        this.ownWeightBytes = arena.allocatedBytes();
        scratch.allocate(ops, arena);
        residual.bind();
        List<String> unused = reader.unused();
        if (!unused.isEmpty()) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> tensors.source() + ": " + unused.size() + " tensors are not part of the decoder, first "
                            + unused.getFirst());
        }
    }

    /** Tells layers of experts which come next. */
    private void readAhead() {
        ExpertsPart before = null;
        for (Layer layer : layers) {
            if (layer.feedForward instanceof ExpertsPart part) {
                if (before != null) {
                    before.before(part);
                }
                before = part;
            }
        }
    }

    /** A layer whose products read normed rows. */
    private Layer normed(Layer layer) {
        normed.addConsumers(layer.attention.consumers());
        normed.addConsumers(layer.feedForward.consumers());
        return layer;
    }

    private Further further(PartMaker parts, WeightReader reader, Scratch scratch) {
        if (spec.predictions().isEmpty()) {
            throw new ModelException("the model has no layer that predicts further tokens");
        }
        PredictionSpec first = spec.predictions().getFirst();
        int l = spec.layers().size();
        int hidden = spec.hiddenSize();
        int vocabulary = spec.vocabularySize();
        Embedding own = first.ownEmbedding()
                ? new Embedding(
                        ops,
                        reader.matrix(Slot.PREDICTION_EMBEDDING, l, vocabulary, hidden),
                        spec.scales().embedding(),
                        false,
                        team.size())
                : embedding;
        Weights head = first.ownHead() ? reader.head(Slot.PREDICTION_HEAD, l, vocabulary, hidden) : next.head;
        normed.addConsumers(List.of(head));
        return new Further(
                new PredictionPart(spec, l, reader, own, scratch),
                normed(parts.layer(first.layer(), l)),
                new PlainResidual(hidden, scratch),
                new Prediction(reader.vector(Slot.PREDICTION_OUTPUT_NORM, l, hidden), head));
    }

    /** Builds the parts of layers, sharing what layers can share. */
    private static final class PartMaker {
        private final DecoderSpec spec;
        private final WeightReader reader;
        private final Scratch scratch;
        private final Selections selections;
        private final StepIds ids;
        private final Map<RotarySpec, RotaryTables> rotary = new HashMap<>();
        private final Map<FeedForwardSpec.Experts, List<ExpertsPart.Choices>> choices = new HashMap<>();
        private final OnlineAttention.Pool online;
        private final EntrySelector.Room selection;

        PartMaker(DecoderSpec spec, WeightReader reader, Scratch scratch, StepIds ids) {
            this.spec = spec;
            this.reader = reader;
            this.scratch = scratch;
            this.selections = new Selections(spec, reader, scratch, this::tables);
            this.ids = ids;
            this.online = new OnlineAttention.Pool(reader.ops(), reader.arena(), scratch.workers());
            this.selection = new EntrySelector.Room(reader.arena(), scratch.workers());
        }

        ResidualPart residual() {
            return switch (spec.residual()) {
                case ResidualSpec.Plain _ -> new PlainResidual(spec.hiddenSize(), scratch);
                case ResidualSpec.Sandwich _ -> ResultResidual.sandwich(spec, reader, scratch);
                case ResidualSpec.Normed given -> ResultResidual.normed(given, spec, scratch);
                case ResidualSpec.Hyper hyper -> new HyperResidual(hyper, spec, reader, scratch);
            };
        }

        Layer layer(LayerSpec layer, int l) {
            return new Layer(
                    reader.vector(Slot.ATTENTION_NORM, l, spec.hiddenSize()),
                    attention(layer.attention(), l),
                    reader.vector(Slot.FEED_FORWARD_NORM, l, spec.hiddenSize()),
                    feedForward(layer.feedForward(), l));
        }

        private AttentionPart attention(AttentionSpec attention, int l) {
            return switch (attention) {
                case AttentionSpec.GroupedQuery grouped ->
                    new GroupedQueryPart(grouped, l, spec, reader, turning(grouped.rotary()), null, scratch);
                case AttentionSpec.Latent latent -> latent(latent, null, l);
                case AttentionSpec.Selected selected -> selected(selected, l);
                case AttentionSpec.DeltaRule rule -> new DeltaRulePart(rule, l, spec, reader, scratch);
                case AttentionSpec.Lightning lightning -> new LightningPart(lightning, l, spec, reader, scratch);
                case AttentionSpec.Compressed compressed ->
                    new CompressedPart(
                            compressed, l, spec, reader, tables(compressed.rotary()), scratch, online, selection);
            };
        }

        private AttentionPart selected(AttentionSpec.Selected selected, int l) {
            return switch (selected.base()) {
                case AttentionSpec.Latent latent -> latent(latent, selections.of(selected.selection(), latent, l), l);
                case AttentionSpec.GroupedQuery grouped ->
                    new GroupedQueryPart(
                            grouped,
                            l,
                            spec,
                            reader,
                            turning(grouped.rotary()),
                            selections.of(selected.selection(), grouped.shape(null), l),
                            scratch);
                default -> throw new IllegalArgumentException("no selection of positions for " + selected.base());
            };
        }

        private AttentionPart latent(AttentionSpec.Latent latent, @Nullable Selecting selecting, int l) {
            return new LatentPart(latent, l, spec, reader, turning(latent.rotary()), selecting, scratch);
        }

        private FeedForwardPart feedForward(FeedForwardSpec feedForward, int l) {
            return switch (feedForward) {
                case FeedForwardSpec.Gated gated ->
                    new GatedPart(
                            Slot.GATE,
                            Slot.UP,
                            Slot.DOWN,
                            gated.width(),
                            gated.function(),
                            gated.bias(),
                            l,
                            spec,
                            reader,
                            Scratch.Span.DENSE,
                            Scratch.Span.DENSE,
                            scratch);
                case FeedForwardSpec.Experts experts ->
                    new ExpertsPart(experts, l, spec, reader, scratch, ids, choices(experts));
            };
        }

        private @Nullable RotaryTables turning(@Nullable RotarySpec rotarySpec) {
            return rotarySpec == null ? null : tables(rotarySpec);
        }

        private RotaryTables tables(RotarySpec rotarySpec) {
            return rotary.computeIfAbsent(rotarySpec, RotaryTables::new);
        }

        /** The choices that layers share: each worker's own for few tokens, then those of any number. */
        private List<ExpertsPart.Choices> choices(FeedForwardSpec.Experts experts) {
            return choices.computeIfAbsent(experts, e -> {
                int perToken = e.router().perToken();
                List<ExpertsPart.Choices> all = new ArrayList<>();
                for (int i = 0; i < scratch.workers(); i++) {
                    all.add(new ExpertsPart.Choices(Ops.FEW * perToken, e.experts()));
                }
                all.add(new ExpertsPart.Choices(scratch.maxTokens() * perToken, e.experts()));
                return all;
            });
        }
    }

    /**
     * Loads a decoder.
     *
     * @throws dev.jerboa.model.ModelException where a tensor is missing or of another shape than {@code spec} says, where an adaptation
     *     is of another size than its projection, or a layer that predicts a token further is wanted and there is none
     */
    public static Decoder load(
            DecoderSpec spec, TensorNames names, TensorSource tensors, Ops ops, Team team, DecoderOptions options) {
        PageArena arena = new PageArena();
        try {
            return new Decoder(spec, names, tensors, ops, team, options, arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** How experts have come and gone that do not all fit in memory; empty where they do. Thread-safe. */
    public Optional<ExpertTraffic> expertTraffic() {
        return Optional.ofNullable(experts).map(ExpertStore::traffic);
    }

    public DecoderSpec spec() {
        return spec;
    }

    /** What each layer keeps of a position, in order of layers. */
    public List<KvShape> cacheShape() {
        return spec.cacheShape();
    }

    /** Whether {@link #predictFurther} can be called. */
    public boolean predictsFurther() {
        return further != null;
    }

    /** What the layer that predicts a token further keeps of a position: the cache of {@link #predictFurther}. */
    public List<KvShape> furtherCacheShape() {
        return List.of(spec.predictions().getFirst().layer().attention().cacheShape());
    }

    /** A new step for this decoder. */
    public Step step() {
        return new Step(maxTokens, spec.vocabularySize(), spec.hiddenSize());
    }

    /** Bytes of weights, as held in memory, that generating one token reads. */
    public long weightBytesPerToken() {
        return next.head.bytes() + embedding.rowBytes() + layerWork().bytes();
    }

    /**
     * Weights that a step multiplies and adds: what {@code tokens} tokens pass in the layers, and {@code logits} of them in
     * the head. Attention over the cache comes on top.
     */
    public long multiplyAdds(long tokens, long logits) {
        return tokens * layerWork().multiplyAdds()
                + logits * TokenWork.of(next.head).multiplyAdds();
    }

    private TokenWork layerWork() {
        TokenWork work = residual.work();
        for (Layer layer : layers) {
            work = work.plus(layer.attention.work()).plus(layer.feedForward.work());
        }
        return work;
    }

    /** Where most of the weight bytes lie that a token reads. */
    public WeightPages weightPages() {
        if (ownWeightBytes < weightBytesPerToken() / 2) {
            return WeightPages.MAPPED;
        }
        return arena.huge() ? WeightPages.HUGE : WeightPages.SMALL;
    }

    /** Bytes of weights by how products find them: what is not {@link Weights.Way#PACKED} lies in the checkpoint's files. */
    public Map<Weights.Way, Long> weightBytesByWay() {
        return bytesByWay;
    }

    /** Bytes of weights held in memory of this decoder's own, beside the checkpoint's files. */
    public long ownWeightBytes() {
        return ownWeightBytes;
    }

    /**
     * Runs the step's tokens through the decoder: writes their keys and values to the cache, and the wanted logits to
     * {@link Step#logits}.
     *
     * @param cache the layers' memory, in the shapes of {@link #cacheShape}
     */
    public void forward(Step step, List<KvLayer> cache) {
        if (cache.size() != layers.size()) {
            throw new IllegalArgumentException(
                    "a cache of " + cache.size() + " layers for a decoder of " + layers.size());
        }
        if (step.count() == 0) {
            return;
        }
        begin(step);
        if (keepsStates) {
            step.requireStates();
        }
        int reach = step.reach();
        layers.forEach(layer -> layer.attention.reach(reach));
        StepTokens tokens = step.tokens();
        team.run(worker -> run(worker, step, tokens, cache));
    }

    /**
     * Predicts, of tokens and the states before them ({@link Step#addAfter}), the tokens after the next: logits to {@link
     * Step#logits}, and to {@link Step#states} where the step keeps them the states for predicting further still.
     *
     * @param cache the memory of the layer that does it, in the shape of {@link #furtherCacheShape}
     * @throws IllegalStateException where the decoder was loaded without that layer
     */
    public void predictFurther(Step step, KvLayer cache) {
        Further layer = further;
        if (layer == null) {
            throw new IllegalStateException("the decoder was loaded without the layer that predicts further tokens");
        }
        if (step.count() == 0) {
            return;
        }
        FloatRows before = step.before();
        begin(step);
        layer.layer.attention.reach(step.reach());
        StepTokens tokens = step.tokens();
        team.run(worker -> {
            layer.begin.begin(worker, step, before, layer.residual.target());
            run(worker, step.count(), tokens, layer.layer, 0, layer.residual, cache);
            end(worker, step, layer.residual, layer.prediction);
        });
    }

    private void begin(Step step) {
        if (experts != null) {
            experts.begin();
        }
        step.reserve();
        step.requireAdaptations(adaptations);
        adapted.of(step);
        ids.of(step);
        headTurns.reset();
    }

    private void run(Worker worker, Step step, StepTokens tokens, List<KvLayer> cache) {
        residual.begin(worker, embedding, step);
        for (int l = 0; l < layers.size(); l++) {
            run(worker, step.count(), tokens, layers.get(l), 2 * l, residual, cache.get(l));
        }
        end(worker, step, residual, next);
    }

    private void run(
            Worker worker, int count, StepTokens tokens, Layer layer, int site, ResidualPart state, KvLayer cache) {
        FloatRows out = state.target();
        boolean accumulate = state.accumulates();
        worker.barrier();
        FloatRows x = state.read(worker, site, count);
        Panel panel = normed.of(worker, x, count, layer.attentionNorm, spec.normEps());
        layer.attention.forward(worker, tokens, panel, cache, out, accumulate);
        state.write(worker, site, count, panel);
        worker.barrier();
        x = state.read(worker, site + 1, count);
        panel = normed.of(worker, x, count, layer.feedForwardNorm, spec.normEps());
        layer.feedForward.forward(worker, count, panel, out, accumulate);
        state.write(worker, site + 1, count, panel);
    }

    private void end(Worker worker, Step step, ResidualPart state, Prediction prediction) {
        int count = step.count();
        if (step.wantedCount() == 0 && !step.keepsStates()) {
            return;
        }
        worker.barrier();
        FloatRows x = state.end(worker, count);
        if (step.keepsStates()) {
            for (int i = worker.from(count, 1), end = worker.to(count, 1); i < end; i++) {
                norm(x, i, prediction.norm, step.states());
            }
        }
        if (step.wantedCount() > 0) {
            predict(worker, step, x, prediction);
        }
    }

    private void predict(Worker worker, Step step, FloatRows x, Prediction prediction) {
        int wanted = step.wantedCount();
        FloatRows rows = x;
        if (wanted < step.count()) {
            rows = last.rows();
            for (int i = worker.from(wanted, 1), end = worker.to(wanted, 1); i < end; i++) {
                MemorySegment.copy(
                        x.data(), x.offset(step.wanted(i)), rows.data(), rows.offset(i), (long) x.cols() * Float.BYTES);
            }
            worker.barrier();
        }
        if (step.wantsStates()) {
            for (int i = worker.from(wanted, 1), end = worker.to(wanted, 1); i < end; i++) {
                norm(rows, i, prediction.norm, step.states());
            }
            return;
        }
        Panel panel = normed.of(worker, rows, wanted, prediction.norm, spec.normEps());
        ops.product(headTurns.of(worker), prediction.head, panel, wanted, step.logits());
        float cap = spec.scales().logitCap();
        if (cap > 0) {
            worker.barrier();
            cap(worker, step.logits(), wanted, cap);
        }
    }

    /** Bounds the logits: {@code cap · tanh(logit / cap)}. Share: by column. */
    private static void cap(Worker worker, FloatRows logits, int count, float cap) {
        for (int t = 0; t < count; t++) {
            for (int c = worker.from(logits.cols(), 1), end = worker.to(logits.cols(), 1); c < end; c++) {
                logits.set(t, c, (float) (cap * Math.tanh(logits.get(t, c) / cap)));
            }
        }
    }

    /** Norms a row for those who want the state itself: not rounded as a product's input may be. */
    private void norm(FloatRows from, int row, FloatRows weight, FloatRows to) {
        double squares = 0;
        for (int c = 0; c < from.cols(); c++) {
            double x = from.get(row, c);
            squares += x * x;
        }
        double scale = 1 / Math.sqrt(squares / from.cols() + spec.normEps());
        for (int c = 0; c < from.cols(); c++) {
            to.set(row, c, (float) (from.get(row, c) * scale * weight.get(0, c)));
        }
    }

    /** Gives the working memory back; no step may be running. */
    @Override
    public void close() {
        if (experts != null) {
            experts.close();
        }
        arena.close();
    }
}
