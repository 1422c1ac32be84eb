package dev.jerboa.server;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.adapter.Adapter;
import dev.jerboa.model.adapter.AdapterConfig;
import dev.jerboa.model.adapter.ModulePlaces;
import dev.jerboa.model.adapter.ModulePlaces.Place;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.TensorBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Adapters of random numbers, in PEFT's files. */
final class RandomAdapter {
    private static final int RANK = 2;

    private RandomAdapter() {}

    /** An adapter of all modules but those that would be merged; with magnitudes (DoRA) all would be. */
    static Path write(Path folder, Checkpoint model, boolean magnitudes, long seed) throws IOException {
        Random random = new Random(seed);
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        for (Place place : ModulePlaces.of(model.description()).all()) {
            if (place.slot() != Slot.LATENT_UP) {
                put(writer, place, "lora_A.weight", random, RANK, place.cols());
                put(writer, place, "lora_B.weight", random, place.rows(), RANK);
                if (magnitudes) {
                    put(writer, place, "lora_magnitude_vector", random, place.rows());
                }
            }
        }
        Files.createDirectories(folder);
        writer.write(folder.resolve(Adapter.FILE));
        AdapterConfig config = new AdapterConfig("base", RANK, 2, false, magnitudes, List.of(), Map.of(), Map.of());
        Files.writeString(folder.resolve(AdapterConfig.FILE), JsonOut.text(config.json()));
        return folder;
    }

    private static void put(SafetensorsWriter writer, Place place, String part, Random random, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.1 * random.nextGaussian());
        }
        writer.tensor(Adapter.tensorName(place.module(), part), DType.F32, shape, TensorBody.of(values));
    }
}
