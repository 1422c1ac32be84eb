package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Selection;
import dev.jerboa.kernel.ops.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts, with or without a shared one.
 *
 * <pre>
 * x → router → expert and weight of each (token, choice) → places grouped by expert
 *   → for each expert, its tokens together: gate, up, activation → down → weighted sum, in order of choice → out
 * </pre>
 *
 * Where experts do not all fit in memory ({@link StreamedExperts}), those that are there go first, and the others as they come; of
 * more than fit at a time, some go all the way and then the next ones.
 *
 * The weights multiply what experts give, or what they read. A (token, choice) pair has one row, its place, in the tables between; an expert's places are consecutive.
 */
final class ExpertsPart implements FeedForwardPart {
    private final Ops ops;
    private final FeedForwardSpec.Experts spec;
    private final Linear router;
    private final Router[] routers;

    /** Chooses for the layer before, which guesses. */
    private final Router guessing;

    private final StepIds ids;
    private final List<Weights> gates;
    private final List<Weights> ups;
    private final List<Weights> downs;
    private final @Nullable StreamedExperts streamed;

    /** Each worker's list of the experts that it computes with, where they are streamed. */
    private final int[][] lists;

    /** The next layer of streamed experts, whose experts are guessed from what this one reads. */
    private @Nullable Follower follower;

    private final @Nullable LowRankExperts besideGates;
    private final @Nullable LowRankExperts besideUps;
    private final @Nullable LowRankExperts besideDowns;
    private final @Nullable FloatRows gateBiases;
    private final @Nullable FloatRows upBiases;
    private final @Nullable FloatRows downBiases;
    private final @Nullable GatedPart shared;
    private final @Nullable Linear share;
    private final Scratch.Table shareLogits;
    private final Scratch.Table routerLogits;
    private final Scratch.Table guessLogits;
    private final Scratch.Table gated;
    private final Scratch.Table raised;
    private final Scratch.Form middle;
    private final Scratch.Table results;

    /** A weight of 1 for each pair, where weights multiply inputs. */
    private final float[] ones;

    /** Each worker's choices for few tokens, then those that workers make together. */
    private final List<Choices> choices;

    /** The choices of a step; shared by the layers of a decoder, since one layer runs at a time. */
    static final class Choices {
        final int[] experts;
        final float[] weights;
        final int[] places;
        final int[] tokenAt;
        final int[] starts;

        /** The weight of the pair at a place. */
        final float[] weightAt;

        /** What tokens take of the shared unit. */
        final float[] shares;

        Choices(int pairs, int experts) {
            this.experts = new int[pairs];
            this.weights = new float[pairs];
            this.places = new int[pairs];
            this.tokenAt = new int[pairs];
            this.starts = new int[experts + 1];
            this.weightAt = new float[pairs];
            this.shares = new float[pairs];
        }

        /** How many tokens go to an expert. */
        int tokens(int expert) {
            return starts[expert + 1] - starts[expert];
        }

        /** Writes the experts that tokens go to; how many they are. */
        int needed(int[] list) {
            int count = 0;
            for (int e = 0; e + 1 < starts.length; e++) {
                if (tokens(e) > 0) {
                    list[count++] = e;
                }
            }
            return count;
        }

        /** Groups the first {@code pairs} choices by expert, keeping the order of tokens. */
        void group(int pairs, int perToken) {
            Arrays.fill(starts, 0);
            for (int i = 0; i < pairs; i++) {
                starts[experts[i] + 1]++;
            }
            for (int e = 1; e < starts.length; e++) {
                starts[e] += starts[e - 1];
            }
            for (int i = 0; i < pairs; i++) {
                int place = starts[experts[i]]++;
                places[i] = place;
                tokenAt[place] = i / perToken;
                weightAt[place] = weights[i];
            }
            System.arraycopy(starts, 0, starts, 1, starts.length - 1);
            starts[0] = 0;
        }
    }

