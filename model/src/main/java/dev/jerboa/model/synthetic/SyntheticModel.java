package dev.jerboa.model.synthetic;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.gguf.ValueType;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleConsumer;
import java.util.random.RandomGenerator;

/**
 * A GGUF file of a published model's shape with random weights. The same shape and type give the same bytes.
 *
 * <p>Weights are drawn from a normal distribution of variance 1 / inputs, so that activations keep their size. To be
 * quick, each matrix is filled from a pool of encoded blocks, drawn once for its type and width, at random places.
 */
public final class SyntheticModel {
    private static final int POOL_VALUES = 1 << 20;
    private static final long PIECE_BYTES = 1 << 20;
    private static final int BYTE_TOKENS = 256;

    private final SyntheticShape shape;
    private final TypeMix mix;

    public SyntheticModel(SyntheticShape shape, TypeMix mix) {
        this.shape = shape;
        this.mix = mix;
    }

    /**
     * Writes the file; one that is there already is replaced when the new one is complete.
     *
     * @param progress told the share that is done, 0 to 1, now and then
     */
    public void write(Path path, DoubleConsumer progress) {
        SyntheticShape.Plan plan = shape.plan();
        GgufWriter writer = new GgufWriter();
        writer.string("general.architecture", plan.architecture);
        writer.string("general.name", shape.publicName() + " (random weights)");
        writer.uint32("general.file_type", mix.fileType());
        writer.uint32("general.quantization_version", 2);
        plan.metadata.forEach((key, value) -> {
            if (value instanceof Long number) {
                writer.uint32(key, number);
            } else if (value instanceof Double number) {
                writer.float32(key, number);
            }
        });
        vocabulary(writer, plan.vocabulary);
        try (Pools pools = new Pools()) {
            long total = plan.tensors.stream()
                    .mapToLong(t -> StoredTensor.elements(t.shape()))
                    .sum();
            long[] done = new long[1];
            for (SyntheticShape.PlannedTensor tensor : plan.tensors) {
                boolean head = tensor.name().equals("output.weight")
                        || plan.tied && tensor.name().equals("token_embd.weight");
                DType type = mix.of(tensor.name(), tensor.shape(), tensor.layer(), plan.model(), head);
                TensorBody body = body(tensor, type, pools);
                writer.tensor(tensor.name(), type, tensor.shape(), output -> {
                    body.writeTo(output);
                    done[0] += StoredTensor.elements(tensor.shape());
                    progress.accept((double) done[0] / total);
                });
            }
            writer.write(path);
        }
    }

    private static TensorBody body(SyntheticShape.PlannedTensor tensor, DType type, Pools pools) {
        if (tensor.shape().length == 1) {
            float[] values = new float[(int) tensor.shape()[0]];
            Arrays.fill(values, tensor.name().endsWith(".bias") ? 0 : 1);
            return TensorBody.of(values);
        }
        long cols = tensor.shape()[tensor.shape().length - 1];
        long bytes = type.bytes(StoredTensor.elements(tensor.shape()));
        return output -> {
            MemorySegment pool = pools.of(type, (int) cols);
            RandomGenerator places = new SplittableRandom(tensor.name().hashCode());
            long blocks = pool.byteSize() / type.blockBytes();
            for (long left = bytes; left > 0; ) {
                long from = places.nextLong(blocks) * type.blockBytes();
                long piece = Math.min(
                        Math.min(left, PIECE_BYTES / type.blockBytes() * type.blockBytes()), pool.byteSize() - from);
                output.write(pool.asSlice(from, piece));
                left -= piece;
            }
        };
    }

    /** Encoded random blocks by type and width. */
    private static final class Pools implements AutoCloseable {
        private record Pool(DType type, int cols, MemorySegment bytes) {}

        private final Arena arena = Arena.ofConfined();
        private final List<Pool> pools = new ArrayList<>();

        MemorySegment of(DType type, int cols) {
            return pools.stream()
                    .filter(pool -> pool.type == type && pool.cols == cols)
                    .findFirst()
                    .orElseGet(() -> drawn(type, cols))
                    .bytes;
        }

        private Pool drawn(DType type, int cols) {
            float[] values = new float[POOL_VALUES];
            SplittableRandom random = new SplittableRandom(cols);
            double deviation = 1 / Math.sqrt(cols);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() * deviation);
            }
            MemorySegment bytes = arena.allocate(type.bytes(POOL_VALUES), 64);
            type.encode(values, 0, POOL_VALUES, bytes, 0);
            Pool pool = new Pool(type, cols, bytes);
            pools.add(pool);
            return pool;
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** A byte-level vocabulary: 256 bytes, then words that no text contains. */
    private static void vocabulary(GgufWriter writer, int size) {
        String[] tokens = new String[size];
        long[] types = new long[size];
        int next = BYTE_TOKENS;
        for (int b = 0; b < BYTE_TOKENS; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
            tokens[b] = Character.toString(printable ? b : next++);
            types[b] = 1;
        }
        for (int i = BYTE_TOKENS; i < size; i++) {
            tokens[i] = "[unused" + i + "]";
            types[i] = 1;
        }
        tokens[BYTE_TOKENS] = "th";
        writer.string("tokenizer.ggml.model", "gpt2");
        writer.string("tokenizer.ggml.pre", "qwen2");
        writer.strings("tokenizer.ggml.tokens", tokens);
        writer.putArray("tokenizer.ggml.token_type", ValueType.INT32, types);
        writer.strings("tokenizer.ggml.merges", "t h");
        writer.uint32("tokenizer.ggml.eos_token_id", size - 1);
        writer.flag("tokenizer.ggml.add_bos_token", false);
    }
}
