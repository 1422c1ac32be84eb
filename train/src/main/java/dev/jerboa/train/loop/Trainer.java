package dev.jerboa.train.loop;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.checkpoint.RunFolder.Table;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.distil.Teacher;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.network.StreamGain;
import dev.jerboa.train.recipe.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A training run: the network, its optimiser, its data and its folder. For one thread; the team does the work. The bits of a run
 * depend on the recipe and the kernels' tier only.
 */
public final class Trainer implements AutoCloseable {
    private static final String REPORT = "report.html";
    private static final int PEAKS = 5;
    private static final int PEAK_EVERY = 20;
    private static final int GAIN_EVERY = 25;
    private static final int RECENT = 20;

    private final Recipe recipe;
    private final Optional<Checkpoint> frozen;
    private final RunFolder run;
    private final Metrics metrics;
    private final Team team;
    private final PageArena arena = new PageArena();
    private final RunData data;
    private final Inputs inputs;
    private final Subject subject;
    private final Network network;
    private final Update update;
    private final Learning learning;
    private final Map<String, String> repeated;
    /** Multiply-adds of the machine, the most that was measured. */
    private double peak;

    private long step;
    private long tokens;
    private boolean begun;

    /**
     * Makes a run ready at its first step.
     *
     * @param base what paths in the recipe are relative to
     * @param out the run's folder
     */
    public Trainer(Recipe recipe, Path base, Path out, Team team) {
        this.recipe = recipe;
        this.metrics = new Metrics(out);
        this.team = team;
        this.frozen = recipe.adapter()
                .map(settings -> Checkpoint.open(base.resolve(recipe.model().from())));
        try {
            this.data = RunData.of(recipe, base, out, frozen, team);
            this.inputs = Inputs.of(recipe, base, out);
            Gemm gemm = OpsProvider.ops().gemm();
            Tape tape = new Tape(gemm, arena, recipe.batchTokens(), team);
            this.subject = frozen.map(checkpoint ->
                            Subject.beside(recipe, recipe.adapter().orElseThrow(), checkpoint, data, tape, arena))
                    .orElseGet(() -> Subject.whole(recipe, base, data, tape, arena));
            this.run = new RunFolder(out, subject.kind());
            this.network = subject.network();
            this.update = new Update(recipe, network, gemm, team, arena);
            Optional<Pupil> pupil = recipe.distil()
                    .filter(distil -> distil.method() != Recipe.Distil.Method.SEQUENCE)
                    .map(distil -> pupil(distil, base));
            this.repeated = repeated(subject.names());
            this.learning = recipe.policy()
                    .<Learning>map(policy -> new PolicyLearning(
                            recipe, policy, data.needProblems(), network, subject.names(), update, team, arena, pupil))
                    .orElseGet(() -> new Supervised(recipe, data.source(), network, update, pupil));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        this.peak = peak(team, PEAKS);
    }

    /** Has the network's head follow the teacher, whose vocabulary it must have. */
    private Pupil pupil(Recipe.Distil distil, Path base) {
        Teacher teacher = Teacher.open(base.resolve(distil.teacher()), recipe.batchTokens(), team, arena);
        teacher.requireVocabulary(data.tokenizer(), network.spec().vocabularySize());
        return new Pupil(distil, teacher, network.loss());
    }

    /** The best of a few measurements: other processes make it smaller, never larger. Not a number where none can be made. */
    private static double peak(Team team, int measurements) {
        double best = Double.NaN;
        for (int i = 0; i < measurements; i++) {
            double found = Peaks.here().map(peaks -> peaks.multiplyAdds(team)).orElse(Double.NaN);
            best = Double.isNaN(best) ? found : Math.max(best, found);
        }
        return best;
    }

    public Network network() {
        return network;
    }

    public Recipe recipe() {
        return recipe;
    }

    /** Steps done. */
    public long step() {
        return step;
    }

    /** Native memory that the run takes: weights, what the optimiser keeps, activations, a teacher. */
    public long memoryBytes() {
        return arena.allocatedBytes();
    }

    /** The run's folder. */
    public RunFolder folder() {
        return run;
    }

    /** Goes to the last complete checkpoint, if there is one; whether there was. */
    public boolean resume() {
        Optional<Long> last = run.last();
        if (last.isEmpty()) {
            return false;
        }
        Map<String, @Nullable Object> facts = run.load(last.get(), model(), update.averages(), update.state());
        if (!recipe.text().equals(facts.get("recipe"))) {
            throw new ModelException(run.step(last.get()) + " was made by another recipe than " + recipe.source()
                    + "; give the recipe it was made by, or another folder");
        }
        inputs.require(facts, run.step(last.get()));
        step = last.get();
        tokens = facts.get("tokens") instanceof Long count ? count : 0;
        metrics.cut(step);
        begun = true;
        return true;
    }

    private List<Table> model() {
        List<Table> tables = new ArrayList<>();
        for (Parameter parameter : network.parameters().all()) {
            tables.add(new Table(parameter.name(), parameter.shape(), parameter.value()));
        }
        return tables;
    }

    /** What checkpoints of DeepSeek-V3 hold twice: the layer that predicts ahead has embedding and head under names of its own. */
    private Map<String, String> repeated(TensorNames names) {
        if (network.aheadLoss().isEmpty()
                || !"deepseek_v3".equals(subject.config().get("model_type"))) {
            return Map.of();
        }
        String layer = "model.layers." + network.spec().layers().size() + ".";
        Slot head = network.spec().tiedHead() ? Slot.EMBEDDING : Slot.HEAD;
        Map<String, String> byName = new LinkedHashMap<>();
        byName.put(layer + "embed_tokens.weight", names.name(Slot.EMBEDDING, 0));
        byName.put(layer + "shared_head.head.weight", names.name(head, 0));
        return byName;
    }

    /** Weights as a checkpoint holds them: where there are any, with those that it repeats. */
    private List<Table> published(List<Table> weights) {
        List<Table> all = new ArrayList<>(weights);
        repeated.forEach((name, of) -> weights.stream()
                .filter(table -> table.name().equals(of))
                .forEach(table -> all.add(new Table(name, table.shape(), table.values()))));
        return all;
    }

    /** Writes a checkpoint of where the run stands; the hash of its weights. */
    public String save() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("tokens", tokens);
        facts.put("seed", recipe.seed());
        facts.put("kernels", OpsProvider.ops().tier());
        facts.put("java", System.getProperty("java.version"));
        facts.put("recipe", recipe.text());
        inputs.addTo(facts);
        return run.save(new RunFolder.Content(
                step,
                subject.config(),
                published(model()),
                published(update.averages()),
                update.state(),
                data.files(),
                facts));
    }

