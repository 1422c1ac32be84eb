package dev.jerboa.gateway.share.seed;

import java.util.LinkedHashMap;
import java.util.Map;

/** Tokens of each lab's models in each week. */
final class Labs {
    static final long DEEPSEEK = 14_370_000_000_000L;
    static final long QWEN = 5_590_000_000_000L;
    static final long META = 3_960_000_000_000L;
    static final long MISTRAL = 2_920_000_000_000L;
    static final long OPENAI_OPEN = 1_650_000_000_000L;

    /** A lab's share of its band, in a thousand, before it is scaled to the lab's total. */
    private interface Share {
        int in(int week);
    }

    private Labs() {}

    /** Tokens by lineup and week; every week sums to the tokens of {@link Weeks}. */
    static Map<String, long[]> tokens() {
        Map<String, long[]> labs = new LinkedHashMap<>();
        labs.put("deepseek", scaled(DEEPSEEK, Labs::deepseek, Band.CHINESE));
        labs.put("qwen", scaled(QWEN, Labs::qwen, Band.CHINESE));
        labs.put("meta-llama", scaled(META, week -> week < 28 ? 500 : week < 36 ? 380 : 250, Band.OTHER));
        labs.put("mistralai", scaled(MISTRAL, week -> week < 28 ? 300 : week < 36 ? 250 : 200, Band.OTHER));
        labs.put("openai-open", scaled(OPENAI_OPEN, week -> week < 38 ? 0 : 200, Band.OTHER));
        long[] chineseRest = new long[Weeks.COUNT];
        long[] otherRest = new long[Weeks.COUNT];
        for (int week = 0; week < Weeks.COUNT; week++) {
            chineseRest[week] = Weeks.chineseOpen(week) - at(labs, "deepseek", week) - at(labs, "qwen", week);
            otherRest[week] = Weeks.otherOpen(week)
                    - at(labs, "meta-llama", week)
                    - at(labs, "mistralai", week)
                    - at(labs, "openai-open", week);
        }
        split(
                labs,
                chineseRest,
                week -> week < 37 ? new long[] {50, 50, 0, 0} : new long[] {0, 30, 34, 36},
                "01-ai",
                "z-ai",
                "minimax",
                "moonshotai");
        split(labs, otherRest, week -> new long[] {25, 25, 20, 30}, "google-open", "nvidia", "microsoft", "tngtech");
        long[] closed = new long[Weeks.COUNT];
        for (int week = 0; week < Weeks.COUNT; week++) {
            closed[week] = Weeks.closed(week);
        }
        split(
                labs,
                closed,
                week -> new long[] {30, 35, 25, 7, 2, 1},
                "openai",
                "anthropic",
                "google",
                "x-ai",
                "qwen-closed",
                "mistral-closed");
        return labs;
    }

    private enum Band {
        CHINESE,
        OTHER
    }

    private static long[] scaled(long total, Share share, Band band) {
        long[] weights = new long[Weeks.COUNT];
        for (int week = 0; week < Weeks.COUNT; week++) {
            long tokens = band == Band.CHINESE ? Weeks.chineseOpen(week) : Weeks.otherOpen(week);
            weights[week] = tokens / 1_000_000 * share.in(week);
        }
        return Parts.of(total, weights);
    }

    private static long at(Map<String, long[]> labs, String lab, int week) {
        long[] tokens = labs.get(lab);
        if (tokens == null) {
            throw new AssertionError(lab);
        }
        return tokens[week];
    }

    private interface Weights {
        long[] in(int week);
    }

    private static void split(Map<String, long[]> labs, long[] tokens, Weights weights, String... names) {
        for (int week = 0; week < Weeks.COUNT; week++) {
            if (tokens[week] < 0) {
                throw new AssertionError("week " + week + " has less than nothing left: " + tokens[week]);
            }
            long[] parts = Parts.of(tokens[week], weights.in(week));
            for (int i = 0; i < names.length; i++) {
                labs.computeIfAbsent(names[i], name -> new long[Weeks.COUNT])[week] = parts[i];
            }
        }
    }

    private static int deepseek(int week) {
        if (week >= 44) {
            return 520;
        }
        if (week >= 36) {
            return new int[] {750, 700, 660, 620, 580, 560, 550, 540}[week - 36];
        }
        return week < 8
                ? 550
                : week == 8 ? 800 : week == 9 ? 880 : week < 12 ? 930 : week < 20 ? 985 : week < 28 ? 930 : 880;
    }

    private static int qwen(int week) {
        if (week >= 44) {
            return 290;
        }
        if (week >= 36) {
            return 180 + 20 * Math.min(week - 36, 4) + 10 * Math.max(0, week - 40);
        }
        return week < 8
                ? 400
                : week == 8 ? 150 : week == 9 ? 90 : week < 12 ? 60 : week < 20 ? 12 : week < 28 ? 60 : 90;
    }
}
