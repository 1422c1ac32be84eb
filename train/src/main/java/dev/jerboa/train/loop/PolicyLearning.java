package dev.jerboa.train.loop;

import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.MemoryTensors;
import dev.jerboa.train.autograd.Routing;
import dev.jerboa.train.autograd.TokenLoss;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.random.Draws;
import dev.jerboa.train.recipe.Recipe;
import dev.jerboa.train.rl.Advantages;
import dev.jerboa.train.rl.PolicyBatches;
import dev.jerboa.train.rl.PolicyLoss;
import dev.jerboa.train.rl.PolicyOptions;
import dev.jerboa.train.rl.Rollouts;
import dev.jerboa.train.rl.Rollouts.Draw;
import dev.jerboa.train.rl.Rollouts.Reply;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Reward;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Verdict;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Learning from rewards: questions of a step, replies that today's weights give them, advantages within the replies to a question,
 * and one update or several on them. With a teacher, the distance from its distribution at every token of these replies counts, too,
 * or alone.
 *
 * <p>Question q of a step is the problem (seed, step, q), reply s of it is drawn by the seed that (seed, step, q, s) gives; a round
 * of further questions goes on where the first q of the round before it would. Replies are drawn by the engine from the same tables of
 * weights that the tape trains.
 */
final class PolicyLearning implements Learning {
    private static final int STEP_TOKENS = 256;

    private final Recipe recipe;
    private final Recipe.Policy policy;
    private final RunData.Problems problems;
    private final Network network;
    private final TensorNames names;
    private final Update update;
    private final Team team;
    private final MemoryTensors weights;
    /** The weights that the run began with; none where the loss does not ask for them. */
    private final List<FloatRows> reference;

    private final PolicyBatches batches;
    private final Optional<Pupil> pupil;

    PolicyLearning(
            Recipe recipe,
            Recipe.Policy policy,
            RunData.Problems problems,
            Network network,
            TensorNames names,
            Update update,
            Team team,
            Arena arena,
            Optional<Pupil> pupil) {
        this.recipe = recipe;
        this.policy = policy;
        this.problems = problems;
        this.network = network;
        this.names = names;
        this.update = update;
        this.team = team;
        this.weights = network.parameters().tensors("weights in training");
        this.reference = policy.options().beta() > 0 ? network.parameters().copy(arena) : List.of();
        this.pupil = pupil;
        network.loss().temperature(policy.temperature());
        this.batches = new PolicyBatches(policy.options(), recipe.batchTokens(), policy.maxTokens());
    }

    /** A question with its replies and what they earned. */
    private record Group(List<Reply> replies, List<Verdict> verdicts, double[] rewards) {
        boolean mixed() {
            return Advantages.mixed(rewards);
        }
    }

    @Override
    public Outcome step(long step) {
        long start = System.nanoTime();
        List<Group> groups = groups(step);
        long drawn = System.nanoTime();
        batches.clear();
        PolicyOptions options = policy.options();
        for (Group group : groups) {
            if (!options.mixedOnly() || group.mixed()) {
                batches.add(group.replies, Advantages.of(group.rewards, options.byDeviation()));
            }
        }
        try {
            batches.fill();
        } catch (IllegalArgumentException e) {
            throw recipe.mistake("batch_tokens", "is too small for step " + step + ": " + e.getMessage(), e);
        }
        pupil.ifPresent(Pupil::begin);
        Passes passes = new Passes();
        if (batches.size() > 0) {
            if (policy.temperature() != 1) { // the engine tells log-probabilities at 1
                ask((batch, token, logProbability) -> batches.loss(batch).drawn(token, logProbability));
            }
            if (!reference.isEmpty()) {
                network.parameters().exchange(reference);
                ask((batch, token, logProbability) -> batches.loss(batch).reference(token, logProbability));
                network.parameters().exchange(reference);
            }
            for (int epoch = 0; epoch < policy.innerEpochs(); epoch++) {
                passes.run(step, epoch);
            }
        }
        PolicyReport report = report(groups, passes, drawn - start, System.nanoTime() - drawn);
        return new Outcome(
                passes.tokens,
                passes.loss,
                Double.NaN,
                passes.balance,
                passes.change.norm(),
                passes.change.load(),
                batches.size() > 0 ? Optional.of(batches.batch(batches.size() - 1)) : Optional.empty(),
                Optional.of(report),
                pupil.map(Pupil::report));
    }

    /**
     * The groups of a step: those of its questions, then, where only mixed ones count, those of further questions in place of the
     * others, in as many rounds as the recipe allows.
     */
    private List<Group> groups(long step) {
        List<Group> groups = new ArrayList<>();
        try (Decoder decoder = Decoder.load(
                network.spec(),
                names,
                weights,
                OpsProvider.ops(),
                team,
                DecoderOptions.of(Ops.Precision.EXACT, STEP_TOKENS))) {
            int rounds = policy.options().mixedOnly() ? policy.redraw() : 0;
            int missing = policy.questions();
            for (int round = 0; round <= rounds && missing > 0; round++) {
                List<Group> found = groups(decoder, step, round, missing);
                groups.addAll(found);
                missing -= (int) found.stream().filter(Group::mixed).count();
            }
        }
        return groups;
    }

