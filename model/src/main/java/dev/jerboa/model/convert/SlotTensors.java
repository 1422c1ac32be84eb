package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;

/**
 * A decoder's tensors slot by slot from one container's names to another's: renamed; experts stacked or taken apart; the rows of
 * query and key heads re-ordered; the up-projection of latents cut into its two halves, or put together; heads of running states apart
 * or side by side; norms stored whole or less 1. A slot that both containers have a name for needs nothing else.
 */
final class SlotTensors {
    private final TensorSource source;
    private final DecoderSpec spec;
    private final TensorNames from;
    private final TensorNames to;
    private final Turning turning;
    private final boolean tiled;
    private final Set<String> made = new HashSet<>();
    private final List<PlannedTensor> planned = new ArrayList<>();
    private final Set<String> used = new HashSet<>();

    /** What happens to the rows of query and key heads. */
    enum Turning {
        NONE,
        /** From halves that are rotated against each other to neighbours that are. */
        TO_NEIGHBOURS,
        /** The other way. */
        TO_HALVES
    }

    /** @param tiled whether the value heads of running states go from lying side by side by their key heads to lying apart */
    SlotTensors(
            TensorSource source, DecoderSpec spec, TensorNames from, TensorNames to, Turning turning, boolean tiled) {
        this.source = source;
        this.spec = spec;
        this.from = from;
        this.to = to;
        this.turning = turning;
        this.tiled = tiled;
        for (int l = -1; l < spec.layers().size(); l++) {
            for (Slot slot : Slot.values()) {
                if (layered(slot) == l >= 0) {
                    slot(slot, l);
                }
            }
        }
    }

    /** The tensors, those outside of layers first. */
    List<PlannedTensor> tensors() {
        return planned;
    }

    /** Names of the source's tensors that were used. */
    Set<String> used() {
        return used;
    }

    private boolean layered(Slot slot) {
        TensorNames names = from.has(slot) ? from : to;
        return names.has(slot) && !names.name(slot, 0).equals(names.name(slot, 1));
    }

    private void slot(Slot slot, int layer) {
        switch (slot) {
            case LATENT_UP -> {
                if (to.has(Slot.LATENT_KEY_UP)) {
                    cutLatent(layer);
                } else {
                    joinLatent(layer);
                }
            }
            case LATENT_KEY_UP, LATENT_VALUE_UP, EXPERT_GATE_UP, EXPERT_DOWNS -> {}
            case EXPERT_GATE, EXPERT_UP, EXPERT_DOWN -> expert(slot, layer);
            case STATE_INPUTS_BY_HEAD -> {
                if (!to.has(slot)) {
                    stateInputs(layer);
                } else {
                    same(slot, layer);
                }
            }
            case STATE_LOG_RATE -> {
                if (!to.has(slot)) {
                    stateRates(layer);
                } else {
                    same(slot, layer);
                }
            }
            default -> same(slot, layer);
        }
    }

    private void same(Slot slot, int layer) {
        if (from.has(slot) && to.has(slot)) {
            one(slot, from.name(slot, layer), to.name(slot, layer), layer);
            bias(slot, layer);
        }
    }

    private void bias(Slot slot, int layer) {
        String name = from.biasName(slot, layer);
        boolean another = slot == Slot.ROUTER
                && from.has(Slot.ROUTER_BIAS)
                && from.name(Slot.ROUTER_BIAS, layer).equals(name);
        if (!another
                && from.name(slot, layer).endsWith(".weight")
                && to.name(slot, layer).endsWith(".weight")) {
            one(slot, name, to.biasName(slot, layer), layer);
        }
    }

    private void one(Slot slot, String name, String toName, int layer) {
        if (source.has(name) && !made.contains(toName)) { // two slots may share a name
            use(name);
            plan(changed(slot, PlannedTensor.of(toName, source, name), layer));
        }
    }

    private void plan(PlannedTensor tensor) {
        made.add(tensor.name());
        planned.add(tensor);
    }

