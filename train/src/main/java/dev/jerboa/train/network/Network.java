package dev.jerboa.train.network;

import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.train.autograd.Add;
import dev.jerboa.train.autograd.Attention;
import dev.jerboa.train.autograd.Clamp;
import dev.jerboa.train.autograd.CompressedAttention;
import dev.jerboa.train.autograd.Concat;
import dev.jerboa.train.autograd.Embedding;
import dev.jerboa.train.autograd.Entries;
import dev.jerboa.train.autograd.EntrySelection;
import dev.jerboa.train.autograd.Experts;
import dev.jerboa.train.autograd.GatedUnit;
import dev.jerboa.train.autograd.GroupedLinear;
import dev.jerboa.train.autograd.HeadLoss;
import dev.jerboa.train.autograd.Linear;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.RmsNorm;
import dev.jerboa.train.autograd.Rotation;
import dev.jerboa.train.autograd.Routing;
import dev.jerboa.train.autograd.SeenEntries;
import dev.jerboa.train.autograd.StreamEnds;
import dev.jerboa.train.autograd.StreamHead;
import dev.jerboa.train.autograd.StreamRead;
import dev.jerboa.train.autograd.StreamWrite;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.autograd.Tensor;
import dev.jerboa.train.autograd.Weight;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A decoder on a tape, from token ids to losses.
 *
 * <pre>
 * embedding → (streams) → layers: site(attention), site(feed-forward) → (one state) → norm → head and loss
 *                              └ one state → [norm(next embedding) ; norm(state)] → projection → one more layer → norm → head and loss
 * </pre>
 *
 * <p>The lower line is multi-token prediction (DeepSeek-V3, arXiv 2412.19437, depth 1): its tensors are those of layer L, one past the
 * last; embedding and head are the main model's.
 */
public final class Network {
    private static final List<Slot> STREAM_HEAD =
            List.of(Slot.STREAM_HEAD_FUNCTION, Slot.STREAM_HEAD_BASE, Slot.STREAM_HEAD_SCALE);

    private final DecoderSpec spec;
    private final NetworkWeights weights;
    private final Tape tape;
    private final double balance;
    private final Recompute recompute;
    private final Arena arena;
    private final Map<RotarySpec, RotaryTable> cosines = new HashMap<>();
    private final Map<Integer, Parameter> ones = new HashMap<>();
    private final List<Routing> routings = new ArrayList<>();
    private final List<StreamRead> sites = new ArrayList<>();
    private final HeadLoss loss;
    private final @Nullable HeadLoss aheadLoss;
    private @Nullable Tensor earlier;
    private StreamWrite.@Nullable Later unwritten;

    /**
     * Writes a decoder onto a tape, all of whose weights are trained, and plans it.
     *
     * @param ahead whether tokens after the next are predicted too
     * @param balance α of the experts' balance within sequences, 0 for none
     * @param recompute what passes with derivatives compute again
     */
    public Network(
            DecoderSpec spec,
            TensorNames names,
            boolean ahead,
            double balance,
            Recompute recompute,
            Parameters parameters,
            Tape tape,
            Arena arena) {
        this(spec, new FreshWeights(spec.family(), names, parameters), ahead, balance, recompute, tape, arena);
    }

    /** Writes a decoder with weights from elsewhere onto a tape and plans it. */
    public Network(
            DecoderSpec spec,
            NetworkWeights weights,
            boolean ahead,
            double balance,
            Recompute recompute,
            Tape tape,
            Arena arena) {
        Trainable.require(spec);
        this.spec = spec;
        this.weights = weights;
        this.tape = tape;
        this.balance = balance;
        this.recompute = recompute;
        this.arena = arena;
        int hidden = spec.hiddenSize();
        Weight embedding = matrix(Slot.EMBEDDING, 0, spec.vocabularySize(), hidden);
        Tensor x = new Embedding(tape, embedding, false).out();
        int block = recompute.layers(spec);
        for (int l = 0; l < spec.layers().size(); l++) {
            if (block > 0 && l % block == 0) {
                x = written(x);
                tape.beginBlock(recompute.parts());
            }
            x = layer(spec.layers().get(l), l, l == 0 ? begin(x) : x);
        }
        x = written(x);
        tape.endBlock();
        Tensor state = end(x, weights.has(Slot.STREAM_HEAD_FUNCTION) ? weights.name(Slot.STREAM_HEAD_FUNCTION, 0) : "");
        Weight head = spec.tiedHead() ? embedding : matrix(Slot.HEAD, 0, spec.vocabularySize(), hidden);
        Tensor normed = new RmsNorm(tape, state, vector(Slot.OUTPUT_NORM, 0, hidden), spec.normEps()).out();
        this.loss = new HeadLoss(tape, normed, head, false);
        this.aheadLoss = ahead ? ahead(embedding, state, head) : null;
        tape.plan();
    }

