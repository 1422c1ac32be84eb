package dev.jerboa.model.checkpoint;

import dev.jerboa.model.gguf.GgufFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * How much of a model's files tells what the model is: the configuration, and of weights what stands before them. Files that hold that,
 * and for the rest nothing, are opened as a {@link Checkpoint} that knows its numbers and shapes; its weights and tokenizer are of no use.
 */
public final class Beginning {
    private static final int LENGTH_BYTES = Long.BYTES;

    private Beginning() {}

    /**
     * Bytes from the beginning of a file that are needed, as far as its first bytes tell: at most as many where they are enough; 0 for a
     * file of which nothing is.
     *
     * @param path the file's name
     * @param known its first bytes, perhaps none
     */
    public static long bytes(String path, byte[] known) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        if (name.endsWith(".gguf")) {
            return GgufFile.headBytes(known).orElse(known.length + 1L);
        }
        if (name.endsWith(".safetensors")) {
            return known.length < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + headerBytes(known);
        }
        boolean whole = name.equals("config.json") || name.endsWith(".safetensors.index.json");
        return whole ? Integer.MAX_VALUE : 0;
    }

    /** A length that is none is nothing more to fetch: opening says what is wrong. */
    private static long headerBytes(byte[] known) {
        return Math.max(0, ByteBuffer.wrap(known).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }
}
