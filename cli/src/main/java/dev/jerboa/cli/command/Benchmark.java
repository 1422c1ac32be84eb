package dev.jerboa.cli.command;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Measures how fast a decoder reads prompts and writes tokens: rounds after one to warm up, each prompt and each text from
 * the same context, which is empty or filled beforehand.
 */
final class Benchmark {
    /** What is measured. */
    interface Subject {
        /** Computes {@code tokens} tokens that stay: the context that prompts and texts go on from. */
        void fill(int tokens);

        /** Forgets everything but the tokens that stay. */
        void clear();

        /** Computes {@code tokens} prompt tokens in the steps that prompts are computed in, with the logits of the last. */
        void prompt(int tokens);

        /** Computes one token with its logits. */
        void token();
    }

    /** Tokens a second: the median of the rounds, with the slowest and the fastest. */
    record Rate(double median, double min, double max) {
        static Rate of(double[] rates) {
            double[] sorted = rates.clone();
            Arrays.sort(sorted);
            int middle = sorted.length / 2;
            double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
            return new Rate(median, sorted[0], sorted[sorted.length - 1]);
        }
    }

    record Result(Rate prompt, Rate generation) {}

    private final Subject subject;
    private final int depth;
    private final int promptTokens;
    private final int generatedTokens;

    /** @param depth tokens in the context before each prompt and each text */
    Benchmark(Subject subject, int depth, int promptTokens, int generatedTokens) {
        this.subject = subject;
        this.depth = depth;
        this.promptTokens = promptTokens;
        this.generatedTokens = generatedTokens;
    }

    /** @param progress told of every round that is done */
    Result run(int rounds, IntConsumer progress) {
        subject.fill(depth);
        double[] prompts = new double[rounds];
        double[] texts = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            double prompt = prompt();
            double text = text();
            if (round >= 0) {
                prompts[round] = prompt;
                texts[round] = text;
            }
            progress.accept(round + 2);
        }
        return new Result(Rate.of(prompts), Rate.of(texts));
    }

    private double prompt() {
        if (promptTokens == 0) {
            return 0;
        }
        subject.clear();
        long start = System.nanoTime();
        subject.prompt(promptTokens);
        return promptTokens * 1e9 / (System.nanoTime() - start);
    }

    private double text() {
        if (generatedTokens == 0) {
            return 0;
        }
        subject.clear();
        subject.token(); // wakes the threads
        long start = System.nanoTime();
        for (int i = 0; i < generatedTokens; i++) {
            subject.token();
        }
        return generatedTokens * 1e9 / (System.nanoTime() - start);
    }
}