    private HeadLoss ahead(Weight embedding, Tensor state, Weight head) {
        int hidden = spec.hiddenSize();
        int l = spec.layers().size();
        String layer = "model.layers." + l + ".";
        Tensor next = new Embedding(tape, embedding, true).out();
        Tensor of = new RmsNorm(tape, next, weights.named(layer + "enorm.weight", hidden), spec.normEps()).out();
        Tensor now = new RmsNorm(tape, state, weights.named(layer + "hnorm.weight", hidden), spec.normEps()).out();
        Tensor both = new Concat(tape, of, now).out();
        Tensor x = new Linear(tape, both, weights.named(layer + "eh_proj.weight", hidden, 2L * hidden)).out();
        earlier = null;
        if (recompute.layers(spec) > 0) {
            tape.beginBlock(recompute.parts());
        }
        x = written(layer(spec.layers().getLast(), l, begin(x)));
        tape.endBlock();
        x = end(x, layer + "hc_head_fn");
        Parameter norm = weights.named(layer + "shared_head.norm.weight", hidden);
        return new HeadLoss(tape, new RmsNorm(tape, x, norm, spec.normEps()).out(), head, true);
    }

    private Weight matrix(Slot slot, int layer, int rows, int cols) {
        return weights.matrix(slot, layer, NetworkWeights.NO_EXPERT, rows, cols);
    }

    private Parameter vector(Slot slot, int layer, long size) {
        return weights.table(slot, layer, size);
    }

    private Tensor linear(Tensor x, Slot slot, int layer, int rows, boolean bias) {
        return linear(x, slot, layer, rows, bias, 0, rows);
    }

    /** {@code count} outputs of a projection of {@code rows}, from {@code first} on. */
    private Tensor linear(Tensor x, Slot slot, int layer, int rows, boolean bias, int first, int count) {
        Weight weight = matrix(slot, layer, rows, x.cols());
        return new Linear(
                        tape,
                        x,
                        weight,
                        first,
                        count,
                        bias ? weights.bias(slot, layer, rows) : null,
                        weights.beside(slot, layer, NetworkWeights.NO_EXPERT).orElse(null))
                .out();
    }

    private Tensor begin(Tensor x) {
        return spec.residual() instanceof Hyper hyper ? new StreamEnds.Copies(tape, x, hyper.streams()).out() : x;
    }

    /** One state a token from its streams; {@code function} names the learned head's tensor. */
    private Tensor end(Tensor x, String function) {
        if (!(spec.residual() instanceof Hyper hyper)) {
            return x;
        }
        int n = hyper.streams();
        return switch (hyper.head()) {
            case SUM -> new StreamEnds.Sum(tape, x, n, 1).out();
            case MEAN -> new StreamEnds.Sum(tape, x, n, 1f / n).out();
            case LEARNED -> {
                String stem = function.substring(0, function.length() - "fn".length());
                yield new StreamHead(
                                tape,
                                hyper.eps(),
                                spec.normEps(),
                                x,
                                streamHead(function, n, x.cols()),
                                streamHead(stem + "base", n),
                                streamHead(stem + "scale", 1))
                        .out();
            }
        };
    }

    /** A tensor of the learned head, the main model's by its slot and that of the layer ahead by its name. */
    private Parameter streamHead(String name, long... shape) {
        for (Slot slot : STREAM_HEAD) {
            if (weights.has(slot) && weights.name(slot, 0).equals(name)) {
                return weights.table(slot, 0, shape);
            }
        }
        return weights.named(name, shape);
    }

