package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.eval.EvalException;
import java.util.ArrayList;
import java.util.List;

/** The windows of a text by each method. */
final class Windows {
    private Windows() {}

    /** @throws EvalException where the text is too short for one */
    static List<Window> of(int tokens, PerplexityOptions options) {
        List<Window> all = switch (options.method()) {
            case CHUNKS -> chunks(tokens, options.context());
            case SLIDING -> sliding(tokens, options.context(), options.stride());
        };
        if (all.isEmpty()) {
            throw new EvalException("the text has " + tokens + " tokens, too few for " + options.words()
                    + ": take a longer text or a smaller context");
        }
        return options.chunks() == 0 ? all : all.subList(0, Math.min(options.chunks(), all.size()));
    }

    private static List<Window> chunks(int tokens, int context) {
        List<Window> all = new ArrayList<>();
        for (int from = 0; from + context <= tokens; from += context) {
            all.add(new Window(from, from + context, from + context / 2 + 1));
        }
        return all;
    }

    private static List<Window> sliding(int tokens, int context, int stride) {
        List<Window> all = new ArrayList<>();
        int scored = 0;
        for (int from = 0; scored < tokens && tokens > 1; from += stride) {
            int to = Math.min(from + context, tokens);
            int first = Math.max(scored, from + 1);
            if (first < to) {
                all.add(new Window(from, to, first));
            }
            scored = to;
        }
        return all;
    }

    /** Tokens that are scored. */
    static int scored(List<Window> windows) {
        return windows.stream()
                .mapToInt(window -> window.to() - window.firstTarget())
                .sum();
    }
}
