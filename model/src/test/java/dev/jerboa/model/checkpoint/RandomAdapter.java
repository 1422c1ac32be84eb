package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.adapter.Adapter;
import dev.jerboa.model.adapter.AdapterConfig;
import dev.jerboa.model.adapter.ModulePlaces;
import dev.jerboa.model.adapter.ModulePlaces.Place;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** An adapter of random numbers for all modules of a model, in PEFT's files. */
record RandomAdapter(int rank, double alpha, boolean magnitudes, Map<String, float[]> tensors) {
    static RandomAdapter write(Path folder, Checkpoint model, int rank, boolean magnitudes, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> tensors = new LinkedHashMap<>();
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        for (Place place : ModulePlaces.of(model.description()).all()) {
            put(writer, tensors, place, "lora_A.weight", random, 0.3, 0, rank, place.cols());
            put(writer, tensors, place, "lora_B.weight", random, 0.2, 0, place.rows(), rank);
            if (magnitudes) {
                put(writer, tensors, place, "lora_magnitude_vector", random, 0.2, 1, place.rows());
            }
        }
        RandomAdapter adapter = new RandomAdapter(rank, 2, magnitudes, tensors);
        try {
            Files.createDirectories(folder);
            writer.write(folder.resolve(Adapter.FILE));
            AdapterConfig config =
                    new AdapterConfig("/etc/passwd", rank, 2, false, magnitudes, List.of(), Map.of(), Map.of());
            Files.writeString(folder.resolve(AdapterConfig.FILE), JsonOut.text(config.json()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return adapter;
    }

    private static void put(
            SafetensorsWriter writer,
            Map<String, float[]> tensors,
            Place place,
            String part,
            Random random,
            double spread,
            double about,
            long... shape) {
        String name = Adapter.tensorName(place.module(), part);
        float[] values = new float[(int) StoredTensor.elements(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (about + spread * random.nextGaussian());
        }
        tensors.put(name, values);
        writer.tensor(name, DType.F32, shape, TensorBody.of(values));
    }

    /** {@code W + α/r · B · A}, rows brought to their lengths, in doubles. */
    float[] merged(Place place, float[] w) {
        float[] a = Objects.requireNonNull(tensors.get(Adapter.tensorName(place.module(), "lora_A.weight")));
        float[] b = Objects.requireNonNull(tensors.get(Adapter.tensorName(place.module(), "lora_B.weight")));
        float[] m = tensors.get(Adapter.tensorName(place.module(), "lora_magnitude_vector"));
        float[] out = new float[w.length];
        int cols = place.cols();
        for (int r = 0; r < place.rows(); r++) {
            double[] row = new double[cols];
            double squares = 0;
            for (int c = 0; c < cols; c++) {
                row[c] = w[r * cols + c];
                for (int j = 0; j < rank; j++) {
                    row[c] += alpha / rank * b[r * rank + j] * a[j * cols + c];
                }
                squares += row[c] * row[c];
            }
            for (int c = 0; c < cols; c++) {
                out[r * cols + c] = (float) (m == null ? row[c] : row[c] * m[r] / Math.sqrt(squares));
            }
        }
        return out;
    }
}
