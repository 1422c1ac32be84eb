package dev.jerboa.train.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.engine.schedule.Completion;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.engine.schedule.ScheduleOptions;
import dev.jerboa.engine.schedule.Scheduler;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.testkit.SharedFolder;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.data.Batch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that a decoder samples from a network's parameters have the log-probabilities that the network computes for them. */
class RolloutTest {
    private static final int SAMPLES = 4;
    private static final int MAX_TOKENS = 600;

    @ParameterizedTest
    @ValueSource(strings = {"mhc_mla_moe", "qwen3_moe", "deepseek_v3", "deepseek_v4_hfcfg"})
    void servedAndTrainedProbabilitiesAgree(String name) {
        Path oracle = SharedFolder.require("oracle/train/" + name);
        Path folder =
                oracle.resolve("config.json").toFile().exists() ? oracle : SharedFolder.require("oracle/hf/" + name);
        try (PageArena arena = new PageArena();
                Team team = Team.ofSize(1);
                Checkpoint checkpoint = Checkpoint.open(folder)) {
            Parameters parameters = new Parameters(arena);
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, MAX_TOKENS, team);
            Network network = new Network(
                    checkpoint.spec(),
                    checkpoint.description().names(),
                    false,
                    0,
                    Recompute.NOTHING,
                    parameters,
                    tape,
                    arena);
            parameters.load(checkpoint.tensors());
            List<Request> requests = requests(checkpoint.spec().vocabularySize());
            List<Completion> completions = rollouts(checkpoint, parameters, team, requests);

            tape.forward(batch(requests, completions));
            double worst = 0;
            int at = 0;
            for (int i = 0; i < requests.size(); i++) {
                double[] served = completions.get(i).logProbabilities();
                at += requests.get(i).prompt().length - 1;
                for (double logProbability : served) {
                    worst = Math.max(
                            worst, Math.abs(logProbability - network.loss().logProbability(at++)));
                }
                at++;
            }
            System.out.printf("%s: served and trained log-probabilities differ by %.2e at most%n", name, worst);
            assertThat(worst).isLessThan(1e-4);
            assertThat(Arrays.stream(completions.getFirst().logProbabilities()).sum())
                    .isLessThan(-1);
        }
    }

    private static List<Request> requests(int vocabulary) {
        Random random = new Random(2);
        List<Request> requests = new ArrayList<>();
        for (int length : new int[] {1, 9, 40}) {
            int[] prompt = random.ints(length, 0, vocabulary).toArray();
            for (int i = 0; i < SAMPLES; i++) {
                SamplingOptions sampling = SamplingOptions.plain().withSeed(random.nextLong());
                requests.add(Request.of(prompt, sampling, 25).withLogProbabilities(true));
            }
        }
        return requests;
    }

    private static List<Completion> rollouts(
            Checkpoint checkpoint, Parameters parameters, Team team, List<Request> requests) {
        try (Decoder decoder = Decoder.load(
                        checkpoint.spec(),
                        checkpoint.description().names(),
                        parameters.tensors("the parameters"),
                        OpsProvider.ops(),
                        team,
                        DecoderOptions.of(Ops.Precision.EXACT, 64));
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 2 * requests.size()))) {
            return scheduler.run(requests);
        }
    }

    private static Batch batch(List<Request> requests, List<Completion> completions) {
        Batch batch = new Batch(MAX_TOKENS);
        for (int i = 0; i < requests.size(); i++) {
            int[] prompt = requests.get(i).prompt();
            int[] reply = completions.get(i).ids();
            int[] all = Arrays.copyOf(prompt, prompt.length + reply.length);
            System.arraycopy(reply, 0, all, prompt.length, reply.length);
            float[] weights = new float[all.length];
            Arrays.fill(weights, prompt.length, all.length, 1);
            batch.addSequence(all, weights);
        }
        return batch;
    }
}