    /**
     * Runs up to a step, with a checkpoint every so many and at the end.
     *
     * <p>A run that was not resumed begins in its folder only where no other one left a checkpoint.
     *
     * @param listener told of every step
     * @throws ModelException where the folder holds another run's checkpoints, or the loss is no number any more
     */
    public void run(long upTo, int checkpointEvery, Consumer<StepReport> listener) {
        if (!begun) {
            run.begin();
            metrics.clear();
            begun = true;
        }
        while (step < upTo) {
            StepReport report = next();
            metrics.append(report);
            listener.accept(report);
            if (step % checkpointEvery == 0 || step == upTo) {
                save();
                RunReport.write(metrics.file(), run.path().resolve(REPORT));
            }
        }
    }

    /** The mean loss of the last {@value #RECENT} steps, of earlier sessions too; not a number before the first. */
    public double recentLoss() {
        return metrics.loss(RECENT);
    }

    /** Does one step. */
    private StepReport next() {
        long start = System.nanoTime();
        Learning.Outcome outcome = learning.step(step);
        double speed = outcome.tokens() / ((System.nanoTime() - start) / 1e9);
        double rate = recipe.optimizer().rate() * recipe.schedule().at(step);
        step++;
        if (step % PEAK_EVERY == 0) { // the first ones may have met other work
            peak = Math.max(peak, peak(team, 1));
        }
        tokens += outcome.tokens();
        if (!Double.isFinite(outcome.loss()) || !Double.isFinite(outcome.norm())) {
            throw new ModelException("step " + step + ": the loss is " + outcome.loss() + " and the gradient's norm "
                    + outcome.norm()
                    + "; a smaller optimizer.rate or a longer schedule.warmup keeps a run stable");
        }
        return new StepReport(
                step,
                tokens,
                outcome.loss(),
                outcome.aheadLoss(),
                outcome.balance(),
                outcome.norm(),
                rate,
                speed,
                outcome.policy().isPresent() ? Double.NaN : subject.operationsPerToken() * speed / (peak * 1e9),
                outcome.load(),
                outcome.last().flatMap(this::gain),
                outcome.policy(),
                outcome.distil());
    }

    /** The gain of the streams over the first sequence of the last batch, now and then. */
    private Optional<StreamGain> gain(Batch last) {
        boolean wanted = !network.sites().isEmpty() && (step == 1 || step % GAIN_EVERY == 0);
        return wanted ? Optional.of(StreamGain.of(network, last, 0)) : Optional.empty();
    }

    /** Gives the memory back. */
    @Override
    public void close() {
        arena.close();
        frozen.ifPresent(Checkpoint::close);
    }
}
