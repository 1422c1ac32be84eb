package dev.jerboa.model.adapter;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code adapter_config.json} says, in the form of PEFT (huggingface/peft, {@code LoraConfig}).
 *
 * @param base the base model's name or path: told to people, never opened
 * @param rank r of modules that {@code ranks} does not name
 * @param alpha α of modules that {@code alphas} does not name
 * @param rootScale whether products are scaled by α/√r (rsLoRA, arXiv 2312.03732) instead of α/r
 * @param magnitudes whether rows have lengths of their own (DoRA)
 * @param targets what {@code target_modules} lists, for people; empty where it is a pattern
 * @param ranks ranks by the end of a module's name
 * @param alphas the same for α
 */
public record AdapterConfig(
        String base,
        int rank,
        double alpha,
        boolean rootScale,
        boolean magnitudes,
        List<String> targets,
        Map<String, Integer> ranks,
        Map<String, Double> alphas) {
    /** The file's name. */
    public static final String FILE = "adapter_config.json";

    /** The most that a rank can be: more than any published adapter has. */
    public static final int MAX_RANK = 4096;

    public AdapterConfig {
        if (rank < 1 || rank > MAX_RANK || !(Math.abs(alpha) < Double.POSITIVE_INFINITY)) {
            throw new ModelException(
                    "an adapter of rank " + rank + " and alpha " + alpha + ", expected ranks from 1 to " + MAX_RANK);
        }
        targets = List.copyOf(targets);
        ranks = Map.copyOf(ranks);
        alphas = Map.copyOf(alphas);
    }

    /** α/r, or α/√r. */
    public static float scale(double alpha, int rank, boolean rootScale) {
        return (float) (alpha / (rootScale ? Math.sqrt(rank) : rank));
    }

    /**
     * Reads a file.
     *
     * @throws ModelException where it is no such file, or asks for what Jerboa does not do
     */
    public static AdapterConfig read(Path file) {
        Map<String, @Nullable Object> json = Json.object(file);
        Object type = json.get("peft_type");
        if (!"LORA".equals(type)) {
            throw new ModelException(file + ": peft_type is " + type + ", expected LORA (LoRA, rsLoRA or DoRA)");
        }
        refuse(json, "fan_in_fan_out", false, file);
        refuse(json, "lora_bias", false, file);
        refuse(json, "bias", "none", file);
        refuse(json, "modules_to_save", List.of(), file);
        refuse(json, "layer_replication", List.of(), file);
        refuse(json, "trainable_token_indices", List.of(), file);
        refuse(json, "target_parameters", List.of(), file);
        refuse(json, "alora_invocation_tokens", List.of(), file);
        Map<String, Integer> ranks = new LinkedHashMap<>();
        numbers(json, "rank_pattern", file).forEach((name, rank) -> ranks.put(name, rank.intValue()));
        return new AdapterConfig(
                json.get("base_model_name_or_path") instanceof String base ? base : "",
                (int) number(json, "r", 8, 1, MAX_RANK, file),
                number(json, "lora_alpha", 8, -1e9, 1e9, file),
                flag(json, "use_rslora", file),
                flag(json, "use_dora", file),
                json.get("target_modules") instanceof List<?> list
                        ? list.stream().map(String::valueOf).toList()
                        : List.of(),
                ranks,
                numbers(json, "alpha_pattern", file));
    }

    private static void refuse(Map<String, @Nullable Object> json, String key, Object only, Path file) {
        Object found = json.get(key);
        boolean empty = found instanceof Map<?, ?> map && map.isEmpty();
        if (found != null && !found.equals(only) && !empty) {
            throw new ModelException(file + ": " + key + " is " + found + ", which Jerboa does not do; expected " + only
                    + " or nothing");
        }
    }

    private static boolean flag(Map<String, @Nullable Object> json, String key, Path file) {
        Object found = json.get(key);
        if (found == null || found instanceof Boolean) {
            return Boolean.TRUE.equals(found);
        }
        throw new ModelException(file + ": " + key + " is " + Json.kind(found) + ", expected true or false");
    }

    private static double number(
            Map<String, @Nullable Object> json, String key, double otherwise, double least, double most, Path file) {
        Object found = json.get(key);
        return found == null ? otherwise : number(found, key, least, most, file);
    }

    private static double number(@Nullable Object found, String key, double least, double most, Path file) {
        if (found instanceof Number number && number.doubleValue() >= least && number.doubleValue() <= most) {
            return number.doubleValue();
        }
        throw new ModelException(
                file + ": " + key + " is " + found + ", expected a number from " + least + " to " + most);
    }

    /** A pattern's numbers; names are ends of modules' names, and expressions are refused: a file could make them run for ever. */
    private static Map<String, Double> numbers(Map<String, @Nullable Object> json, String key, Path file) {
        Map<String, Double> all = new LinkedHashMap<>();
        if (json.get(key) == null) {
            return all;
        }
        Json.asObject(json.get(key), file + ": " + key).forEach((name, value) -> {
            if (!name.matches("[A-Za-z0-9_.]{1,256}")) {
                throw new ModelException(
                        file + ": " + key + " has the expression '" + name + "', expected the end of a module's name");
            }
            all.put(name, number(value, key + "." + name, -1e9, 1e9, file));
        });
        return all;
    }

    private static <T> @Nullable T named(Map<String, T> byEnd, String module) {
        for (Map.Entry<String, T> entry : byEnd.entrySet()) {
            if (module.equals(entry.getKey()) || module.endsWith("." + entry.getKey())) {
                return entry.getValue();
            }
        }
        return null;
    }

    /** The rank of a module. */
    public int rank(String module) {
        Integer own = named(ranks, module);
        return own == null ? rank : own;
    }

    /** What B · A of a module is multiplied by. */
    public float scale(String module) {
        Double own = named(alphas, module);
        return scale(own == null ? alpha : own, rank(module), rootScale);
    }

    /** The file's values, in PEFT's order of keys: by the alphabet. */
    public Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("alpha_pattern", alphas);
        json.put("base_model_name_or_path", base);
        json.put("bias", "none");
        json.put("fan_in_fan_out", false);
        json.put("inference_mode", true);
        json.put("init_lora_weights", true);
        json.put("lora_alpha", alpha == Math.rint(alpha) ? (Object) (long) alpha : (Object) alpha);
        json.put("lora_bias", false);
        json.put("lora_dropout", 0.0);
        json.put("modules_to_save", null);
        json.put("peft_type", "LORA");
        json.put("r", (long) rank);
        json.put("rank_pattern", ranks);
        json.put("revision", null);
        json.put("target_modules", targets);
        json.put("task_type", "CAUSAL_LM");
        json.put("use_dora", magnitudes);
        json.put("use_rslora", rootScale);
        return json;
    }
}