    /** A tensor as the other container stores the slot. */
    private PlannedTensor changed(Slot slot, PlannedTensor tensor, int layer) {
        if (turning != Turning.NONE && (slot == Slot.QUERY || slot == Slot.KEY)) {
            return tensor.reordered(turn(headDim(layer)));
        }
        boolean less = from.lessOne().contains(slot);
        if (less != to.lessOne().contains(slot)) {
            return tensor.mapped(less ? value -> value + 1 : value -> value - 1);
        }
        PlannedTensor tiles = tiled ? tiled(slot, tensor, layer) : tensor;
        long[] shape = tensor.shape();
        return switch (slot) {
            case STATE_KERNELS -> tiles.shaped(shape[0], shape[shape.length - 1]);
            case STATE_QUERY_KERNELS, STATE_KEY_KERNELS, STATE_VALUE_KERNELS ->
                tiles.shaped(1, shape[0], 1, shape[shape.length - 1]);
            case ROUTER_TABLE -> tensor.stored() == DType.I64 ? integers(tensor) : tensor;
            default -> tiles;
        };
    }

    /** 64-bit whole numbers as 32-bit ones. */
    private static PlannedTensor integers(PlannedTensor tensor) {
        int columns = tensor.columns();
        PlannedTensor.Rows rows = tensor.rows().get();
        return PlannedTensor.encoded(tensor.name(), tensor.shape(), DType.I32, (row, into, at) -> {
            float[] values = new float[columns];
            rows.read(row, 1, values, 0);
            for (int c = 0; c < columns; c++) {
                into.set(ValueLayout.JAVA_INT_UNALIGNED, at + (long) c * Integer.BYTES, (int) values[c]);
            }
        });
    }

    private AttentionSpec.DeltaRule deltaRule(int layer) {
        if (spec.layers().get(layer).attention() instanceof AttentionSpec.DeltaRule rule) {
            return rule;
        }
        throw new ModelException(
                source.source() + ": layer " + layer + " has tensors of running states, but no delta rule");
    }

    private PlannedTensor tiled(Slot slot, PlannedTensor tensor, int layer) {
        return switch (slot) {
            case STATE_INPUTS, STATE_KERNELS -> {
                AttentionSpec.DeltaRule rule = deltaRule(layer);
                yield tensor.reordered(tile(rule, 2 * rule.keyHeads() * rule.keyDim(), rule.valueDim()));
            }
            case STATE_GATE ->
                tensor.reordered(tile(deltaRule(layer), 0, deltaRule(layer).valueDim()));
            case STATE_STRENGTH, STATE_DECAY, STATE_DECAY_BIAS, STATE_LOG_RATE ->
                tensor.reordered(tile(deltaRule(layer), 0, 1));
            case STATE_OUTPUT ->
                tensor.reorderedColumns(
                        tile(deltaRule(layer), 0, deltaRule(layer).valueDim()));
            default -> tensor;
        };
    }

    /** Where entry {@code i} lies in the source, value heads of {@code size} entries from {@code start} on. */
    private static IntUnaryOperator tile(AttentionSpec.DeltaRule rule, int start, int size) {
        int keys = rule.keyHeads();
        int each = rule.valueHeads() / keys;
        return i -> {
            int head = (i - start) / size;
            return i < start ? i : start + (head % keys * each + head / keys) * size + (i - start) % size;
        };
    }

    /** By key head [queries | keys | values | gates] → [queries | keys | values] of all heads, and gates. */
    private void stateInputs(int layer) {
        if (!from.has(Slot.STATE_INPUTS_BY_HEAD) || !source.has(from.name(Slot.STATE_INPUTS_BY_HEAD, layer))) {
            return;
        }
        String name = from.name(Slot.STATE_INPUTS_BY_HEAD, layer);
        use(name);
        AttentionSpec.DeltaRule rule = deltaRule(layer);
        PlannedTensor all = PlannedTensor.of(name, source, name);
        int keys = rule.keyHeads() * rule.keyDim();
        int values = rule.valueHeads() * rule.valueDim();
        requireRows(name, all.rowCount(), 2L * keys + 2L * values);
        int eachValue = values / rule.keyHeads();
        int group = 2 * rule.keyDim() + 2 * eachValue;
        plan(all.picked(to.name(Slot.STATE_INPUTS, layer), 2L * keys + values, r -> {
            int kind = r < keys ? 0 : r < 2 * keys ? 1 : 2;
            int size = kind < 2 ? rule.keyDim() : eachValue;
            int within = r - kind * keys;
            return within / size * group + kind * rule.keyDim() + within % size;
        }));
        plan(all.picked(
                to.name(Slot.STATE_GATE, layer),
                values,
                r -> r / eachValue * group + 2 * rule.keyDim() + eachValue + r % eachValue));
    }