    private Tensor layer(LayerSpec layer, int l, Tensor x) {
        Tensor after = site(
                x,
                l,
                Slot.STREAM_ATTENTION_FUNCTION,
                Slot.STREAM_ATTENTION_BASE,
                Slot.STREAM_ATTENTION_SCALE,
                Slot.ATTENTION_NORM,
                normed -> attention(layer.attention(), l, normed));
        return site(
                after,
                l,
                Slot.STREAM_FEED_FORWARD_FUNCTION,
                Slot.STREAM_FEED_FORWARD_BASE,
                Slot.STREAM_FEED_FORWARD_SCALE,
                Slot.FEED_FORWARD_NORM,
                normed -> feedForward(layer.feedForward(), l, normed));
    }

    private interface SubLayer {
        Tensor of(Tensor normed);
    }

    /** The streams after the last site, whatever reads them. */
    private Tensor written(Tensor x) {
        if (unwritten == null) {
            return x;
        }
        Tensor streams = unwritten.alone(tape).out();
        unwritten = null;
        return streams;
    }

    /** With streams, what comes of it is written by the next site, or by {@link #written}. */
    private Tensor site(Tensor x, int l, Slot function, Slot base, Slot scale, Slot norm, SubLayer subLayer) {
        Parameter weight = vector(norm, l, spec.hiddenSize());
        return switch (spec.residual()) {
            case ResidualSpec.Plain plain ->
                new Add(tape, x, subLayer.of(new RmsNorm(tape, x, weight, spec.normEps()).out())).out();
            case ResidualSpec.Sandwich sandwich -> {
                Tensor result = subLayer.of(new RmsNorm(tape, x, weight, spec.normEps()).out());
                Slot after = norm == Slot.ATTENTION_NORM ? Slot.ATTENTION_RESULT_NORM : Slot.FEED_FORWARD_RESULT_NORM;
                Parameter weightAfter = vector(after, l, spec.hiddenSize());
                yield new Add(tape, x, new RmsNorm(tape, result, weightAfter, spec.normEps()).out()).out();
            }
            case ResidualSpec.Normed _ -> throw untrained("a residual of normed states");
            case Hyper hyper -> {
                StreamWrite before = unwritten == null ? null : unwritten.before(tape);
                Tensor streams = before == null ? x : before.out();
                StreamRead read = new StreamRead(
                        tape,
                        hyper,
                        spec.normEps(),
                        streams,
                        before,
                        weights.table(function, l, hyper.functionRows(), hyper.functionCols(spec.hiddenSize())),
                        vector(base, l, hyper.baseSize()),
                        vector(scale, l, 3),
                        earlier);
                sites.add(read);
                read.mix().keep();
                if (hyper.singlePass()) {
                    earlier = read.pre();
                }
                Tensor y = subLayer.of(new RmsNorm(tape, read.read(), weight, spec.normEps()).out());
                unwritten = new StreamWrite.Later(streams, read.mix(), y);
                yield streams;
            }
        };
    }

    private RotaryTable cosines(RotarySpec rotary) {
        return cosines.computeIfAbsent(rotary, r -> r.table(tape.maxTokens(), arena));
    }

    private Tensor attention(AttentionSpec attention, int l, Tensor x) {
        return switch (attention) {
            case AttentionSpec.GroupedQuery grouped -> groupedQuery(grouped, l, x);
            case AttentionSpec.Latent latent -> latent(latent, l, x);
            case AttentionSpec.DeltaRule _ -> throw untrained("the delta rule (linear attention)");
            case AttentionSpec.Lightning _ -> throw untrained("lightning attention");
            case AttentionSpec.Selected _ -> throw untrained("attention to selected positions");
            case AttentionSpec.Compressed compressed -> compressed(compressed, l, x);
        };
    }

    private ModelException untrained(String what) {
        return new ModelException(
                "family " + spec.family() + " has " + what
                        + ", whose derivative training does not know; it trains grouped-query and latent attention, gated units and experts");
    }