    ExpertsPart(
            FeedForwardSpec.Experts spec,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            Scratch scratch,
            StepIds ids,
            List<Choices> choices) {
        this.ops = reader.ops();
        this.spec = spec;
        this.choices = choices;
        this.ids = ids;
        int hidden = model.hiddenSize();
        int experts = spec.experts();
        int perToken = spec.router().perToken();
        this.router =
                reader.exact(Slot.ROUTER, layer, experts, hidden, spec.form().routerBias());
        float[] bias = spec.router().bias()
                ? reader.vector(Slot.ROUTER_BIAS, layer, experts).row(0)
                : null;
        this.routers = new Router[scratch.workers()];
        int[] table = spec.router().byToken()
                ? reader.expertsByToken(layer, model.vocabularySize(), perToken, experts)
                : null;
        Arrays.setAll(routers, i -> new Router(spec.router(), experts, bias, table));
        this.guessing = new Router(spec.router(), experts, bias, table);
        ExpertStore store = reader.store();
        this.streamed = store == null ? null : store.layer(layer);
        this.lists = new int[streamed == null ? 0 : scratch.workers()][experts];
        if (streamed == null) {
            this.gates = reader.experts(Slot.EXPERT_GATE, layer, experts, spec.width(), hidden);
            this.ups = reader.experts(Slot.EXPERT_UP, layer, experts, spec.width(), hidden);
            this.downs = reader.experts(Slot.EXPERT_DOWN, layer, experts, hidden, spec.width());
        } else {
            this.gates = streamed.projections().weights(ExpertSample::gate);
            this.ups = streamed.projections().weights(ExpertSample::up);
            this.downs = streamed.projections().weights(ExpertSample::down);
        }
        this.besideGates = reader.adaptations().experts(Slot.EXPERT_GATE, layer, perToken, gates);
        this.besideUps = reader.adaptations().experts(Slot.EXPERT_UP, layer, perToken, ups);
        this.besideDowns = reader.adaptations().experts(Slot.EXPERT_DOWN, layer, perToken, downs);
        boolean biases = spec.form().biases();
        this.gateBiases = biases ? reader.expertBiases(Slot.EXPERT_GATE, layer, experts, spec.width()) : null;
        this.upBiases = biases ? reader.expertBiases(Slot.EXPERT_UP, layer, experts, spec.width()) : null;
        this.downBiases = biases ? reader.expertBiases(Slot.EXPERT_DOWN, layer, experts, hidden) : null;
        this.share = spec.form().sharedShare() ? reader.exactRow(Slot.SHARED_SCALE, layer, hidden) : null;
        this.shareLogits = scratch.table(Scratch.Span.EXPERTS_RISE, "share of the shared expert", 1, 1);
        this.shared = spec.sharedWidth() == 0
                ? null
                : new GatedPart(
                        Slot.SHARED_GATE,
                        Slot.SHARED_UP,
                        Slot.SHARED_DOWN,
                        spec.sharedWidth(),
                        spec.function(),
                        spec.form().sharedBiases(),
                        layer,
                        model,
                        reader,
                        Scratch.Span.EXPERTS,
                        Scratch.Span.EXPERTS_RISE,
                        scratch);
        this.guessLogits = scratch.few(Scratch.Span.EXPERTS_RISE, "router of the next experts", experts, 1);
        this.routerLogits = scratch.table(Scratch.Span.EXPERTS_RISE, "router", experts, 1);
        this.gated = scratch.table(Scratch.Span.EXPERTS, "expert gate", spec.width(), perToken);
        // Experts that go one after another all the way need both sides at a time.
        boolean apart = store == null;
        Scratch.Span rise = apart ? Scratch.Span.EXPERTS_RISE : Scratch.Span.EXPERTS;
        Scratch.Span fall = apart ? Scratch.Span.EXPERTS_FALL : Scratch.Span.EXPERTS;
        this.raised = scratch.table(rise, "expert up", spec.width(), perToken);
        this.middle = scratch.form(gated, downs);
        this.ones = new float[spec.form().scaledInputs() ? scratch.maxTokens() * perToken : 0];
        Arrays.fill(ones, 1);
        this.results = scratch.table(fall, "expert result", hidden, perToken);
    }

    @Override
    public List<Weights> consumers() {
        List<Weights> all = new ArrayList<>(gates);
        all.addAll(ups);
        all.add(router.weights());
        if (share != null) {
            all.add(share.weights());
        }
        if (shared != null) {
            all.addAll(shared.consumers());
        }
        return all;
    }

