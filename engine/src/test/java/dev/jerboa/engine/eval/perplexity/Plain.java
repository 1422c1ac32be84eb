package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.schedule.StepModel;
import dev.jerboa.kernel.memory.FloatRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The same measures by plain loops: a window at a time, all logits, sums as in a textbook. */
final class Plain {
    /** What a scored token was given. */
    record Row(int target, float[] logits) {
        double loss(int token) {
            return -Math.log(p(token));
        }

        double p(int token) {
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp((double) logit - logits[token]);
            }
            return 1 / sum;
        }

        int top() {
            int top = 0;
            for (int i = 0; i < logits.length; i++) {
                top = logits[i] > logits[top] ? i : top;
            }
            return top;
        }
    }

    private Plain() {}

    /** As llama.cpp's perplexity tool reads a text. */
    static List<Row> chunks(StepModel model, int[] tokens, int bos, int context) {
        List<Row> rows = new ArrayList<>();
        int chunks = tokens.length / context;
        int first = context / 2;
        for (int chunk = 0; chunk < chunks; chunk++) {
            int[] window = new int[context];
            for (int i = 0; i < context; i++) {
                window[i] = i == 0 && bos >= 0 ? bos : tokens[chunk * context + i];
            }
            float[][] logits = logits(model, window);
            for (int j = first; j < context - 1; j++) {
                rows.add(new Row(tokens[chunk * context + j + 1], logits[j]));
            }
        }
        return rows;
    }

    /** As transformers' documentation reads one: target_len labels of each window, shifted by one. */
    static List<Row> sliding(StepModel model, int[] tokens, int context, int stride) {
        List<Row> rows = new ArrayList<>();
        int previous = 0;
        for (int begin = 0; begin < tokens.length; begin += stride) {
            int end = Math.min(begin + context, tokens.length);
            int targets = end - previous;
            int[] window = Arrays.copyOfRange(tokens, begin, end);
            float[][] logits = logits(model, window);
            for (int label = 1; label < window.length; label++) {
                if (label >= window.length - targets) {
                    rows.add(new Row(window[label], logits[label - 1]));
                }
            }
            previous = end;
            if (end == tokens.length) {
                break;
            }
        }
        return rows;
    }

    private static float[][] logits(StepModel model, int[] window) {
        float[][] all = new float[window.length][];
        try (KvCache cache = KvCache.open(model.cacheShape(), window.length)) {
            Sequence sequence = cache.sequence(window.length);
            sequence.reserve(window.length);
            for (int i = 0; i < window.length; i++) {
                model.clear();
                model.add(window[i], i, sequence.pages(), true);
                FloatRows rows = model.run(cache.layers());
                all[i] = rows.row(0);
            }
        }
        return all;
    }
}
