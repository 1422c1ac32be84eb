package dev.jerboa.cli.command;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.sample.Sampler;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.Step;

/** A decoder to measure: prompts of arbitrary tokens, and texts of its own most likely tokens. */
final class BenchSubject implements Benchmark.Subject, AutoCloseable {
    private final Decoder decoder;
    private final Step step;
    private final KvCache cache;
    private final Sequence sequence;
    private final Sampler sampler;
    private int depth;
    private int next;

    /** @param maxTokens the longest prompt or text, with the context before it */
    BenchSubject(Decoder decoder, int maxTokens, CacheType type) {
        this.decoder = decoder;
        this.step = decoder.step();
        this.cache = KvCache.open(decoder.cacheShape(), maxTokens, type);
        this.sequence = cache.sequence(maxTokens);
        sequence.reserve(maxTokens);
        this.sampler = new Sampler(SamplingOptions.greedy(), decoder.spec().vocabularySize(), maxTokens);
    }

    @Override
    public void fill(int tokens) {
        sequence.truncate(0);
        sequence.reserve(sequence.maxTokens());
        prompt(tokens);
        sequence.mark();
        depth = tokens;
    }

    @Override
    public void clear() {
        sequence.truncate(depth);
        sequence.reserve(sequence.maxTokens());
        next = 1;
    }

    @Override
    public void prompt(int tokens) {
        int vocabulary = decoder.spec().vocabularySize();
        for (int at = 0; at < tokens; ) {
            int count = Math.min(step.capacity(), tokens - at);
            int first = sequence.length();
            step.clear();
            step.state(sequence.state());
            for (int i = 0; i < count; i++) {
                int token = (int) ((first + i) * 7919L % vocabulary);
                step.add(token, first + i, sequence.pages(), at + i == tokens - 1);
            }
            decoder.forward(step, cache.layers());
            sequence.advance(count);
            at += count;
        }
    }

    @Override
    public void token() {
        step.clear();
        step.state(sequence.state());
        step.add(next, sequence.length(), sequence.pages(), true);
        decoder.forward(step, cache.layers());
        sequence.advance(1);
        next = sampler.pick(step.logits(), 0);
    }

    @Override
    public void close() {
        cache.close();
    }
}