    @Override
    public void forward(Worker worker, int count, Panel x, FloatRows out, boolean accumulate) {
        int perToken = spec.router().perToken();
        router.apply(ops, worker, x, count, routerLogits.rows(), false);
        if (share != null) {
            share.apply(ops, worker, x, count, shareLogits.rows(), false);
        }
        Follower next = count <= Ops.FEW ? follower : null;
        if (next != null) {
            next.part.router.apply(ops, worker, x, count, next.part.guessLogits.rows(), false);
        }
        worker.barrier();
        Choices choices = choose(worker, count);
        begin(worker, choices, x);
        if (streamed == null) {
            int experts = spec.experts();
            for (int e = 0; e < experts; e++) {
                if (choices.tokens(e) > 0) {
                    rise(worker, choices, e, gates.get(e), ups.get(e), x);
                }
            }
            riseShared(worker, count, choices, x);
            turn(worker, choices);
            for (int e = 0; e < experts; e++) {
                if (choices.tokens(e) > 0) {
                    fall(worker, choices, e, downs.get(e));
                }
            }
        } else {
            stream(worker, count, choices, x, streamed);
        }
        if (shared != null) {
            shared.fall(worker, count, out, accumulate);
        }
        float[] scales = spec.form().scaledInputs() ? ones : choices.weights;
        if (accumulate || shared != null) {
            ops.addWeighted(worker, out, count, results.rows(), choices.places, scales, perToken);
        } else {
            ops.weightedSums(worker, out, 0, count, results.rows(), choices.places, scales, perToken);
        }
    }

    private void riseShared(Worker worker, int count, Choices choices, Panel x) {
        if (shared != null) {
            boolean whole = share == null && spec.form().sharedScale() == 1;
            shared.rise(worker, count, x, whole ? null : choices.shares);
        }
    }

    /** Between what goes up and what comes down. */
    private void turn(Worker worker, Choices choices) {
        worker.barrier();
        if (besideDowns != null) {
            besideDowns.begin(worker, choices, Selection.ALL, middle.panel());
            worker.barrier();
        }
    }

    /** The experts' products where some have to be read first. */
    private void stream(Worker worker, int count, Choices choices, Panel x, StreamedExperts held) {
        ExpertStore store = held.store();
        int[] list = lists[worker.id()];
        int size = choices.needed(list);
        boolean together = held.holds(size);
        if (worker.id() == 0) {
            store.plan(worker, held, list, size);
        }
        if (!together) {
            worker.barrier();
            size = store.wave(0, list);
        }
        for (int wave = 1; ; wave++) {
            if (worker.id() == 0 && (together || !store.planNext(worker, held, wave))) {
                guess(store, count);
            }
            riseAsTheyCome(worker, count, choices, x, held, list, size, wave == 1);
            turn(worker, choices);
            for (int i = 0; i < size; i++) {
                fall(worker, choices, list[i], held.held(list[i]).down());
            }
            size = together ? 0 : store.wave(wave, list);
            if (size == 0) {
                return;
            }
            worker.barrier();
        }
    }

    /** Those of the list that are there, then the shared unit, then the others as they come. Changes the list's order. */
    private void riseAsTheyCome(
            Worker worker,
            int count,
            Choices choices,
            Panel x,
            StreamedExperts held,
            int[] list,
            int size,
            boolean withShared) {
        int done = riseReady(worker, choices, x, held, list, 0, size);
        if (withShared) {
            riseShared(worker, count, choices, x);
        }
        if (done == size) {
            return;
        }
        long start = System.nanoTime();
        long computing = 0;
        for (int turn = 0; done < size; turn++) {
            long from = System.nanoTime();
            int now = riseReady(worker, choices, x, held, list, done, size);
            if (now == done) {
                held.store().pause(worker, turn);
            } else {
                computing += System.nanoTime() - from;
                turn = 0;
            }
            done = now;
        }
        if (worker.id() == 0) {
            held.store().waited(System.nanoTime() - start - computing);
        }
    }

    /** Moves the experts that are computed to the front of the list: those before {@code done}. */
    private int riseReady(
            Worker worker, Choices choices, Panel x, StreamedExperts held, int[] list, int done, int size) {
        int now = done;
        for (int i = done; i < size; i++) {
            int e = list[i];
            ExpertSlot slot = held.ready(e);
            if (slot != null) {
                rise(worker, choices, e, slot.gate(), slot.up(), x);
                list[i] = list[now];
                list[now++] = e;
            }
        }
        return now;
    }

    /** The next layer of streamed experts, what chooses there, and room for what is guessed. */
    private static final class Follower {
        final ExpertsPart part;
        final StreamedExperts held;
        final Router router;
        final int[] experts;
        final float[] weights;

        Follower(ExpertsPart part, StreamedExperts held, Router router) {
            this.part = part;
            this.held = held;
            this.router = router;
            int pairs = Ops.FEW * part.spec.router().perToken();
            this.experts = new int[pairs];
            this.weights = new float[pairs];
        }
    }

    /** Says which experts come after these. */
    void before(ExpertsPart next) {
        if (streamed != null && next.streamed != null) {
            follower = new Follower(next, next.streamed, next.guessing);
        }
    }

