package dev.jerboa.cli.command;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A Hugging Face folder of one small random layer with a byte-level tokenizer, for {@link PrepareStartCommand}. */
final class TinyFolder {
    private static final int VOCABULARY = 256;
    private static final int HIDDEN = 64;
    private static final int WIDTH = 128;

    private TinyFolder() {}

    /** Writes config.json, model.safetensors and tokenizer.json into an empty folder. */
    static void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), """
                {"model_type": "llama", "vocab_size": 256, "hidden_size": 64, "intermediate_size": 128,
                 "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
                 "max_position_embeddings": 256, "tie_word_embeddings": true}
                """);
        StringBuilder vocabulary = new StringBuilder();
        int extra = VOCABULARY;
        for (int b = 0; b < VOCABULARY; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
            vocabulary.append(String.format("%s\"\\u%04x\": %d", b == 0 ? "" : ", ", printable ? b : extra++, b));
        }
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null,
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
                 "decoder": {"type": "ByteLevel"},
                 "model": {"type": "BPE", "vocab": {%s}, "merges": []}}
                """.formatted(vocabulary));
        SafetensorsWriter writer = new SafetensorsWriter();
        SplittableRandom random = new SplittableRandom(1);
        String layer = "model.layers.0.";
        tensor(writer, random, "model.embed_tokens.weight", VOCABULARY, HIDDEN);
        tensor(writer, random, "model.norm.weight", HIDDEN);
        tensor(writer, random, layer + "input_layernorm.weight", HIDDEN);
        tensor(writer, random, layer + "self_attn.q_proj.weight", HIDDEN, HIDDEN);
        tensor(writer, random, layer + "self_attn.k_proj.weight", HIDDEN / 2, HIDDEN);
        tensor(writer, random, layer + "self_attn.v_proj.weight", HIDDEN / 2, HIDDEN);
        tensor(writer, random, layer + "self_attn.o_proj.weight", HIDDEN, HIDDEN);
        tensor(writer, random, layer + "post_attention_layernorm.weight", HIDDEN);
        tensor(writer, random, layer + "mlp.gate_proj.weight", WIDTH, HIDDEN);
        tensor(writer, random, layer + "mlp.up_proj.weight", WIDTH, HIDDEN);
        tensor(writer, random, layer + "mlp.down_proj.weight", HIDDEN, WIDTH);
        writer.write(folder.resolve("model.safetensors"));
    }

    private static void tensor(SafetensorsWriter writer, SplittableRandom random, String name, long... shape) {
        float[] values = new float[(int) StoredTensor.elements(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.1f;
        }
        writer.tensor(name, DType.F32, shape, TensorBody.of(values));
    }
}
