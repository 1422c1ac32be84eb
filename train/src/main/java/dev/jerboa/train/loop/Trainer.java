package dev.jerboa.train.loop;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.family.Families;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.train.autograd.HeadLoss;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Routing;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.autograd.TokenLoss;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.checkpoint.RunFolder.Table;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.network.Initial;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.network.Parameters;
import dev.jerboa.train.network.StreamGain;
import dev.jerboa.train.optim.Optimizer;
import dev.jerboa.train.optim.Optimizer.Group;
import dev.jerboa.train.optim.Optimizer.Rule;
import dev.jerboa.train.recipe.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
    private static final String METRICS = "metrics.jsonl";
    private static final String REPORT = "report.html";
    private static final int PEAKS = 5;
    private static final int GAIN_EVERY = 25;

    private final Recipe recipe;
    private final RunFolder run;
    private final Team team;
    private final PageArena arena = new PageArena();
    private final RunData data;
    private final Network network;
    private final Optimizer optimizer;
    private final List<FloatRows> averages = new ArrayList<>();
    private final List<Batch> batches = new ArrayList<>();
    private final double operationsPerToken;
    private final double peak;
    private long step;
    private long tokens;

    /**
     * Makes a run ready at its first step.
     *
     * @param base what paths in the recipe are relative to
     * @param out the run's folder
     */
    public Trainer(Recipe recipe, Path base, Path out, Team team) {
        this.recipe = recipe;
        this.run = new RunFolder(out);
        this.team = team;
        this.data = RunData.of(recipe, base, out);
        Gemm gemm = OpsProvider.ops().gemm();
        Map<String, @Nullable Object> config = config();
        Description description = Families.ofFolder(config, recipe.source() + ": model.config", NoTensors.NONE);
        Parameters parameters = new Parameters(arena);
        Tape tape = new Tape(gemm, arena, recipe.batchTokens(), team);
        TensorNames names = description.names();
        this.network = new Network(
                description.spec(),
                names,
                recipe.model().ahead() > 0,
                recipe.model().balance() / recipe.microBatches(),
                parameters,
                tape,
                arena);
        begin(base);
        this.optimizer = new Optimizer(groups(), recipe.optimizer(), gemm, team, arena);
        if (recipe.average() > 0) {
            for (Parameter parameter : parameters.all()) {
                FloatRows average = FloatRows.allocate(arena, parameter.rows(), parameter.cols());
                MemorySegment.copy(parameter.value().data(), 0, average.data(), 0, bytes(parameter));
                averages.add(average);
            }
        }
        for (int i = 0; i < recipe.microBatches(); i++) {
            batches.add(new Batch(recipe.batchTokens()));
        }
        this.operationsPerToken = 6.0 * weightsPerToken();
        this.peak = peak(team);
    }

    /** The best of a few measurements: other processes make it smaller, never larger. */
    private static double peak(Team team) {
        double best = Double.NaN;
        for (int i = 0; i < PEAKS; i++) {
            double found = Peaks.here().map(peaks -> peaks.multiplyAdds(team)).orElse(Double.NaN);
            best = Double.isNaN(best) ? found : Math.max(best, found);
        }
        return best;
    }

    private Map<String, @Nullable Object> config() {
        Map<String, @Nullable Object> config =
                new LinkedHashMap<>(recipe.model().config());
        data.vocabulary().ifPresent(size -> config.putIfAbsent("vocab_size", (long) size));
        data.special().forEach(config::putIfAbsent);
        return config;
    }

    private static long bytes(Parameter parameter) {
        return Float.BYTES * parameter.elements();
    }

    private void begin(Path base) {
        Initial.set(
                network, recipe.seed(), recipe.model().initStd(), recipe.model().streamOff());
        if (!recipe.model().from().isEmpty()) {
            try (Checkpoint checkpoint =
                    Checkpoint.open(base.resolve(recipe.model().from()))) {
                network.parameters().load(checkpoint.tensors());
            }
        }
    }

    /** Matrices of layers by the recipe's rule, with decay; embeddings and head by AdamW, with decay; the rest without. */
    private List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (Parameter parameter : network.parameters().all()) {
            String name = parameter.name();
            boolean stream = name.contains("hc_");
            if (name.endsWith("e_score_correction_bias")) {
                groups.add(new Group(parameter, Rule.NONE, 0, 0));
            } else if (stream) {
                boolean function = name.endsWith("fn");
                groups.add(new Group(
                        parameter,
                        Rule.ADAMW,
                        function ? 1 : recipe.model().streamRate(),
                        function ? recipe.decay() : 0));
            } else if (parameter.matrix()) {
                boolean ends = name.contains("embed_tokens") || name.startsWith("lm_head");
                groups.add(new Group(parameter, ends ? Rule.ADAMW : recipe.matrixRule(), 1, recipe.decay()));
            } else {
                groups.add(new Group(parameter, Rule.ADAMW, 1, 0));
            }
        }
        return groups;
    }

    /** Weights that a token is multiplied with. */
    private double weightsPerToken() {
        double sum = 0;
        for (Parameter parameter : network.parameters().all()) {
            String name = parameter.name();
            if (!parameter.matrix()
                    || name.contains("embed_tokens") && !network.spec().tiedHead()) {
                continue;
            }
            double share = 1;
            if (name.contains(".experts.")) {
                int l = Integer.parseInt(name.replaceAll("\\D*(\\d+).*", "$1"));
                List<LayerSpec> layers = network.spec().layers();
                LayerSpec layer = layers.get(Math.min(l, layers.size() - 1));
                if (layer.feedForward() instanceof FeedForwardSpec.Experts experts) {
                    share = (double) experts.router().perToken() / experts.experts();
                }
            }
            sum += share * parameter.elements();
        }
        return recipe.model().ahead() > 0
                ? sum
                        + (double) network.spec().vocabularySize()
                                * network.spec().hiddenSize()
                : sum;
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
        Map<String, @Nullable Object> facts = run.load(last.get(), model(), state());
        if (!recipe.text().equals(facts.get("recipe"))) {
            throw new ModelException(run.step(last.get()) + " was made by another recipe than " + recipe.source()
                    + "; give the recipe it was made by, or another folder");
        }
        step = last.get();
        tokens = facts.get("tokens") instanceof Long count ? count : 0;
        cutMetrics();
        return true;
    }

    private List<Table> model() {
        List<Table> tables = new ArrayList<>();
        for (Parameter parameter : network.parameters().all()) {
            tables.add(new Table(parameter.name(), parameter.shape(), parameter.value()));
        }
        return tables;
    }

    private List<Table> state() {
        List<Table> tables = new ArrayList<>();
        optimizer
                .state()
                .forEach((name, rows) -> tables.add(new Table(name, new long[] {rows.rows(), rows.cols()}, rows)));
        int i = 0;
        for (Parameter parameter : network.parameters().all()) {
            if (!averages.isEmpty()) {
                tables.add(new Table(parameter.name() + ".average", parameter.shape(), averages.get(i++)));
            }
        }
        return tables;
    }

    /** Writes a checkpoint of where the run stands; the hash of its weights. */
    public String save() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("tokens", tokens);
        facts.put("seed", recipe.seed());
        facts.put("kernels", OpsProvider.ops().tier());
        facts.put("java", System.getProperty("java.version"));
        facts.put("recipe", recipe.text());
        return run.save(new RunFolder.Content(step, config(), model(), state(), data.files(), facts));
    }

    /**
     * Runs up to a step, with a checkpoint every so many and at the end.
     *
     * @param listener told of every step
     */
    public void run(long upTo, int checkpointEvery, Consumer<StepReport> listener) {
        while (step < upTo) {
            StepReport report = next();
            write(report);
            listener.accept(report);
            if (step % checkpointEvery == 0 || step == upTo) {
                save();
                RunReport.write(run.path().resolve(METRICS), run.path().resolve(REPORT));
            }
        }
    }

    /** Does one step. */
    private StepReport next() {
        long start = System.nanoTime();
        double weight = 0;
        long seen = 0;
        for (int i = 0; i < batches.size(); i++) {
            data.source().fill(step * batches.size() + i, batches.get(i));
            weight += batches.get(i).totalWeight();
            seen += batches.get(i).tokens();
        }
        Parameters parameters = network.parameters();
        parameters.clearGradients();
        network.routings().forEach(Routing::clearLoad);
        network.loss().loss(TokenLoss.CROSS_ENTROPY, 1 / weight);
        double ahead = recipe.model().ahead();
        network.aheadLoss().ifPresent(head -> head.loss(TokenLoss.CROSS_ENTROPY, ahead / weightAhead()));
        double loss = 0;
        double aheadLoss = 0;
        double balance = 0;
        for (Batch batch : batches) {
            network.tape().forwardAndBackward(batch);
            loss += network.loss().loss();
            aheadLoss += network.aheadLoss().map(HeadLoss::loss).orElse(0.0);
            for (Routing routing : network.routings()) {
                balance += routing.balanceLoss();
                routing.countLoad();
            }
        }
        double factor = recipe.schedule().at(step);
        double norm = optimizer.step(step, factor);
        double load = Double.NaN;
        for (Routing routing : network.routings()) {
            load = Double.isNaN(load) ? steer(routing) : Math.max(load, steer(routing));
        }
        average();
        step++;
        tokens += seen;
        double seconds = (System.nanoTime() - start) / 1e9;
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw new ModelException("step " + step + ": the loss is " + loss + " and the gradient's norm " + norm
                    + "; a smaller optimizer.rate or a longer schedule.warmup keeps a run stable");
        }
        return new StepReport(
                step,
                tokens,
                loss,
                ahead > 0 ? aheadLoss / ahead : Double.NaN,
                balance,
                norm,
                recipe.optimizer().rate() * factor,
                seen / seconds,
                operationsPerToken * seen / seconds / (peak * 1e9),
                load,
                gain());
    }

    /** The gain of the streams over the first sequence of the last batch, now and then. */
    private Optional<StreamGain> gain() {
        boolean wanted = !network.sites().isEmpty() && (step == 1 || step % GAIN_EVERY == 0);
        return wanted ? Optional.of(StreamGain.of(network, batches.getLast(), 0)) : Optional.empty();
    }

    private double weightAhead() {
        double sum = 0;
        for (Batch batch : batches) {
            sum += batch.totalWeightAhead();
        }
        return Math.max(sum, 1);
    }

    /**
     * Moves the selection biases a step towards balance (DeepSeek-V3): up where fewer tokens than the mean went, down where more.
     *
     * @return the largest load over the mean
     */
    private double steer(Routing routing) {
        long[] load = routing.load();
        double mean = 0;
        double most = 0;
        for (long tokensOfExpert : load) {
            mean += (double) tokensOfExpert / load.length;
            most = Math.max(most, tokensOfExpert);
        }
        Parameter bias = routing.bias();
        if (bias != null) {
            for (int e = 0; e < load.length; e++) {
                double towards = Math.signum(mean - load[e]) * recipe.model().biasRate();
                bias.value().set(0, e, (float) (bias.value().get(0, e) + towards));
            }
        }
        return most / mean;
    }

    private void average() {
        int i = 0;
        float keep = (float) recipe.average();
        for (Parameter parameter : network.parameters().all()) {
            if (averages.isEmpty()) {
                return;
            }
            FloatRows average = averages.get(i++);
            for (int r = 0; r < parameter.rows(); r++) {
                for (int c = 0; c < parameter.cols(); c++) {
                    average.set(
                            r,
                            c,
                            keep * average.get(r, c)
                                    + (1 - keep) * parameter.value().get(r, c));
                }
            }
        }
    }

    private void write(StepReport report) {
        try {
            Files.createDirectories(run.path());
            Files.writeString(
                    run.path().resolve(METRICS),
                    JsonOut.line(report.fields()) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(run.path() + ": " + METRICS + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Drops the lines of steps after the one that the run goes on from. */
    private void cutMetrics() {
        Path file = run.path().resolve(METRICS);
        if (!Files.isRegularFile(file)) {
            return;
        }
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            Files.write(file, lines.subList(0, (int) Math.min(step, lines.size())), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be shortened: " + e.getMessage(), e);
        }
    }

    /** Gives the memory back. */
    @Override
    public void close() {
        arena.close();
    }
}