    /** Logarithms of rates → rates, negative. */
    private void stateRates(int layer) {
        if (!from.has(Slot.STATE_LOG_RATE)
                || !to.has(Slot.STATE_NEGATIVE_RATE)
                || !source.has(from.name(Slot.STATE_LOG_RATE, layer))) {
            return;
        }
        String name = from.name(Slot.STATE_LOG_RATE, layer);
        use(name);
        PlannedTensor logs = PlannedTensor.of(to.name(Slot.STATE_NEGATIVE_RATE, layer), source, name);
        plan((tiled ? tiled(Slot.STATE_LOG_RATE, logs, layer) : logs).mapped(value -> -Math.exp(value)));
    }

    /** Where row {@code r} of the result lies in the source. */
    private IntUnaryOperator turn(int head) {
        int half = head / 2;
        return r -> {
            int within = r % head;
            int first = r - within;
            return first
                    + (turning == Turning.TO_NEIGHBOURS
                            ? within / 2 + within % 2 * half
                            : within < half ? 2 * within : 2 * (within - half) + 1);
        };
    }

    private int headDim(int layer) {
        if (spec.layers().get(layer).attention() instanceof AttentionSpec.GroupedQuery grouped) {
            return grouped.headDim();
        }
        throw new ModelException(source.source() + ": the heads of layer " + layer
                + " are not of grouped-query attention, whose rows alone are re-ordered");
    }

    /** A projection of a layer's experts: stacked by itself, stacked with another one, or expert by expert. */
    private void expert(Slot slot, int layer) {
        Slot stack = slot == Slot.EXPERT_DOWN ? Slot.EXPERT_DOWNS : Slot.EXPERT_GATE_UP;
        if (!to.has(slot)) {
            return;
        }
        if (from.has(stack) && source.has(from.name(stack, layer))) {
            ofStack(slot, stack, layer);
        } else if (from.has(slot) && !from.stacked(slot)) {
            experts(slot, layer);
        } else if (from.has(slot) && !to.stacked(slot)) {
            apart(slot, layer);
        } else {
            same(slot, layer);
        }
    }

    private void ofStack(Slot slot, Slot stack, int layer) {
        String name = from.name(stack, layer);
        use(name);
        EncodedTensor encoded = source.encoded(name);
        List<Matrix> matrices = encoded == null ? source.matrices(name) : List.of();
        boolean turned = encoded == null && from.layout().inputsFirst();
        int experts = encoded == null ? matrices.size() : encoded.matrices();
        int outputs = encoded != null
                ? encoded.rows()
                : turned ? matrices.getFirst().cols() : matrices.getFirst().rows();
        boolean half = slot != Slot.EXPERT_DOWN;
        boolean alternating = half && from.layout().interleaved();
        int count = half ? outputs / 2 : outputs;
        int step = alternating ? 2 : 1;
        int first = slot != Slot.EXPERT_UP ? 0 : alternating ? 1 : count;
        for (int e = 0; !to.stacked(slot) && e < experts; e++) {
            int expert = e;
            plan(
                    encoded == null
                            ? PlannedTensor.outputs(
                                    to.name(slot, layer, e),
                                    false,
                                    List.of(matrices.get(e)),
                                    turned,
                                    first,
                                    step,
                                    count)
                            : PlannedTensor.encoded(
                                    to.name(slot, layer, e),
                                    new long[] {count, encoded.cols()},
                                    encoded.type(),
                                    (row, into, at) -> encoded.writer()
                                            .write((long) expert * outputs + first + row * step, into, at)));
        }
        if (!to.stacked(slot)) {
            return;
        }
        plan(
                encoded == null
                        ? PlannedTensor.outputs(to.name(slot, layer), true, matrices, turned, first, step, count)
                        : PlannedTensor.encoded(
                                to.name(slot, layer),
                                new long[] {experts, count, encoded.cols()},
                                encoded.type(),
                                (row, into, at) -> encoded.writer()
                                        .write(row / count * outputs + first + row % count * step, into, at)));
        StoredTensor biases = source.find(from.biasName(stack, layer));
        if (biases != null) {
            use(biases.name());
            plan(PlannedTensor.made(to.biasName(slot, layer), new long[] {experts, count}, biases.type(), () -> {
                float[] all = biases.floats();
                float[] own = new float[experts * count];
                for (int i = 0; i < own.length; i++) {
                    own[i] = all[i / count * outputs + first + i % count * step];
                }
                return own;
            }));
        }
    }