    private Tensor groupedQuery(AttentionSpec.GroupedQuery a, int l, Tensor x) {
        if (a.outputGate()) {
            throw untrained("an output gate of attention");
        }
        Tensor q = linear(x, Slot.QUERY, l, a.heads() * a.headDim(), a.inputBias());
        Tensor k = linear(x, Slot.KEY, l, a.kvHeads() * a.headDim(), a.inputBias());
        Tensor v = linear(x, Slot.VALUE, l, a.kvHeads() * a.headDim(), a.inputBias());
        if (a.headNorm()) {
            q = new RmsNorm(tape, q, vector(Slot.QUERY_NORM, l, a.headDim()), spec.normEps()).out();
            k = new RmsNorm(tape, k, vector(Slot.KEY_NORM, l, a.headDim()), spec.normEps()).out();
        }
        RotarySpec rotary = a.rotary();
        if (rotary != null) {
            q = new Rotation(tape, q, cosines(rotary), a.heads(), 0).out();
            k = new Rotation(tape, k, cosines(rotary), a.kvHeads(), 0).out();
        }
        Tensor attended = new Attention(
                        tape,
                        q,
                        new Attention.Heads(k, 0, a.headDim(), a.headDim()),
                        null,
                        new Attention.Heads(v, 0, a.headDim(), a.headDim()),
                        a.heads(),
                        a.kvHeads(),
                        a.scale(),
                        a.window())
                .out();
        return linear(attended, Slot.ATTENTION_OUTPUT, l, spec.hiddenSize(), a.outputBias());
    }

    /** Latent attention, expanded: keys and values of all heads are computed from the latent. */
    private Tensor latent(AttentionSpec.Latent a, int l, Tensor x) {
        RotarySpec rotary = a.rotary();
        if (rotary == null || a.queryScaling() != null) {
            throw new ModelException("family " + spec.family() + " has latent attention "
                    + (rotary == null ? "without rotation" : "with queries scaled by position") + " in layer " + l
                    + "; training knows rotated queries only");
        }
        int head = a.plainDim() + a.rotaryDim();
        Tensor q;
        if (a.queryRank() > 0) {
            q = linear(x, Slot.QUERY_DOWN, l, a.queryRank(), a.bias());
            q = new RmsNorm(tape, q, vector(Slot.QUERY_DOWN_NORM, l, a.queryRank()), a.latentNormEps()).out();
            q = linear(q, Slot.QUERY_UP, l, a.heads() * head, false);
        } else {
            q = linear(x, Slot.QUERY, l, a.heads() * head, false);
        }
        q = new Rotation(tape, q, cosines(rotary), a.heads(), a.plainDim()).out();
        int down = a.latentDim() + a.rotaryDim();
        Tensor latent = linear(x, Slot.LATENT_DOWN, l, down, a.bias(), 0, a.latentDim());
        Tensor shared = linear(x, Slot.LATENT_DOWN, l, down, a.bias(), a.latentDim(), a.rotaryDim());
        latent = new RmsNorm(tape, latent, vector(Slot.LATENT_NORM, l, a.latentDim()), a.latentNormEps()).out();
        shared = new Rotation(tape, shared, cosines(rotary), 1, 0).out();
        int pair = a.plainDim() + a.valueDim();
        Tensor both = linear(latent, Slot.LATENT_UP, l, a.heads() * pair, false);
        Tensor attended = new Attention(
                        tape,
                        q,
                        new Attention.Heads(both, 0, pair, a.plainDim()),
                        new Attention.Heads(shared, 0, 0, a.rotaryDim()),
                        new Attention.Heads(both, a.plainDim(), pair, a.valueDim()),
                        a.heads(),
                        a.heads(),
                        a.scale(),
                        0)
                .out();
        return linear(attended, Slot.ATTENTION_OUTPUT, l, spec.hiddenSize(), a.bias());
    }

