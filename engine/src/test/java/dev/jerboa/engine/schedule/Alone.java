package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.sample.Sampler;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * What requests are given by a decoder that nobody else uses: the prompt in one step, then a token a step; and random requests to
 * compare.
 */
final class Alone implements AutoCloseable {
    static final int LONGEST_PROMPT = 150;

    private final Team team = Team.ofSize(1);
    private final RandomModel model;
    private final Decoder decoder;
    private final Map<Request, Completion> known = new HashMap<>();

    Alone(RandomModel model) {
        this(model, OpsProvider.ops(), Ops.Precision.EXACT);
    }

    Alone(RandomModel model, Ops ops, Ops.Precision precision) {
        this.model = model;
        this.decoder = load(model, ops, precision, team, LONGEST_PROMPT);
    }

    static Decoder load(RandomModel model, Team team, int maxTokens) {
        return load(model, OpsProvider.ops(), Ops.Precision.EXACT, team, maxTokens);
    }

    static Decoder load(RandomModel model, Ops ops, Ops.Precision precision, Team team, int maxTokens) {
        return Decoder.load(
                model.spec(), model.names(), model.tensors(), ops, team, DecoderOptions.of(precision, maxTokens));
    }

    Completion of(Request request) {
        return known.computeIfAbsent(request, this::compute);
    }

    private Completion compute(Request request) {
        int[] prompt = request.prompt();
        List<Integer> ids = new ArrayList<>();
        List<Double> logs = new ArrayList<>();
        Sampler sampler = new Sampler(request.sampling(), model.spec().vocabularySize(), 1000);
        Arrays.stream(prompt).forEach(sampler::acceptPrompt);
        try (KvCache cache = KvCache.open(decoder.cacheShape(), 1000)) {
            Sequence sequence = cache.sequence(1000);
            sequence.reserve(1000);
            Step step = decoder.step();
            step.state(sequence.state());
            for (int p = 0; p < prompt.length; p++) {
                step.add(prompt[p], p, sequence.pages(), p == prompt.length - 1);
            }
            while (true) {
                decoder.forward(step, cache.layers());
                int id = sampler.pick(step.logits(), 0);
                sampler.accept(id);
                ids.add(id);
                logs.add(logProbability(step.logits().row(0), id));
                boolean stop = request.stopTokens().contains(id);
                if (stop || ids.size() == request.maxTokens()) {
                    return new Completion(
                            ids.stream().mapToInt(Integer::intValue).toArray(),
                            logs.stream().mapToDouble(Double::doubleValue).toArray(),
                            stop ? Ending.STOP : Ending.LENGTH);
                }
                step.clear();
                step.state(sequence.state());
                step.add(id, prompt.length + ids.size() - 1, sequence.pages(), true);
            }
        }
    }

    private static double logProbability(float[] logits, int id) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((double) logit - logits[id]);
        }
        return -Math.log(sum);
    }

    /** Requests of all kinds; about half of them share a prompt with others. */
    List<Request> requests(Random random, int count) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] prompt = !requests.isEmpty() && random.nextBoolean()
                    ? requests.get(random.nextInt(requests.size())).prompt().clone()
                    : prompt(random, 1 + random.nextInt(random.nextInt(3) == 0 ? LONGEST_PROMPT : 12));
            Set<Integer> stops = new HashSet<>();
            for (int s = random.nextInt(4); s > 0; s--) {
                stops.add(random.nextInt(model.spec().vocabularySize()));
            }
            requests.add(Request.of(prompt, sampling(random), 1 + random.nextInt(90))
                    .withStopTokens(stops)
                    .withLikeliest(random.nextInt(4) - 1));
        }
        return requests;
    }

    int[] prompt(Random random, int length) {
        return random.ints(length, 0, model.spec().vocabularySize()).toArray();
    }

    private static SamplingOptions sampling(Random random) {
        SamplingOptions plain = SamplingOptions.plain().withSeed(random.nextLong());
        return switch (random.nextInt(4)) {
            case 0 -> SamplingOptions.greedy();
            case 1 -> plain.withTemperature(0.7f).withTopP(0.9f).withTopK(20);
            case 2 -> plain.withRepetitionPenalty(1.3f).withPresencePenalty(0.5f);
            default -> plain;
        };
    }

    @Override
    public void close() {
        decoder.close();
        team.close();
    }
}
