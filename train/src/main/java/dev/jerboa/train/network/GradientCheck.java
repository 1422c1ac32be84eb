package dev.jerboa.train.network;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.safetensors.SafetensorsFile;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Compares a network's loss and all gradients with those that an independent framework stored.
 *
 * <pre>
 * folder: config.json, model.safetensors     the model
 *         expect.json                        loss, which prompt (prompt.N)
 *         expect.safetensors                 prompt.N, token ids
 *         gradients.safetensors              one tensor a parameter
 * </pre>
 *
 * <p>Where a folder has expectations only, its text says which other folder, seen from the folder's parent or from
 * itself, has the model and the prompts ("prompt.2 of ../hf/NAME/expect.safetensors").
 */
public final class GradientCheck {
    private static final Pattern PROMPT = Pattern.compile("prompt\\.(\\d+) of (\\S*?)expect\\.safetensors");

    /**
     * How a parameter's gradient compares.
     *
     * @param error the largest difference, over the largest stored magnitude
     */
    public record Difference(String name, double error) {}

    /**
     * The comparison.
     *
     * @param differences worst first
     * @param missing parameters without a stored gradient
     */
    public record Result(double loss, double expectedLoss, List<Difference> differences, List<String> missing) {
        public Result {
            differences = List.copyOf(differences);
            missing = List.copyOf(missing);
        }

        /** The relative error of the loss. */
        public double lossError() {
            return Math.abs(loss - expectedLoss) / Math.abs(expectedLoss);
        }

        /** The worst relative error over all parameters. */
        public double worst() {
            return differences.isEmpty() ? 0 : differences.getFirst().error;
        }
    }

    private GradientCheck() {}

    /**
     * Runs the comparison.
     *
     * @param folder with the expectations
     * @throws ModelException where a file is missing or does not fit
     */
    public static Result of(Path folder, Team team) {
        return of(folder, Recompute.NOTHING, team);
    }

    /** The same with activations that are computed again. */
    static Result of(Path folder, Recompute recompute, Team team) {
        Map<String, @Nullable Object> expect = Json.object(require(folder.resolve("expect.json")));
        Matcher prompt = PROMPT.matcher(String.valueOf(expect.get("prompt")));
        if (!(expect.get("loss") instanceof Number loss) || !prompt.find()) {
            throw new ModelException(folder + ": expect.json names no loss and no prompt.N of an expect.safetensors");
        }
        Path model = model(folder, Objects.requireNonNull(prompt.group(2)));
        Path prompts = model.resolve("expect.safetensors");
        try (Arena files = Arena.ofShared();
                PageArena arena = new PageArena();
                Checkpoint checkpoint = Checkpoint.open(model)) {
            int[] ids = ids(SafetensorsFile.open(require(prompts), files), "prompt." + prompt.group(1));
            Batch batch = new Batch(ids.length);
            float[] weights = new float[ids.length];
            Arrays.fill(weights, 1f / (ids.length - 1));
            batch.addSequence(ids, weights);
            Parameters parameters = new Parameters(arena);
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, ids.length, team);
            var names = checkpoint.description().names();
            Network network = new Network(checkpoint.spec(), names, false, 0, recompute, parameters, tape, arena);
            parameters.load(checkpoint.tensors());
            tape.forwardAndBackward(batch);
            SafetensorsFile gradients = SafetensorsFile.open(require(folder.resolve("gradients.safetensors")), files);
            return compare(network, loss.doubleValue(), gradients);
        }
    }

    private static Result compare(Network network, double expected, SafetensorsFile gradients) {
        List<Difference> differences = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (Parameter parameter : network.parameters().all()) {
            if (!gradients.has(parameter.name())) {
                missing.add(parameter.name());
                continue;
            }
            StoredTensor stored = gradients.tensor(parameter.name());
            if (stored.elements() != parameter.elements()) {
                throw new ModelException(parameter + " has a stored gradient of " + stored.elements() + " values");
            }
            differences.add(new Difference(parameter.name(), error(parameter.gradient(), stored.floats())));
        }
        differences.sort((a, b) -> Double.compare(b.error, a.error));
        return new Result(network.loss().loss(), expected, differences, missing);
    }

    /** Of a parameter that training leaves alone, the gradient is 0. */
    private static double error(FloatRows gradient, float[] stored) {
        boolean none = gradient.rows() == 0;
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < stored.length; i++) {
            float found = none ? 0 : gradient.data().get(FloatRows.FLOAT, (long) i * Float.BYTES);
            largest = Math.max(largest, Math.abs(stored[i]));
            double difference = Math.abs((double) found - stored[i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        return largest == 0 ? worst == 0 ? 0 : Double.POSITIVE_INFINITY : worst / largest;
    }

    private static int[] ids(SafetensorsFile file, String name) {
        return file.tensor(name).data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }

    private static Path model(Path folder, String other) {
        if (Files.isRegularFile(folder.resolve("model.safetensors"))) {
            return folder;
        }
        Path beside = folder.resolveSibling(other).normalize();
        return Files.isDirectory(beside) ? beside : folder.resolve(other).normalize();
    }

    private static Path require(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ModelException(file + ": no such file; expected a folder with config.json, model.safetensors, "
                    + "expect.json, expect.safetensors and gradients.safetensors");
        }
        return file;
    }
}
