package dev.jerboa.train.loop;

import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.family.Families;
import dev.jerboa.model.json.Json;
import dev.jerboa.train.adapter.AdaptedWeights;
import dev.jerboa.train.adapter.AdapterSettings;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.network.Initial;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.network.Parameters;
import dev.jerboa.train.network.Recompute;
import dev.jerboa.train.recipe.Recipe;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run trains: a network with weights of its own, or what is learned beside a checkpoint's.
 *
 * @param names of the network's tensors
 * @param config what is written down beside the weights
 * @param operationsPerToken multiplications and additions of a step for each token
 */
record Subject(
        Network network,
        TensorNames names,
        Map<String, @Nullable Object> config,
        RunFolder.Kind kind,
        double operationsPerToken) {
    /** A network all of whose weights are trained, from the recipe's checkpoint or fresh. */
    static Subject whole(Recipe recipe, Path base, RunData data, Tape tape, Arena arena) {
        Map<String, @Nullable Object> config = config(recipe, base, data);
        Description description = description(recipe, config, data);
        Network network = network(recipe, description, tape, arena);
        Initial.set(
                network, recipe.seed(), recipe.model().initStd(), recipe.model().streamOff());
        if (!recipe.model().from().isEmpty()) {
            try (Checkpoint checkpoint =
                    Checkpoint.open(base.resolve(recipe.model().from()))) {
                network.parameters().load(checkpoint.tensors());
            }
        }
        return new Subject(
                network,
                description.names(),
                config,
                RunFolder.Kind.MODEL,
                6.0 * weightsPerToken(network, recipe.model().ahead() > 0));
    }

    /** What is learned beside the weights of an open checkpoint. */
    static Subject beside(
            Recipe recipe, AdapterSettings settings, Checkpoint checkpoint, RunData data, Tape tape, Arena arena) {
        if (recipe.policy().isPresent() || recipe.model().ahead() > 0) {
            throw recipe.mistake("adapter", "learns from what is written; policy and model.ahead are not for it");
        }
        requireVocabulary(recipe, "model.from", checkpoint.spec().vocabularySize(), data);
        AdaptedWeights weights = new AdaptedWeights(checkpoint, settings, OpsProvider.ops(), arena);
        double balance = recipe.model().balance() / recipe.microBatches();
        Network network =
                new Network(weights.spec(), weights, false, balance, recompute(recipe, weights.spec()), tape, arena);
        weights.begin(recipe.seed());
        tape.begin();
        return new Subject(
                network,
                checkpoint.description().names(),
                weights.config().json(),
                RunFolder.Kind.ADAPTER,
                weights.operationsPerToken());
    }

    /** What the recipe's model is, with words enough for its data. */
    private static Description description(Recipe recipe, Map<String, @Nullable Object> config, RunData data) {
        Description description;
        try {
            description = Families.ofFolder(config, recipe.source() + ": model.config", NoTensors.NONE);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw noNetwork(recipe, e);
        }
        requireVocabulary(
                recipe,
                recipe.model().config().isEmpty() ? "model.from" : "model.config.vocab_size",
                description.spec().vocabularySize(),
                data);
        return description;
    }

    private static void requireVocabulary(Recipe recipe, String key, int size, RunData data) {
        int needed = data.vocabulary().orElse(0);
        if (size < needed) {
            throw recipe.mistake(key, "is a vocabulary of " + size + ", expected at least the data's, " + needed);
        }
    }

    private static Network network(Recipe recipe, Description description, Tape tape, Arena arena) {
        try {
            return new Network(
                    description.spec(),
                    description.names(),
                    recipe.model().ahead() > 0,
                    recipe.model().balance() / recipe.microBatches(),
                    recompute(recipe, description.spec()),
                    new Parameters(arena),
                    tape,
                    arena);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw noNetwork(recipe, e);
        }
    }

    private static Recompute recompute(Recipe recipe, DecoderSpec spec) {
        Recompute recompute = recipe.model().recompute();
        if (recompute.layers() > spec.layers().size()) {
            throw recipe.mistake(
                    "model.recompute",
                    "is " + recompute.layers() + ", expected at most the model's layers, "
                            + spec.layers().size());
        }
        return recompute;
    }

    private static ModelException noNetwork(Recipe recipe, RuntimeException cause) {
        return recipe.mistake("model.config", "describes no network: " + cause.getMessage(), cause);
    }

    private static Map<String, @Nullable Object> config(Recipe recipe, Path base, RunData data) {
        Map<String, @Nullable Object> config =
                new LinkedHashMap<>(recipe.model().config());
        if (config.isEmpty()) {
            config.putAll(Json.object(base.resolve(recipe.model().from()).resolve("config.json")));
        }
        data.vocabulary().ifPresent(size -> config.putIfAbsent("vocab_size", (long) size));
        data.special().forEach(config::putIfAbsent);
        if (recipe.model().ahead() > 0) {
            config.putIfAbsent("num_nextn_predict_layers", 1L);
        }
        return config;
    }

    /** Weights that a token is multiplied with. */
    private static double weightsPerToken(Network network, boolean ahead) {
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
        return ahead
                ? sum
                        + (double) network.spec().vocabularySize()
                                * network.spec().hiddenSize()
                : sum;
    }
}
