package dev.jerboa.model.family;

import dev.jerboa.model.decoder.TensorNames;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a folder is as GGUF.
 *
 * @param architecture {@code general.architecture}
 * @param names what the tensors are called there
 * @param turnedRows whether the rows of query and key heads are re-ordered ({@link Description#turnedRows})
 * @param tiledStates whether the value heads of running states that one key head serves lie apart there, not side by side
 * @param keys the architecture's keys, whole: {@code Long}, {@code Double} (float32 there), {@code Boolean}, {@code String}, {@code long[]} (int32 there)
 *     or {@code double[]} (float32 there)
 * @param rotaryDivisors the tensor {@code rope_freqs.weight}; empty for none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, written to by nobody
public record GgufForm(
        String architecture,
        TensorNames names,
        boolean turnedRows,
        boolean tiledStates,
        Map<String, Object> keys,
        float[] rotaryDivisors) {
    public GgufForm {
        keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
    }
}
