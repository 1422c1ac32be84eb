package dev.jerboa.train.recipe;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdapterConfig;
import dev.jerboa.settings.Section;
import dev.jerboa.train.adapter.AdapterSettings;
import dev.jerboa.train.autograd.Parts;
import dev.jerboa.train.data.ProblemBatches;
import dev.jerboa.train.distil.ReplySampling;
import dev.jerboa.train.network.Recompute;
import dev.jerboa.train.optim.Optimizer;
import dev.jerboa.train.optim.Schedule;
import dev.jerboa.train.rl.PolicyOptions;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.generate.Tasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A training run in numbers: the same recipe gives the same bits.
 *
 * @param source the file, for messages
 * @param text the file's text, kept with checkpoints
 * @param seed of weights and data
 * @param model the network
 * @param adapter what is learned beside the model, which then stays as it is
 * @param data what it is trained on
 * @param policy how rewards are learned from, instead of what is written
 * @param distil the teacher whose distributions are followed
 * @param optimizer numbers of the optimiser
 * @param matrixRule how matrices of layers are changed; everything else is changed by AdamW
 * @param decay weight decay of matrices
 * @param schedule of the learning rate; its steps are the run's
 * @param batchTokens tokens of a batch
 * @param microBatches batches of a step, whose gradients are added
 * @param average share of the old average of weights that is kept each step; 0 for no average. Checkpoints have the average as a
 *     model of its own, in their folder {@code average}
 * @param checkpointEvery steps between checkpoints
 * @param targetLoss the loss, averaged over the last steps, that the run is expected to reach
 */