    /** Worker 0: has experts of the next layer read, chosen by its router from what this layer reads. */
    private void guess(ExpertStore store, int count) {
        Follower next = follower;
        if (next == null) {
            return;
        }
        if (count > Ops.FEW) {
            store.guessMostUsed(next.held);
            return;
        }
        int perToken = next.part.spec.router().perToken();
        for (int t = 0; t < count; t++) {
            next.router.route(next.part.guessLogits.rows(), t, ids.at(t), next.experts, next.weights, t * perToken);
        }
        store.guess(next.held, next.experts, count * perToken);
    }

    /** Chooses from the router's logits, ready for this worker to read: by itself for few tokens, otherwise together. */
    private Choices choose(Worker worker, int count) {
        int perToken = spec.router().perToken();
        if (count <= Ops.FEW) {
            Choices own = choices.get(worker.id());
            route(Worker.alone(), routers[worker.id()], count, own);
            own.group(count * perToken, perToken);
            return own;
        }
        Choices common = choices.getLast();
        route(worker, routers[worker.id()], count, common);
        worker.barrier();
        if (worker.id() == 0) {
            common.group(count * perToken, perToken);
        }
        worker.barrier();
        return common;
    }

    private void route(Worker worker, Router chooser, int count, Choices into) {
        int perToken = spec.router().perToken();
        for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
            chooser.route(routerLogits.rows(), t, ids.at(t), into.experts, into.weights, t * perToken);
            float scale = spec.form().sharedScale();
            into.shares[t] = share == null
                    ? scale
                    : (float) (scale / (1 + Math.exp(-shareLogits.rows().get(t, 0))));
        }
    }

    private void rise(Worker worker, Choices choices, int expert, Weights gateOf, Weights upOf, Panel x) {
        int from = choices.starts[expert];
        int tokens = choices.tokens(expert);
        FloatRows gate = gated.rows();
        FloatRows up = raised.rows();
        ops.product(worker, gateOf, x, choices.tokenAt, from, tokens, gate, from, false);
        ops.product(worker, upOf, x, choices.tokenAt, from, tokens, up, from, false);
        if (besideGates != null) {
            besideGates.add(worker, choices, expert, gate);
        }
        if (besideUps != null) {
            besideUps.add(worker, choices, expert, up);
        }
        addBias(worker, gateBiases, expert, gate, from, tokens);
        addBias(worker, upBiases, expert, up, from, tokens);
        if (spec.form().scaledInputs()) {
            int first = worker.from(spec.width(), Ops.GRAIN);
            int end = worker.to(spec.width(), Ops.GRAIN);
            for (int place = from; place < from + tokens; place++) {
                UnitFunction.scale(gate, place, first, end, choices.weightAt[place]);
                UnitFunction.scale(up, place, first, end, choices.weightAt[place]);
            }
        }
        spec.function().apply(ops, worker, gate, up, from, tokens, middle.panel(), null, 0);
    }

    private void addBias(Worker worker, @Nullable FloatRows biases, int expert, FloatRows rows, int from, int tokens) {
        if (biases != null) {
            ops.addBias(worker, rows.slice(from, tokens), tokens, biases.slice(expert, 1));
        }
    }

    private void fall(Worker worker, Choices choices, int expert, Weights downOf) {
        int from = choices.starts[expert];
        int tokens = choices.tokens(expert);
        FloatRows out = results.rows();
        ops.product(worker, downOf, middle.panel(), Selection.ALL, from, tokens, out, from, false);
        if (besideDowns != null) {
            besideDowns.add(worker, choices, expert, out);
        }
        addBias(worker, downBiases, expert, out, from, tokens);
    }

    /** The inner half of low-rank products before the activation. */
    private void begin(Worker worker, Choices choices, Panel x) {
        if (besideGates != null) {
            besideGates.begin(worker, choices, choices.tokenAt, x);
        }
        if (besideUps != null) {
            besideUps.begin(worker, choices, choices.tokenAt, x);
        }
        if (besideGates != null || besideUps != null) {
            worker.barrier();
        }
    }

    @Override
    public TokenWork work() {
        int used = spec.router().perToken();
        return TokenWork.of(router)
                .plus(TokenWork.of(gates, used))
                .plus(TokenWork.of(ups, used))
                .plus(TokenWork.of(downs, used))
                .plus(TokenWork.of(share))
                .plus(shared == null ? TokenWork.NONE : shared.work());
    }
}
