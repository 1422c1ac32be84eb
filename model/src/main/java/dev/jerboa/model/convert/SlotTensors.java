package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * A decoder's tensors slot by slot from one container's names to another's: renamed; experts stacked or taken apart; the rows of
 * query and key heads re-ordered; the up-projection of latents cut into its two halves, or put together. A slot that both containers
 * have a name for needs nothing else.
 */
final class SlotTensors {
    private final TensorSource source;
    private final DecoderSpec spec;
    private final TensorNames from;
    private final TensorNames to;
    private final Turning turning;
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

    SlotTensors(TensorSource source, DecoderSpec spec, TensorNames from, TensorNames to, Turning turning) {
        this.source = source;
        this.spec = spec;
        this.from = from;
        this.to = to;
        this.turning = turning;
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
            case LATENT_KEY_UP, LATENT_VALUE_UP -> {}
            default -> {
                if (!from.has(slot) || !to.has(slot)) {
                    return;
                }
                if (!from.stacked(slot)) {
                    experts(slot, layer);
                } else if (!to.stacked(slot)) {
                    apart(slot, layer);
                } else {
                    one(slot, from.name(slot, layer), to.name(slot, layer), layer);
                    bias(slot, layer);
                }
            }
        }
    }

    private void bias(Slot slot, int layer) {
        if (from.name(slot, layer).endsWith(".weight") && to.name(slot, layer).endsWith(".weight")) {
            one(slot, from.biasName(slot, layer), to.biasName(slot, layer), layer);
        }
    }

    private void one(Slot slot, String name, String toName, int layer) {
        if (!source.has(name)) {
            return;
        }
        use(name);
        PlannedTensor tensor = PlannedTensor.of(toName, source, name);
        boolean turned = turning != Turning.NONE && (slot == Slot.QUERY || slot == Slot.KEY);
        planned.add(turned ? tensor.reordered(turn(headDim(layer))) : tensor);
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

    private void experts(Slot slot, int layer) {
        List<Matrix> matrices = new ArrayList<>();
        for (int e = 0; source.has(from.name(slot, layer, e)); e++) {
            String name = from.name(slot, layer, e);
            use(name);
            matrices.add(source.matrix(name));
            if (!to.stacked(slot)) {
                planned.add(PlannedTensor.of(to.name(slot, layer, e), source, name));
            }
        }
        if (!matrices.isEmpty() && to.stacked(slot)) {
            Matrix first = matrices.getFirst();
            planned.add(PlannedTensor.matrices(
                    to.name(slot, layer), new long[] {matrices.size(), first.rows(), first.cols()}, matrices));
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
            planned.add(PlannedTensor.matrices(
                    to.name(slot, layer, e), new long[] {matrix.rows(), matrix.cols()}, List.of(matrix)));
        }
    }

    private AttentionSpec.Latent latent(int layer) {
        LayerSpec spec = this.spec.layers().get(layer);
        if (spec.attention() instanceof AttentionSpec.Latent latent) {
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
        Matrix both = source.matrix(name);
        int head = a.plainDim() + a.valueDim();
        requireRows(name, both.rows(), a.heads() * head);
        PlannedTensor whole = PlannedTensor.of(name, source, name);
        DType stored = whole.stored();
        planned.add(PlannedTensor.made(
                to.name(Slot.LATENT_KEY_UP, layer),
                new long[] {a.heads(), a.latentDim(), a.plainDim()},
                stored,
                () -> keys(whole, a)));
        planned.add(PlannedTensor.made(
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
        planned.add(PlannedTensor.made(
                target, new long[] {(long) a.heads() * head, a.latentDim()}, values.stored(), () -> {
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
                                v,
                                h * a.valueDim() * latent,
                                out,
                                (h * head + a.plainDim()) * latent,
                                a.valueDim() * latent);
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
        used.addAll(List.of(name, name + "_scale_inv", name + "_scale", base + ".scale"));
        StoredTensor tensor = source.find(name);
        if (tensor != null) {
            used.add(tensor.name());
        }
    }
}
