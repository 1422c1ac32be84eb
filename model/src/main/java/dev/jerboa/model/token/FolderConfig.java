package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.token.AddedTokens.Added;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the small files of a Hugging Face folder say of its tokenizer: {@code tokenizer_config.json},
 * {@code special_tokens_map.json}, {@code added_tokens.json}, {@code config.json}, {@code generation_config.json}; each may
 * be missing.
 */
record FolderConfig(
        Path folder,
        Map<String, @Nullable Object> tokenizer,
        Map<String, @Nullable Object> specials,
        Map<String, @Nullable Object> addedIds,
        Map<String, @Nullable Object> config,
        Map<String, @Nullable Object> generation) {
    static FolderConfig read(Path folder) {
        return new FolderConfig(
                folder,
                object(folder, "tokenizer_config.json"),
                object(folder, "special_tokens_map.json"),
                object(folder, "added_tokens.json"),
                object(folder, "config.json"),
                object(folder, "generation_config.json"));
    }

    /** The same facts from the keys that GGUF has for them. */
    static FolderConfig of(Metadata metadata, String source) {
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        for (String role : List.of("bos_token_id", "eos_token_id")) {
            if (metadata.has("tokenizer.ggml." + role)) {
                config.put(role, (long) metadata.integer("tokenizer.ggml." + role));
            }
        }
        Map<String, @Nullable Object> tokenizer = new LinkedHashMap<>();
        for (String flag : List.of("add_bos_token", "add_eos_token")) {
            if (metadata.has("tokenizer.ggml." + flag)) {
                tokenizer.put(flag, metadata.flag("tokenizer.ggml." + flag, false));
            }
        }
        return new FolderConfig(Path.of(source), tokenizer, Map.of(), Map.of(), config, Map.of());
    }

    private static Map<String, @Nullable Object> object(Path folder, String name) {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file) ? Json.object(file) : Map.of();
    }

    /** The text of {@code bos_token} and the like, a string or an object with {@code content}; null where there is none. */
    @Nullable
    String token(String role) {
        for (Map<String, @Nullable Object> file : List.of(tokenizer, specials)) {
            Object value = file.get(role);
            if (value instanceof String text) {
                return text;
            }
            if (value instanceof Map<?, ?> object && object.get("content") instanceof String text) {
                return text;
            }
        }
        return null;
    }

    /** The flag of {@code tokenizer_config.json}, or null where it is missing. */
    @Nullable
    Boolean flag(String key) {
        return tokenizer.get(key) instanceof Boolean flag ? flag : null;
    }

    /** The ids of {@code eos_token_id} and the like in the model's and the generation config. */
    int[] ids(String key) {
        List<Integer> ids = new ArrayList<>();
        for (Map<String, @Nullable Object> file : List.of(generation, config)) {
            Object value = file.get(key);
            List<?> list = value instanceof List<?> several ? several : value == null ? List.of() : List.of(value);
            for (Object item : list) {
                if (item instanceof Long id && id >= 0 && id < Vocabulary.MAX_SIZE) {
                    ids.add(id.intValue());
                }
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The tokens of {@code added_tokens_decoder} and {@code added_tokens.json}. */
    List<Added> added() {
        List<Added> added = new ArrayList<>();
        if (tokenizer.get("added_tokens_decoder") instanceof Map<?, ?> decoder) {
            String source = folder.resolve("tokenizer_config.json").toString();
            for (Map.Entry<?, ?> entry : decoder.entrySet()) {
                added.add(added(id(String.valueOf(entry.getKey()), source), entry.getValue(), source));
            }
        }
        for (Map.Entry<String, @Nullable Object> entry : addedIds.entrySet()) {
            if (entry.getValue() instanceof Long id
                    && id >= 0
                    && id < Vocabulary.MAX_SIZE
                    && added.stream().noneMatch(token -> token.id() == id)) {
                added.add(Added.plain(id.intValue(), entry.getKey(), isSpecial(entry.getKey())));
            }
        }
        return added;
    }

    /** An added token as {@code tokenizer.json} and {@code tokenizer_config.json} write it. */
    static Added added(int id, @Nullable Object value, String source) {
        Map<String, @Nullable Object> token = Json.asObject(value, source + ": added token " + id);
        if (!(token.get("content") instanceof String content)) {
            throw new ModelException(source + ": added token " + id + " has no content, expected a string");
        }
        boolean special = Boolean.TRUE.equals(token.get("special"));
        return new Added(
                id,
                content,
                special,
                Boolean.TRUE.equals(token.get("lstrip")),
                Boolean.TRUE.equals(token.get("rstrip")),
                Boolean.TRUE.equals(token.get("single_word")),
                token.get("normalized") instanceof Boolean normalized ? normalized : !special);
    }

    private static int id(String text, String source) {
        try {
            int id = Integer.parseInt(text);
            if (id >= 0 && id < Vocabulary.MAX_SIZE) {
                return id;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new ModelException(
                source + ": added_tokens_decoder has the id " + text + ", expected 0 to " + (Vocabulary.MAX_SIZE - 1));
    }

    private boolean isSpecial(String content) {
        return List.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token")
                        .stream()
                        .anyMatch(role -> content.equals(token(role)))
                || (specials.get("additional_special_tokens") instanceof List<?> more && more.contains(content))
                || (tokenizer.get("additional_special_tokens") instanceof List<?> listed && listed.contains(content));
    }

    /** Whether {@code key} of the tokenizer's or model's config is one of {@code values}. */
    boolean says(String key, String... values) {
        return List.of(values).contains(String.valueOf(tokenizer.get(key)))
                || List.of(values).contains(String.valueOf(config.get(key)));
    }

    /**
     * The ids with a role.
     *
     * @param prefix what the tokenizer's own file puts before a text; {@code add_bos_token}, where given, decides instead
     * @param suffix what it puts after; likewise {@code add_eos_token}
     */
    PipelineTokenizer.Specials roles(Vocabulary vocabulary, int[] prefix, int[] suffix) {
        int bos = role(vocabulary, "bos_token", "bos_token_id", prefix.length > 0 ? prefix[0] : -1);
        int eos = role(vocabulary, "eos_token", "eos_token_id", -1);
        Boolean addBos = flag("add_bos_token");
        Boolean addEos = flag("add_eos_token");
        return Roles.of(
                vocabulary,
                bos,
                eos,
                -1,
                ids("eos_token_id"),
                addBos == null ? prefix : addBos && bos >= 0 ? new int[] {bos} : new int[0],
                addEos == null ? suffix : addEos && eos >= 0 ? new int[] {eos} : new int[0]);
    }

    private int role(Vocabulary vocabulary, String name, String key, int otherwise) {
        String text = token(name);
        if (text != null) {
            int id = vocabulary.findAny(text);
            if (id < 0) {
                id = vocabulary.find(text);
            }
            if (id >= 0) {
                return id;
            }
        }
        for (int id : ids(key)) {
            if (id < vocabulary.size()) {
                return id;
            }
        }
        return otherwise;
    }
}