    private Tensor compressed(AttentionSpec.Compressed a, int l, Tensor x) {
        RotaryTable turns = cosines(a.rotary());
        int dim = a.headDim();
        int first = dim - a.rotary().dims();
        Tensor latent = linear(x, Slot.QUERY_DOWN, l, a.queryRank(), false);
        latent = new RmsNorm(tape, latent, vector(Slot.QUERY_DOWN_NORM, l, a.queryRank()), a.normEps()).out();
        Tensor q = linear(latent, Slot.QUERY_UP, l, a.heads() * dim, false);
        q = new RmsNorm(tape, q, ones(dim), a.normEps()).out();
        q = new Rotation(tape, q, turns, a.heads(), first).out();
        Tensor key = linear(x, Slot.KEY_VALUE, l, dim, false);
        key = new RmsNorm(tape, key, vector(Slot.KEY_VALUE_NORM, l, dim), a.normEps()).out();
        key = new Rotation(tape, key, turns, 1, first).out();
        AttentionSpec.Compression compression = a.compression();
        Tensor entries = compression == null ? null : entries(a, compression, l, x);
        SeenEntries seen = compression == null || compression.selection() == null
                ? null
                : selection(a, compression, compression.selection(), l, x, latent);
        Tensor attended = new CompressedAttention(
                        tape,
                        q,
                        key,
                        entries,
                        compression == null ? 1 : compression.every(),
                        seen,
                        vector(Slot.ATTENTION_SINKS, l, a.heads()),
                        a.window(),
                        a.scale())
                .out();
        attended = new Rotation(tape, attended, turns, a.heads(), first, 1, true).out();
        Weight groups = matrix(Slot.GROUPED_OUTPUT, l, a.groups() * a.groupRank(), a.groupDim());
        Tensor grouped = new GroupedLinear(tape, attended, groups, a.groups()).out();
        return linear(grouped, Slot.ATTENTION_OUTPUT, l, spec.hiddenSize(), false);
    }

    /** A norm's weight that changes nothing. */
    private Parameter ones(int size) {
        return ones.computeIfAbsent(size, n -> {
            Parameter made = Parameter.fixed(arena, "ones", n);
            for (int i = 0; i < n; i++) {
                made.value().set(0, i, 1);
            }
            return made;
        });
    }

    private Tensor entries(AttentionSpec.Compressed a, AttentionSpec.Compression compression, int l, Tensor x) {
        int width = compression.halves() * a.headDim();
        Tensor values = linear(x, Slot.COMPRESSOR_VALUE, l, width, false);
        Tensor gates = linear(x, Slot.COMPRESSOR_GATE, l, width, false);
        return entries(
                a,
                compression,
                values,
                gates,
                weights.table(Slot.COMPRESSOR_BIAS, l, compression.every(), width),
                vector(Slot.COMPRESSOR_NORM, l, a.headDim()));
    }

    private Tensor entries(
            AttentionSpec.Compressed a,
            AttentionSpec.Compression compression,
            Tensor values,
            Tensor gates,
            Parameter bias,
            Parameter norm) {
        Tensor entries = new Entries(tape, values, gates, bias, compression.overlapping()).out();
        entries = new RmsNorm(tape, entries, norm, a.normEps()).out();
        int first = entries.cols() - a.rotary().dims();
        return new Rotation(tape, entries, cosines(a.rotary()), 1, first, compression.every(), false).out();
    }

    /** What selects entries has no derivative, so its weights stay as they are. */
    private SeenEntries selection(
            AttentionSpec.Compressed a,
            AttentionSpec.Compression compression,
            AttentionSpec.Selection s,
            int l,
            Tensor x,
            Tensor latent) {
        int dim = s.headDim();
        int width = compression.halves() * dim;
        Tensor q = constant(latent, Slot.SELECTION_QUERY, l, s.heads() * dim);
        q = new Rotation(
                        tape,
                        q,
                        cosines(a.rotary()),
                        s.heads(),
                        dim - a.rotary().dims())
                .out();
        Tensor keys = entries(
                a,
                compression,
                constant(x, Slot.SELECTION_VALUE, l, width),
                constant(x, Slot.SELECTION_GATE, l, width),
                weights.constantTable(Slot.SELECTION_BIAS, l, compression.every(), width),
                weights.constantTable(Slot.SELECTION_NORM, l, dim));
        return new EntrySelection(
                tape, q, constant(x, Slot.SELECTION_WEIGHTS, l, s.heads()), keys, compression.every(), s);
    }

