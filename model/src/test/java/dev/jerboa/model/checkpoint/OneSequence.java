package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.SideRows;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.KvShape;
import dev.jerboa.model.decoder.Step;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** One sequence on contiguous pages, started afresh for each call. */
record OneSequence(Decoder decoder) {
    float[][] logits(int[] prompt, int chunk) {
        float[][] rows = new float[prompt.length][];
        Step step = decoder.step();
        List<KvLayer> cache = cache(prompt.length);
        int[] pages = IntStream.range(0, prompt.length / 16 + 1).toArray();
        for (int from = 0; from < prompt.length; from += chunk) {
            int to = Math.min(prompt.length, from + chunk);
            step.clear();
            step.state(0);
            for (int p = from; p < to; p++) {
                step.add(prompt[p], p, pages, true);
            }
            decoder.forward(step, cache);
            FloatRows logits = step.logits();
            for (int p = from; p < to; p++) {
                rows[p] = logits.row(p - from);
            }
        }
        return rows;
    }

    /** The same prompt as a sequence of its own for each adaptation, all in one step. */
    List<float[][]> logitsOfEach(int[] prompt, int... adaptations) {
        int pagesEach = prompt.length / 16 + 1;
        List<KvLayer> cache = cache(adaptations.length * pagesEach * 16);
        Step step = decoder.step();
        for (int i = 0; i < adaptations.length; i++) {
            int first = i * pagesEach;
            int[] pages = IntStream.range(first, first + pagesEach).toArray();
            step.adaptation(adaptations[i]);
            step.state(i);
            for (int p = 0; p < prompt.length; p++) {
                step.add(prompt[p], p, pages, true);
            }
        }
        decoder.forward(step, cache);
        List<float[][]> all = new ArrayList<>();
        for (int i = 0; i < adaptations.length; i++) {
            int first = i * prompt.length;
            all.add(IntStream.range(first, first + prompt.length)
                    .mapToObj(row -> step.logits().row(row))
                    .toArray(float[][]::new));
        }
        return all;
    }

    int[] greedy(int[] prompt, int count) {
        int length = prompt.length + count;
        Step step = decoder.step();
        List<KvLayer> cache = cache(length);
        int[] pages =
                IntStream.range(0, length / 16 + 1).map(p -> length / 16 - p).toArray();
        int[] out = new int[count];
        step.state(0);
        for (int p = 0; p < prompt.length; p++) {
            step.add(prompt[p], p, pages, p == prompt.length - 1);
        }
        for (int i = 0; i < count; i++) {
            decoder.forward(step, cache);
            out[i] = argMax(step.logits().row(0));
            step.clear();
            step.state(0);
            step.add(out[i], prompt.length + i, pages, true);
        }
        return out;
    }

    private List<KvLayer> cache(int positions) {
        int slots = (positions / 16 + 1) * 16;
        List<KvLayer> layers = new ArrayList<>();
        for (KvShape shape : decoder.cacheShape()) {
            if (shape.state() > 0) {
                FloatRows states = FloatRows.allocate(Arena.ofAuto(), 4, shape.state());
                states.data().fill((byte) -1); // not a number: what it holds must not matter
                layers.add(KvLayer.ofStates(states, 4));
                continue;
            }
            FloatRows keys = FloatRows.allocate(Arena.ofAuto(), slots, shape.keyDim());
            FloatRows values =
                    shape.valueDim() == 0 ? keys : FloatRows.allocate(Arena.ofAuto(), slots, shape.valueDim());
            List<SideRows> sides = new ArrayList<>();
            for (KvShape.Side side : shape.sides()) {
                int rows = slots / 16 * SideRows.perPage(side.every(), 4);
                sides.add(new SideRows(FloatRows.allocate(Arena.ofAuto(), rows, side.dim()), side.every(), 4));
            }
            layers.add(
                    new KvLayer(keys.data(), values.data(), shape.keyDim(), values.cols(), 4, 1, CacheType.F32, sides));
        }
        return layers;
    }

    private static int argMax(float[] values) {
        return IntStream.range(0, values.length)
                .reduce((a, b) -> values[b] > values[a] ? b : a)
                .orElseThrow();
    }
}