    private List<Group> groups(Decoder decoder, long step, int round, int count) {
        List<Problem> asked = new ArrayList<>();
        List<Draw> draws = new ArrayList<>();
        int first = round * policy.questions();
        for (int q = first; q < first + count; q++) {
            Problem problem =
                    Split.training(problems.task(), recipe.seed(), step, q).problem();
            asked.add(problem);
            long own = Draws.of(recipe.seed(), step, q).bits();
            for (int s = 0; s < policy.samples(); s++) {
                SamplingOptions sampling = SamplingOptions.plain()
                        .withTemperature((float) policy.temperature())
                        .withSeed(Draws.of(own, 1, s).bits());
                draws.add(new Draw(problem, sampling));
            }
        }
        int together = Math.min(STEP_TOKENS, draws.size());
        List<Reply> replies = new Rollouts(decoder, team, problems.tokenizer(), together, policy.maxTokens()).of(draws);
        List<Group> groups = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Reply> own = replies.subList(i * policy.samples(), (i + 1) * policy.samples());
            groups.add(group(step, first + i, asked.get(i), own));
        }
        return groups;
    }

    private Group group(long step, int question, Problem problem, List<Reply> replies) {
        Reward exact = Reward.exact(policy.form());
        double[] rewards = new double[replies.size()];
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < rewards.length; i++) {
            Reply reply = replies.get(i);
            verdicts.add(Verdict.of(problem, reply.text()));
            double earned = switch (policy.reward()) {
                case VERDICT -> exact.of(problem, reply.text());
                case RANDOM -> Reward.coin(recipe.seed(), step, question, i);
            };
            rewards[i] = earned + policy.options().overlongReward(reply.ids().length, policy.maxTokens());
        }
        return new Group(replies, verdicts, rewards);
    }

    private interface Answer {
        void is(int batch, int token, double logProbability);
    }

    /** Asks the network, with the weights it has, for the log-probabilities of what was drawn. */
    private void ask(Answer answer) {
        network.loss().loss(TokenLoss.CROSS_ENTROPY, 0);
        for (int b = 0; b < batches.size(); b++) {
            Batch batch = batches.batch(b);
            network.tape().forward(batch);
            for (int t = 0; t < batch.tokens(); t++) {
                answer.is(b, t, network.loss().logProbability(t));
            }
        }
    }

    /** The passes of a step over its batches, an update after each. */
    private final class Passes {
        private long tokens;
        private double loss;
        private double balance;
        private Update.Change change = new Update.Change(0, Double.NaN);
        private PolicyLoss.Sums first = PolicyLoss.Sums.NONE;
        private PolicyLoss.Sums last = PolicyLoss.Sums.NONE;

        void run(long step, int epoch) {
            update.begin();
            network.aheadLoss().ifPresent(head -> head.loss(TokenLoss.CROSS_ENTROPY, 0));
            loss = 0;
            balance = 0;
            last = PolicyLoss.Sums.NONE;
            for (int b = 0; b < batches.size(); b++) {
                Batch batch = batches.batch(b);
                network.loss().loss(batches.loss(b), 1);
                pupil.ifPresent(p -> p.read(batch));
                network.tape().forwardAndBackward(batch);
                if (epoch == 0) {
                    pupil.ifPresent(p -> p.count(batch));
                }
                loss += network.loss().loss();
                last = last.plus(batches.loss(b).sums(batch, network.loss()::logProbability));
                for (Routing routing : network.routings()) {
                    balance += routing.balanceLoss();
                    routing.countLoad();
                }
                tokens += batch.tokens();
            }
            first = epoch == 0 ? last : first;
            change = update.apply(
                    step * policy.innerEpochs() + epoch, recipe.schedule().at(step));
        }
    }

    private PolicyReport report(List<Group> groups, Passes passes, long rolloutNanos, long updateNanos) {
        double replies = (double) groups.size() * policy.samples();
        double reward = 0;
        double length = 0;
        int right = 0;
        int unparseable = 0;
        int unended = 0;
        int mixed = 0;
        for (Group group : groups) {
            mixed += group.mixed() ? 1 : 0;
            for (int i = 0; i < group.rewards.length; i++) {
                Verdict verdict = group.verdicts.get(i);
                reward += group.rewards[i];
                length += group.replies.get(i).ids().length;
                right += verdict == Verdict.CORRECT ? 1 : 0;
                unparseable += verdict == Verdict.UNPARSEABLE ? 1 : 0;
                unended += group.replies.get(i).ended() ? 0 : 1;
            }
        }
        double counted = Math.max(1, passes.last.tokens());
        return new PolicyReport(
                reward / replies,
                right / replies,
                (double) mixed / groups.size(),
                groups.size(),
                unparseable / replies,
                unended / replies,
                length / replies,
                passes.first.surprise() / counted,
                passes.last.divergence() / counted,
                passes.last.clipped() / counted,
                passes.first.gap(),
                rolloutNanos / 1e9,
                updateNanos / 1e9);
    }
}