public record Recipe(
        String source,
        String text,
        long seed,
        Model model,
        Optional<AdapterSettings> adapter,
        Data data,
        Optional<Policy> policy,
        Optional<Distil> distil,
        Optimizer.Settings optimizer,
        Optimizer.Rule matrixRule,
        double decay,
        Schedule schedule,
        int batchTokens,
        int microBatches,
        double average,
        int checkpointEvery,
        Optional<Double> targetLoss) {
    /** The most of the old that a step can keep. */
    private static final double BELOW_ONE = 0.999_999_9;

    private static final int MOST_LAYERS = 1 << 16;

    /** Rounds of DAPO. */
    private static final int REDRAW = 3;

    /** Colder, replies to a question are all the same, and nothing is learned from them. */
    private static final double LEAST_TEMPERATURE = 0.01;

    /**
     * The network.
     *
     * @param config what config.json of checkpoints says; empty for what the checkpoint to begin with says
     * @param from a checkpoint to begin with, relative to the recipe; empty for fresh weights. With an adapter also a
     *     GGUF file
     * @param tokenizer a folder whose tokenizer is taken, relative to the recipe; empty for that of the checkpoint to begin with,
     *     of the teacher, or for a new one
     * @param initStd standard deviation of fresh matrices
     * @param ahead weight of the loss of the tokens after the next; 0 for none
     * @param balance α of the experts' balance within sequences
     * @param biasRate γ of the selection biases' steps
     * @param streamRate multiplies the learning rate of hyper-connections' gates and biases
     * @param streamOff off-diagonal logits that streams mix with at first
     * @param recompute what is computed again instead of kept, at no difference in any bit: key {@code recompute}, layers of a block, 0 for
     *     none, or {@code auto}; key {@code recompute_parts}, {@code all} or {@code streams}
     */
    public record Model(
            Map<String, @Nullable Object> config,
            String from,
            String tokenizer,
            double initStd,
            double ahead,
            double balance,
            double biasRate,
            double streamRate,
            double streamOff,
            Recompute recompute) {}

    /**
     * What the network is trained on.
     *
     * @param tasks weights of the mixture, by name
     * @param loss which tokens of problems count
     * @param window tokens of a sequence of text
     * @param path a text file or a folder of them, or a file of replies, relative to the recipe
     */
    public record Data(Kind kind, Map<String, Double> tasks, ProblemBatches.Loss loss, int window, String path) {
        /** Sorts of data. */
        public enum Kind {
            /** Problems of tasks, with worked replies. */
            PROBLEMS,
            /** Exercises over a small alphabet. */
            SYNTHETIC,
            /** Windows of a text, byte by byte. */
            BYTES,
            /** Windows of a text in the tokens of the model that an adapter is for. */
            TEXT,
            /** Replies from a file, such as `jerboa sample tasks` writes. */
            REPLIES;

            /** Whether they are read from {@link Data#path}. */
            public boolean hasPath() {
                return this == BYTES || this == TEXT || this == REPLIES;
            }
        }
    }

    /**
     * Learning from rewards.
     *
     * @param options of the loss
     * @param questions of a step
     * @param samples replies to each
     * @param maxTokens the most of a reply
     * @param redraw rounds of further questions in place of groups with equal rewards, where only mixed ones count; each asks as many
     *     as are missing
     * @param temperature that replies are drawn at and the loss sees probabilities at
     * @param form what a wrong answer in the right form earns; a right one earns 1
     * @param reward what replies earn by
     * @param innerEpochs updates on the replies of a step
     */
    public record Policy(
            PolicyOptions options,
            int questions,
            int samples,
            int maxTokens,
            int redraw,
            double temperature,
            double form,
            Earning reward,
            int innerEpochs) {
        /** What decides on rewards. */
        public enum Earning {
            /** Whether the answer is right. */
            VERDICT,
            /** Coins, whatever was replied: the control that must not improve anything. */
            RANDOM
        }
    }

    /**
     * Learning from a teacher: its distributions on what is written, or on the student's own replies, which then policy says how to
     * draw; or its replies to problems of the data's tasks, which take the place of the tasks' own.
     *
     * @param teacher a checkpoint, relative to the recipe; of the same vocabulary but for replies
     * @param temperature that divides both models' logits
     * @param share of the divergence in the loss; the rest is cross entropy, or the policy's loss
     * @param replies how the teacher is asked, where its replies are learned from
     * @param maxTokens the most of such a reply
     */
    public record Distil(
            String teacher,
            Method method,
            double temperature,
            double share,
            Optional<ReplySampling.Settings> replies,
            int maxTokens) {
        /** From whose side, and on whose texts. */
        public enum Method {
            /** KL(teacher ‖ student) on the data. */
            FORWARD,
            /** KL(student ‖ teacher) on replies that the student draws. */
            REVERSE,
            /** The cross entropy of the teacher's replies. */
            SEQUENCE
        }
    }

    /**
     * Reads a recipe.
     *
     * @throws ModelException where a key is unknown, missing or of another kind, with its line
     */
    public static Recipe read(Path file) {
        try {
            return parse(Files.readString(file, StandardCharsets.UTF_8), file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": not readable as UTF-8 text: " + e.getMessage(), e);
        }
    }

    /** Reads a recipe's text; {@code source} names it in messages. */
    public static Recipe parse(String text, String source) {
        Section root = Section.parse(text, source);
        Optional<Distil> distil = root.has("distil") ? Optional.of(distil(root, source)) : Optional.empty();
        if (distil.isPresent() && (distil.get().method() == Distil.Method.REVERSE) != root.has("policy")) {
            throw new ModelException(source + ": distil.kind: "
                    + (root.has("policy")
                            ? "forward and sequence are learned from what is written, so there can be no policy"
                            : "reverse follows a teacher on replies of the student's own, expected a section policy that"
                                    + " says how to draw them"));
        }
        Section model = root.section("model");
        Section data = root.has("policy") ? root.sectionOrEmpty("data") : root.section("data");
        Section optimizer = root.sectionOrEmpty("optimizer");
        Section schedule = root.section("schedule");
        Recipe recipe = new Recipe(
                source,
                text,
                root.integer("seed", 1, 0, Integer.MAX_VALUE),
                new Model(
                        (model.has("from") ? model.sectionOrEmpty("config") : model.section("config")).plain(),
                        model.text("from", ""),
                        model.text("tokenizer", ""),
                        model.number("init_std", 0.02, 0, Double.MAX_VALUE),
                        model.number("ahead", 0, 0, Double.MAX_VALUE),
                        model.number("balance", 0, 0, Double.MAX_VALUE),
                        model.number("bias_rate", 0.001, 0, Double.MAX_VALUE),
                        model.number("stream_rate", 1, 0, Double.MAX_VALUE),
                        model.number("stream_off", -8),
                        recompute(model)),
                root.has("adapter") ? Optional.of(adapter(root.section("adapter"), model, source)) : Optional.empty(),
                new Data(
                        data.choice("kind", Data.Kind.class, Data.Kind.PROBLEMS),
                        tasks(data.sectionOrEmpty("tasks")),
                        data.choice("loss", ProblemBatches.Loss.class, ProblemBatches.Loss.REPLY),
                        data.integer("window", 256, 2, 1 << 20),
                        data.text("path", "")),
                root.has("policy") ? Optional.of(policy(root.section("policy"), distil, source)) : Optional.empty(),
                distil,
                new Optimizer.Settings(
                        optimizer.number("rate"),
                        optimizer.number("beta1", 0.9, 0, BELOW_ONE),
                        optimizer.number("beta2", 0.95, 0, BELOW_ONE),
                        optimizer.number("eps", 1e-8, 0, Double.MAX_VALUE),
                        optimizer.number("momentum", 0.95, 0, BELOW_ONE),
                        optimizer.number("clip", 1, 0, Double.MAX_VALUE)),
                optimizer.choice("matrices", Optimizer.Rule.class, Optimizer.Rule.ADAMW),
                optimizer.number("decay", 0.1, 0, Double.MAX_VALUE),
                new Schedule(
                        schedule.choice("shape", Schedule.Shape.class, Schedule.Shape.COSINE),
                        schedule.integer("warmup", 0, 0, 1 << 30),
                        schedule.integer("steps", 1, 1 << 30),
                        schedule.number("last", 0.1, 0, 1)),
                root.integer("batch_tokens", 4096, 16, 1 << 22),
                root.integer("micro_batches", 1, 1, 4096),
                root.number("average", 0, 0, BELOW_ONE),
                root.integer("checkpoint_every", 100, 1, 1 << 30),
                root.has("target_loss") ? Optional.of(root.number("target_loss")) : Optional.empty());
        root.end();
        recipe.check();
        return recipe;
    }

    private static Recompute recompute(Section model) {
        int layers = model.integer("recompute", 0, 0, MOST_LAYERS, "auto", Recompute.AUTO);
        Parts parts = model.choice("recompute_parts", Parts.class, Parts.ALL);
        if (layers == 0 && model.has("recompute_parts")) {
            throw model.wrong("recompute_parts", "model.recompute beside it: layers of a block, or auto");
        }
        return new Recompute(layers, parts);
    }

    private static AdapterSettings adapter(Section adapter, Section model, String source) {
        if (!model.has("from") || model.has("config")) {
            throw new ModelException(source + ": an adapter is for a model that is there: model.from is to name it, and"
                    + " model.config is not for it");
        }
        int rank = adapter.integer("rank", 8, 1, AdapterConfig.MAX_RANK);
        try {
            return new AdapterSettings(
                    adapter.choice("kind", AdapterSettings.Kind.class, AdapterSettings.Kind.LORA),
                    rank,
                    adapter.number("alpha", 2.0 * rank),
                    adapter.texts("targets", List.of(AdapterSettings.ALL_LINEAR)),
                    adapter.choice("base", AdapterSettings.Base.class, AdapterSettings.Base.AS_IS));
        } catch (ModelException e) {
            throw new ModelException(source + ": " + e.getMessage(), e);
        }
    }

    /** What single keys cannot show. */
    private void check() {
        if (policy.isPresent() && data.kind() != Data.Kind.PROBLEMS) {
            throw mistake("data.kind", "does not do for a policy, whose replies are to problems: data.kind: problems");
        }
        boolean windows = data.kind() != Data.Kind.PROBLEMS && data.kind() != Data.Kind.REPLIES;
        if (windows && data.window() > batchTokens) {
            throw mistake("data.window", "is " + data.window() + ", expected at most batch_tokens, " + batchTokens);
        }
        if (data.kind().hasPath() && data.path().isEmpty()) {
            String expected =
                    data.kind() == Data.Kind.REPLIES ? "a file of replies" : "a text file or a folder of them";
            throw mistake("data.path", "is missing, expected " + expected);
        }
        if (policy.isPresent() && policy.get().maxTokens() >= batchTokens) {
            throw mistake(
                    "policy.max_tokens",
                    "is " + policy.get().maxTokens() + ", expected less than batch_tokens, " + batchTokens
                            + ": a question with its reply is one sequence of a batch");
        }
    }

    /**
     * A mistake in the recipe, told with its file and line.
     *
     * @param key its path, such as {@code data.window}
     * @param problem goes on from the key: "is 5, expected at most 3"
     */
    public ModelException mistake(String key, String problem) {
        return new ModelException(place(key) + problem);
    }

    /** The same, with what brought it to light. */
    public ModelException mistake(String key, String problem, Throwable cause) {
        return new ModelException(place(key) + problem, cause);
    }

    private String place(String key) {
        int line = Section.parse(text, source).line(key);
        return source + (line > 0 ? ":" + line : "") + ": " + key + " ";
    }

    private static Map<String, Double> tasks(Section tasks) {
        Map<String, Double> weights = tasks.numbers();
        weights.forEach((name, weight) -> {
            if (!Tasks.learned(name)) {
                List<String> names = Tasks.trained().stream().map(Task::name).toList();
                throw tasks.unknown(name, "tasks to learn: " + String.join(", ", names));
            }
            if (weight <= 0) {
                throw tasks.wrong(name, "a number above 0");
            }
        });
        return weights;
    }

    private static Distil distil(Section root, String source) {
        Section distil = root.section("distil");
        Distil.Method method = distil.choice("kind", Distil.Method.class, Distil.Method.FORWARD);
        if (method == Distil.Method.SEQUENCE) {
            return new Distil(
                    distil.text("teacher"),
                    method,
                    1,
                    0,
                    Optional.of(replies(distil, root.integer("seed", 1, 0, Integer.MAX_VALUE), source)),
                    distil.integer("max_tokens", 256, 1, 1 << 20));
        }
        boolean forward = method == Distil.Method.FORWARD;
        double temperature = distil.number("temperature", forward ? 2 : 1);
        double share = distil.number("share", forward ? 0.9 : 1);
        if (!(temperature > 0 && share >= 0 && share <= 1)) {
            throw new ModelException(source + ": distil.temperature is " + temperature + " and distil.share " + share
                    + ", expected more than 0, and 0 to 1");
        }
        return new Distil(distil.text("teacher"), method, temperature, share, Optional.empty(), 0);
    }

    private static ReplySampling.Settings replies(Section distil, long seed, String source) {
        ReplySampling.Keep keep = distil.choice("keep", ReplySampling.Keep.class, ReplySampling.Keep.ENDED);
        try {
            return new ReplySampling.Settings(
                    distil.integer("problems", 1, 1 << 30),
                    distil.integer("samples", 1, 1, 1 << 12),
                    (float) distil.number("temperature", 0),
                    keep,
                    distil.flag("distinct", keep == ReplySampling.Keep.RIGHT),
                    seed);
        } catch (IllegalArgumentException e) {
            throw new ModelException(source + ": distil: " + e.getMessage(), e);
        }
    }

    /** Where the teacher is all that is learned from, rewards do not matter: one reply to a question is enough, tokens count the same. */
    private static Policy policy(Section policy, Optional<Distil> distil, String source) {
        boolean rewarded = distil.isEmpty() || distil.get().share() < 1;
        PolicyOptions.Preset otherwise = rewarded ? PolicyOptions.Preset.DR_GRPO : PolicyOptions.Preset.REINFORCE;
        PolicyOptions.Preset named = policy.choice("preset", PolicyOptions.Preset.class, otherwise);
        PolicyOptions preset = named.options();
        try {
            return new Policy(
                    new PolicyOptions(
                            policy.flag("by_deviation", preset.byDeviation()),
                            policy.choice("weighting", PolicyOptions.Weighting.class, preset.weighting()),
                            policy.number("clip_low", preset.clipLow()),
                            policy.number("clip_high", preset.clipHigh()),
                            policy.number("beta", preset.beta()),
                            policy.flag("mixed_only", preset.mixedOnly()),
                            policy.number("overlong", preset.overlong())),
                    policy.integer("questions", 32, 1, 1 << 16),
                    policy.integer("samples", rewarded ? 16 : 1, rewarded ? 2 : 1, 1 << 12),
                    policy.integer("max_tokens", 256, 1, 1 << 20),
                    policy.integer("redraw", named == PolicyOptions.Preset.DAPO ? REDRAW : 0, 0, 64),
                    policy.number("temperature", 1, LEAST_TEMPERATURE, 100),
                    policy.number("form", 0.1),
                    policy.choice("reward", Policy.Earning.class, Policy.Earning.VERDICT),
                    policy.integer("inner_epochs", 1, 1, 64));
        } catch (IllegalArgumentException e) {
            throw new ModelException(source + ": policy: " + e.getMessage(), e);
        }
    }
}
