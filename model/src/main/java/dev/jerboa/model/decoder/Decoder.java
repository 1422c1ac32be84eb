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
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private final PageArena arena = new PageArena();
    private final int maxTokens;
    private final int adaptations;
    private final AdaptedTokens adapted;
    private final StepIds ids = new StepIds();
    private final Embedding embedding;
    private final List<Layer> layers = new ArrayList<>();
    private final FloatRows outputNorm;
    private final Weights head;
    /** The last product of a step: nobody has to know whose share a row of it was. */
    private final Turns headTurns = new Turns();

    private final long ownWeightBytes;
    private final Map<Weights.Way, Long> bytesByWay;
    private final ResidualPart residual;
    private final NormedRows normed;
    private final Scratch.Table last;

    private record Layer(
            FloatRows attentionNorm, AttentionPart attention, FloatRows feedForwardNorm, FeedForwardPart feedForward) {}

    private Decoder(
            DecoderSpec spec,
            TensorNames names,
            TensorSource tensors,
            Ops ops,
            Ops.Precision precision,
            Team team,
            int maxTokens,
            List<Adaptation> adaptations) {
        this.spec = spec;
        this.keepsStates = spec.keepsStates();
        this.ops = ops;
        this.team = team;
        this.maxTokens = maxTokens;
        int hidden = spec.hiddenSize();
        Scratch scratch = new Scratch(maxTokens, team.size());
        AdaptationReader beside = new AdaptationReader(adaptations, ops, arena, scratch);
        WeightReader reader = new WeightReader(names, tensors, ops, precision, arena, beside);
        this.adapted = beside.tokens();
        this.adaptations = adaptations.size();
        PartMaker parts = new PartMaker(spec, reader, scratch, ids);
        Matrix embedded = reader.matrix(Slot.EMBEDDING, spec.vocabularySize(), hidden);
        this.residual = parts.residual();
        this.last = scratch.table(Scratch.Span.PREDICTION, "last", hidden, 1);
        this.normed = new NormedRows(ops, scratch, Scratch.Span.STEP, "normed", hidden);
        for (int l = 0; l < spec.layers().size(); l++) {
            Layer layer = parts.layer(l);
            normed.addConsumers(layer.attention.consumers());
            normed.addConsumers(layer.feedForward.consumers());
            layers.add(layer);
        }
        this.outputNorm = reader.vector(Slot.OUTPUT_NORM, 0, hidden);
        UnitFunction.scale(outputNorm, 0, 0, hidden, spec.scales().logits());
        this.head = spec.tiedHead() ? reader.weights(embedded) : reader.head(spec.vocabularySize(), hidden);
        boolean headInPlace = spec.tiedHead() && head.way() != Weights.Way.PACKED;
        this.embedding = new Embedding(ops, embedded, spec.scales().embedding(), headInPlace, team.size());
        normed.addConsumers(List.of(head));
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

    /** Builds the parts of layers, sharing what layers can share. */
    private static final class PartMaker {
        private final DecoderSpec spec;
        private final WeightReader reader;
        private final Scratch scratch;
        private final StepIds ids;
        private final Map<RotarySpec, RotaryTables> rotary = new HashMap<>();
        private final Map<FeedForwardSpec.Experts, List<ExpertsPart.Choices>> choices = new HashMap<>();
        private final OnlineAttention.Pool online;
        private final EntrySelector.Room selection;

        PartMaker(DecoderSpec spec, WeightReader reader, Scratch scratch, StepIds ids) {
            this.spec = spec;
            this.reader = reader;
            this.scratch = scratch;
            this.ids = ids;
            this.online = new OnlineAttention.Pool(reader.ops(), reader.arena(), scratch.workers());
            this.selection = new EntrySelector.Room(reader.arena(), scratch.workers());
        }

        ResidualPart residual() {
            return switch (spec.residual()) {
                case ResidualSpec.Plain _ -> new PlainResidual(spec.hiddenSize(), scratch);
                case ResidualSpec.Sandwich _ -> new SandwichResidual(spec, reader, scratch);
                case ResidualSpec.Normed given -> new NormedResidual(given, spec, scratch);
                case ResidualSpec.Hyper hyper -> new HyperResidual(hyper, spec, reader, scratch);
            };
        }

        Layer layer(int l) {
            LayerSpec layer = spec.layers().get(l);
            return new Layer(
                    reader.vector(Slot.ATTENTION_NORM, l, spec.hiddenSize()),
                    attention(layer.attention(), l),
                    reader.vector(Slot.FEED_FORWARD_NORM, l, spec.hiddenSize()),
                    feedForward(layer.feedForward(), l));
        }

        private AttentionPart attention(AttentionSpec attention, int l) {
            return switch (attention) {
                case AttentionSpec.GroupedQuery grouped ->
                    new GroupedQueryPart(grouped, l, spec, reader, turning(grouped.rotary()), scratch);
                case AttentionSpec.Latent latent ->
                    new LatentPart(latent, l, spec, reader, tables(latent.rotary()), scratch);
                case AttentionSpec.DeltaRule rule -> new DeltaRulePart(rule, l, spec, reader, scratch);
                case AttentionSpec.Lightning lightning -> new LightningPart(lightning, l, spec, reader, scratch);
                case AttentionSpec.Compressed compressed ->
                    new CompressedPart(
                            compressed, l, spec, reader, tables(compressed.rotary()), scratch, online, selection);
            };
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
     * @param maxTokens the most tokens a {@link Step} of this decoder takes
     * @throws dev.jerboa.model.ModelException where a tensor is missing or of another shape than {@code spec} says
     */
    public static Decoder load(
            DecoderSpec spec,
            TensorNames names,
            TensorSource tensors,
            Ops ops,
            Ops.Precision precision,
            Team team,
            int maxTokens) {
        return load(spec, names, tensors, ops, precision, team, maxTokens, List.of());
    }

    /**
     * Loads a decoder with adaptations. Each token of a {@link Step} has one of them, the first one if nothing else is said.
     *
     * @throws dev.jerboa.model.ModelException also where an adaptation is of another size than its projection
     */
    public static Decoder load(
            DecoderSpec spec,
            TensorNames names,
            TensorSource tensors,
            Ops ops,
            Ops.Precision precision,
            Team team,
            int maxTokens,
            List<Adaptation> adaptations) {
        return new Decoder(spec, names, tensors, ops, precision, team, maxTokens, List.copyOf(adaptations));
    }

    public DecoderSpec spec() {
        return spec;
    }

    /** What each layer keeps of a position, in order of layers. */
    public List<KvShape> cacheShape() {
        return spec.cacheShape();
    }

    /** A new step for this decoder. */
    public Step step() {
        return new Step(maxTokens, spec.vocabularySize(), spec.hiddenSize());
    }

    /** Bytes of weights, as held in memory, that generating one token reads. */
    public long weightBytesPerToken() {
        return head.bytes() + embedding.rowBytes() + layerWork().bytes();
    }

    /**
     * Weights that a step multiplies and adds: what {@code tokens} tokens pass in the layers, and {@code logits} of them in
     * the head. Attention over the cache comes on top.
     */
    public long multiplyAdds(long tokens, long logits) {
        return tokens * layerWork().multiplyAdds() + logits * TokenWork.of(head).multiplyAdds();
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
        step.reserve();
        step.requireAdaptations(adaptations);
        if (keepsStates) {
            step.requireStates();
        }
        adapted.of(step);
        ids.of(step);
        int reach = step.reach();
        layers.forEach(layer -> layer.attention.reach(reach));
        StepTokens tokens = step.tokens();
        headTurns.reset();
        team.run(worker -> run(worker, step, tokens, cache));
    }

    private void run(Worker worker, Step step, StepTokens tokens, List<KvLayer> cache) {
        int count = step.count();
        FloatRows out = residual.target();
        boolean accumulate = residual.accumulates();
        residual.begin(worker, embedding, step);
        for (int l = 0; l < layers.size(); l++) {
            Layer layer = layers.get(l);
            int site = 2 * l;
            worker.barrier();
            FloatRows x = residual.read(worker, site, count);
            Panel panel = normed.of(worker, x, count, layer.attentionNorm, spec.normEps());
            layer.attention.forward(worker, tokens, panel, cache.get(l), out, accumulate);
            residual.write(worker, site, count, panel);
            worker.barrier();
            x = residual.read(worker, site + 1, count);
            panel = normed.of(worker, x, count, layer.feedForwardNorm, spec.normEps());
            layer.feedForward.forward(worker, count, panel, out, accumulate);
            residual.write(worker, site + 1, count, panel);
        }
        if (step.wantedCount() > 0) {
            worker.barrier();
            predict(worker, step, residual.end(worker, count));
        }
    }

    private void predict(Worker worker, Step step, FloatRows x) {
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
                norm(rows, i, step.states());
            }
            return;
        }
        Panel panel = normed.of(worker, rows, wanted, outputNorm, spec.normEps());
        ops.product(headTurns.of(worker), head, panel, wanted, step.logits());
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
    private void norm(FloatRows from, int row, FloatRows to) {
        double squares = 0;
        for (int c = 0; c < from.cols(); c++) {
            double x = from.get(row, c);
            squares += x * x;
        }
        double scale = 1 / Math.sqrt(squares / from.cols() + spec.normEps());
        for (int c = 0; c < from.cols(); c++) {
            to.set(row, c, (float) (from.get(row, c) * scale * outputNorm.get(0, c)));
        }
    }

    /** Gives the working memory back; no step may be running. */
    @Override
    public void close() {
        arena.close();
    }
}