    private Tensor constant(Tensor x, Slot slot, int l, int rows) {
        return new Linear(tape, x, weights.constant(slot, l, rows, x.cols())).out();
    }

    private Tensor feedForward(FeedForwardSpec feedForward, int l, Tensor x) {
        return switch (feedForward) {
            case FeedForwardSpec.Gated gated ->
                gated(x, Slot.GATE, Slot.UP, Slot.DOWN, gated.width(), gated.bias(), gated.limit(), l);
            case FeedForwardSpec.Experts experts -> experts(experts, l, x);
        };
    }

    private Tensor gated(Tensor x, Slot gate, Slot up, Slot down, int width, boolean bias, float limit, int l) {
        requireOwn(gate);
        Tensor g = linear(x, gate, l, width, bias);
        Tensor u = linear(x, up, l, width, bias);
        if (limit > 0) {
            g = new Clamp(tape, g, Float.NEGATIVE_INFINITY, limit).out();
            u = new Clamp(tape, u, -limit, limit).out();
        }
        Tensor middle = new GatedUnit(tape, g, u).out();
        return linear(middle, down, l, spec.hiddenSize(), bias);
    }

    private void requireOwn(Slot slot) {
        if (!weights.has(slot)) {
            throw new ModelException("family " + spec.family() + " keeps " + slot
                    + " in one tensor with other projections, which training does not know");
        }
    }

    private Tensor experts(FeedForwardSpec.Experts e, int l, Tensor x) {
        requireOwn(Slot.EXPERT_GATE);
        int hidden = spec.hiddenSize();
        Tensor logits = linear(x, Slot.ROUTER, l, e.experts(), false);
        Parameter bias = e.router().bias() ? vector(Slot.ROUTER_BIAS, l, e.experts()) : null;
        Parameter table = e.router().byToken()
                ? weights.constantTable(
                        Slot.ROUTER_TABLE, l, spec.vocabularySize(), e.router().perToken())
                : null;
        Routing routing = new Routing(tape, logits, e.router(), bias, table, balance);
        routings.add(routing);
        List<Experts.Matrix> gates = new ArrayList<>();
        List<Experts.Matrix> ups = new ArrayList<>();
        List<Experts.Matrix> downs = new ArrayList<>();
        for (int i = 0; i < e.experts(); i++) {
            gates.add(expert(Slot.EXPERT_GATE, l, i, e.width(), hidden));
            ups.add(expert(Slot.EXPERT_UP, l, i, e.width(), hidden));
            downs.add(expert(Slot.EXPERT_DOWN, l, i, hidden, e.width()));
        }
        Tensor routed = Experts.of(
                        tape, x, routing, gates, ups, downs, e.function().limit())
                .out();
        if (e.sharedWidth() == 0) {
            return routed;
        }
        Tensor shared =
                gated(x, Slot.SHARED_GATE, Slot.SHARED_UP, Slot.SHARED_DOWN, e.sharedWidth(), false, e.limit(), l);
        return new Add(tape, routed, shared).out();
    }

    private Experts.Matrix expert(Slot slot, int layer, int expert, int rows, int cols) {
        return new Experts.Matrix(
                weights.matrix(slot, layer, expert, rows, cols),
                weights.beside(slot, layer, expert).orElse(null));
    }

    public DecoderSpec spec() {
        return spec;
    }

    /** What training changes. */
    public Parameters parameters() {
        return weights.trained();
    }

    public Tape tape() {
        return tape;
    }

    /** The loss of the tokens that follow. */
    public HeadLoss loss() {
        return loss;
    }

    /** The loss of the tokens after those, where they are predicted. */
    public Optional<HeadLoss> aheadLoss() {
        return Optional.ofNullable(aheadLoss);
    }

    /** The routers of all mixtures of experts, in order of layers. */
    public List<Routing> routings() {
        return List.copyOf(routings);
    }

    /** The sites of hyper-connections, in order, whose {@link StreamRead#mix} can be read after a pass; none with plain residuals. */
    public List<StreamRead> sites() {
        return List.copyOf(sites);
    }
}