    private void experts(Slot slot, int layer) {
        List<EncodedTensor> encoded = new ArrayList<>();
        for (int e = 0; source.encoded(from.name(slot, layer, e)) instanceof EncodedTensor one; e++) {
            use(from.name(slot, layer, e));
            encoded.add(one);
            if (!to.stacked(slot)) {
                plan(PlannedTensor.of(to.name(slot, layer, e), source, from.name(slot, layer, e)));
            }
        }
        if (!encoded.isEmpty()) {
            requireExperts(layer, encoded.size(), slot);
            EncodedTensor first = encoded.getFirst();
            boolean alike = encoded.stream().allMatch(one -> one.type() == first.type() && one.rows() == first.rows());
            if (!alike || source.has(from.name(slot, layer, encoded.size()))) {
                throw new ModelException(
                        source.source() + ": experts of layer " + layer + " differ in encoding or size");
            }
            if (to.stacked(slot)) {
                plan(PlannedTensor.encoded(
                        to.name(slot, layer),
                        new long[] {encoded.size(), first.rows(), first.cols()},
                        first.type(),
                        (row, into, at) -> encoded.get(Math.toIntExact(row / first.rows()))
                                .writer()
                                .write(row % first.rows(), into, at)));
            }
            return;
        }
        List<Matrix> matrices = new ArrayList<>();
        for (int e = 0; source.has(from.name(slot, layer, e)); e++) {
            String name = from.name(slot, layer, e);
            use(name);
            matrices.add(source.matrix(name));
            if (!to.stacked(slot)) {
                plan(PlannedTensor.of(to.name(slot, layer, e), source, name));
            }
        }
        if (!matrices.isEmpty()) {
            requireExperts(layer, matrices.size(), slot);
        }
        if (!matrices.isEmpty() && to.stacked(slot)) {
            Matrix first = matrices.getFirst();
            plan(PlannedTensor.matrices(
                    to.name(slot, layer), new long[] {matrices.size(), first.rows(), first.cols()}, matrices));
        }
    }

    private void requireExperts(int layer, int found, Slot slot) {
        if (spec.layers().get(layer).feedForward() instanceof FeedForwardSpec.Experts mixture
                && mixture.experts() != found) {
            throw new ModelException(source.source() + ": layer " + layer + " has " + found + " experts up to a gap at "
                    + from.name(slot, layer, found) + ", expected " + mixture.experts() + "; the copy is incomplete");
        }
    }

    private void apart(Slot slot, int layer) {
        String name = from.name(slot, layer);
        StoredTensor stack = source.find(name);
        if (stack == null) {
            return;
        }
        use(name);
        for (int e = 0; e < stack.size(0); e++) {
            Matrix matrix = stack.matrix(e);
            plan(PlannedTensor.matrices(
                    to.name(slot, layer, e), new long[] {matrix.rows(), matrix.cols()}, List.of(matrix)));
        }
    }

    private AttentionSpec.Latent latent(int layer) {
        AttentionSpec attention = spec.layers().get(layer).attention();
        if (attention instanceof AttentionSpec.Selected selected) {
            attention = selected.base();
        }
        if (attention instanceof AttentionSpec.Latent latent) {
            return latent;
        }
        throw new ModelException(
                source.source() + ": layer " + layer + " has an up-projection of latents, but no latents");
    }

    /** One matrix of heads of [plain key | value] → per head, the keys' part transposed, and the values'. */
    private void cutLatent(int layer) {
        if (!from.has(Slot.LATENT_UP) || !source.has(from.name(Slot.LATENT_UP, layer))) {
            return;
        }
        String name = from.name(Slot.LATENT_UP, layer);
        use(name);
        AttentionSpec.Latent a = latent(layer);
        PlannedTensor whole = PlannedTensor.of(name, source, name);
        requireRows(name, whole.rowCount(), (long) a.heads() * (a.plainDim() + a.valueDim()));
        DType stored = whole.stored();
        plan(PlannedTensor.made(
                to.name(Slot.LATENT_KEY_UP, layer),
                new long[] {a.heads(), a.latentDim(), a.plainDim()},
                stored,
                () -> keys(whole, a)));
        plan(PlannedTensor.made(
                to.name(Slot.LATENT_VALUE_UP, layer),
                new long[] {a.heads(), a.valueDim(), a.latentDim()},
                stored,
                () -> values(whole, a)));
    }

    private static float[] keys(PlannedTensor both, AttentionSpec.Latent a) {
        float[] out = new float[a.heads() * a.latentDim() * a.plainDim()];
        float[] row = new float[a.latentDim()];
        PlannedTensor.Rows rows = both.rows().get();
        for (int h = 0; h < a.heads(); h++) {
            for (int p = 0; p < a.plainDim(); p++) {
                rows.read((long) h * (a.plainDim() + a.valueDim()) + p, 1, row, 0);
                for (int c = 0; c < row.length; c++) {
                    out[(h * row.length + c) * a.plainDim() + p] = row[c];
                }
            }
        }
        return out;
    }

    private static float[] values(PlannedTensor both, AttentionSpec.Latent a) {
        float[] out = new float[a.heads() * a.valueDim() * a.latentDim()];
        PlannedTensor.Rows rows = both.rows().get();
        for (int h = 0; h < a.heads(); h++) {
            rows.read(
                    (long) h * (a.plainDim() + a.valueDim()) + a.plainDim(),
                    a.valueDim(),
                    out,
                    h * a.valueDim() * a.latentDim());
        }
        return out;
    }

    private void joinLatent(int layer) {
        if (!from.has(Slot.LATENT_UP) || !to.has(Slot.LATENT_UP)) {
            return;
        }
        String whole = from.name(Slot.LATENT_UP, layer);
        String target = to.name(Slot.LATENT_UP, layer);
        if (source.has(whole)) { // files of before the two halves were kept apart
            one(Slot.LATENT_UP, whole, target, layer);
            return;
        }
        if (!from.has(Slot.LATENT_KEY_UP) || !source.has(from.name(Slot.LATENT_KEY_UP, layer))) {
            return;
        }
        AttentionSpec.Latent a = latent(layer);
        String keyName = from.name(Slot.LATENT_KEY_UP, layer);
        String valueName = from.name(Slot.LATENT_VALUE_UP, layer);
        use(keyName);
        use(valueName);
        PlannedTensor keys = PlannedTensor.of(keyName, source.tensor(keyName));
        PlannedTensor values = PlannedTensor.of(valueName, source.tensor(valueName));
        requireRows(keyName, keys.rowCount(), (long) a.heads() * a.latentDim());
        requireRows(valueName, values.rowCount(), (long) a.heads() * a.valueDim());
        int head = a.plainDim() + a.valueDim();
        plan(PlannedTensor.made(target, new long[] {(long) a.heads() * head, a.latentDim()}, values.stored(), () -> {
            float[] k = keys.floats();
            float[] v = values.floats();
            int latent = a.latentDim();
            float[] out = new float[a.heads() * head * latent];
            for (int h = 0; h < a.heads(); h++) {
                for (int p = 0; p < a.plainDim(); p++) {
                    for (int c = 0; c < latent; c++) {
                        out[(h * head + p) * latent + c] = k[(h * latent + c) * a.plainDim() + p];
                    }
                }
                System.arraycopy(
                        v, h * a.valueDim() * latent, out, (h * head + a.plainDim()) * latent, a.valueDim() * latent);
            }
            return out;
        }));
    }

    private void requireRows(String name, long found, long expected) {
        if (found != expected) {
            throw new ModelException(source.source() + ": tensor " + name + " has " + found + " rows, expected "
                    + expected + " from the model's configuration");
        }
    }

    /** Notes a tensor as used, with what lies beside it: scales of its weights. */
    private void use(String name) {
        String base = name.endsWith(".weight") ? name.substring(0, name.length() - ".weight".length()) : name;
        List<String> beside = List.of("", "_scale_inv", "_scale", "_blocks", "_scales", "_packed", "_shape");
        List<String> instead = List.of(".scale", ".qscale_weight", ".qweight", ".qzeros", ".scales", ".g_idx");
        Stream.concat(beside.stream().map(name::concat), instead.stream().map(base::concat))
                .map(source::find)
                .filter(Objects::nonNull)
                .forEach(tensor -> used.add(tensor.name()));
    }
}
