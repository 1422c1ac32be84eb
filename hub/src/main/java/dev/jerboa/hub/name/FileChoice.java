package dev.jerboa.hub.name;

import dev.jerboa.hub.HubException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which of a repository's files make a model.
 *
 * <p>A repository with {@code config.json} and safetensors is a folder: its weights and the small files beside them. Otherwise one GGUF
 * file is taken, or the parts of one: by the name's choice, or else for the memory at hand: the largest of at most an eighth of it and 8
 * bits a weight, because what is quick to read is quick to run; where all are larger, the first of Q4_K_M, MXFP4, Q4_K_S, Q4_0 that fits;
 * then the largest that fits; and where none fits the smallest. Something fits in three quarters of the memory.
 *
 * @param files to fetch
 * @param model what is opened: a GGUF file's name, empty for the folder
 * @param weightBytes bytes of the weights
 * @param fits whether the weights fit in the memory at hand
 */
public record FileChoice(List<ListedFile> files, String model, long weightBytes, boolean fits) {
    private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
    private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.safetensors");
    private static final Pattern SMALL =
            Pattern.compile("config\\.json|generation_config\\.json|[a-z_.]*tokenizer[a-z_.]*"
                    + "|[a-z_]+\\.tiktoken|tiktoken\\.model|vocab\\.json|merges\\.txt|special_tokens_map\\.json|added_tokens\\.json"
                    + "|chat_template\\.(jinja|json)|[a-z_.]*safetensors\\.index\\.json");
    private static final Set<String> EIGHT_BITS_AT_MOST_NOT = Set.of("F32", "F16", "BF16");
    private static final List<String> USUAL = List.of("Q4_K_M", "MXFP4", "Q4_K_S", "Q4_0");
    private static final Pattern TYPE = Pattern.compile(
            "(?i)(?:^|[-._/])(IQ[1-4]_[A-Z]+|Q[2-8]_K(?:_[SMLX]+)?|Q[458]_[01]|TQ[12]_0|BF16|F16|F32|FP16|MXFP4)(?=[-._/]|$)");

    /** An eighth of the memory. */
    private static final int QUICK = 8;

    public FileChoice {
        files = List.copyOf(files);
    }

    /** A GGUF model: one file, or the parts of one in order. */
    private record Whole(String name, List<ListedFile> parts) {
        long bytes() {
            return parts.stream().mapToLong(part -> Math.max(0, part.bytes())).sum();
        }

        String first() {
            return parts.getFirst().path();
        }

        String type() {
            Matcher matcher = TYPE.matcher(name);
            String type = "";
            while (matcher.find()) {
                type = matcher.group(1).toUpperCase(Locale.ROOT);
            }
            return type.equals("FP16") ? "F16" : type;
        }
    }

    /**
     * @param memory bytes of memory that there are
     * @throws HubException where no files make a model
     */
    public static FileChoice of(ModelName name, List<ListedFile> files, long memory) {
        List<Whole> ggufs = wholes(files);
        List<ListedFile> weights = safetensors(files);
        boolean folder = !weights.isEmpty()
                && files.stream().anyMatch(file -> file.path().equals("config.json"));
        if (name.choice().isEmpty() && folder) {
            return folder(name, files, weights, memory);
        }
        if (ggufs.isEmpty()) {
            throw new HubException(name + ": "
                    + (folder
                            ? "'" + name.choice()
                                    + "' chooses a .gguf file, but there is none; without it the folder is taken"
                            : "neither config.json with .safetensors nor a .gguf file is there, so nothing in it can be run"
                                    + (files.stream()
                                                    .anyMatch(
                                                            file -> file.path().endsWith(".bin"))
                                            ? "; .bin files are pickles, which are not opened"
                                            : "")));
        }
        Whole chosen = name.choice().isEmpty() ? forMemory(ggufs, memory) : named(name, ggufs);
        long bytes = chosen.bytes();
        return new FileChoice(chosen.parts(), chosen.first(), bytes, bytes <= usable(memory));
    }

    private static long usable(long memory) {
        return memory / 4 * 3;
    }

    private static FileChoice folder(ModelName name, List<ListedFile> files, List<ListedFile> weights, long memory) {
        Map<String, Integer> parts = new TreeMap<>();
        for (ListedFile file : weights) {
            Matcher shard = SHARD.matcher(file.path());
            if (shard.matches()) {
                parts.merge(shard.group(1) + "/" + shard.group(3), 1, Integer::sum);
            }
        }
        parts.forEach((set, there) -> {
            String expected = set.substring(set.lastIndexOf('/') + 1);
            if (there < Integer.parseInt(expected)) {
                throw new HubException(name + ": of " + expected + " parts of its weights " + there + " are there");
            }
        });
        List<ListedFile> all = new ArrayList<>(weights);
        files.stream().filter(file -> SMALL.matcher(file.path()).matches()).forEach(all::add);
        long bytes =
                weights.stream().mapToLong(file -> Math.max(0, file.bytes())).sum();
        return new FileChoice(all, "", bytes, bytes <= usable(memory));
    }

    /** The weights of a folder; Mistral's {@code consolidated} ones, which say the same again, only where there are no others. */
    private static List<ListedFile> safetensors(List<ListedFile> files) {
        List<ListedFile> all = files.stream()
                .filter(file ->
                        file.path().endsWith(".safetensors") && file.path().indexOf('/') < 0)
                .toList();
        List<ListedFile> usual = all.stream()
                .filter(file -> !file.path().startsWith("consolidated"))
                .toList();
        return usual.isEmpty() ? all : usual;
    }

    private static List<Whole> wholes(List<ListedFile> files) {
        Map<String, List<ListedFile>> sets = new TreeMap<>();
        for (ListedFile file : files) {
            String path = file.path();
            String last = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
            if (path.endsWith(".gguf") && !last.contains("mmproj") && !last.contains("imatrix")) {
                Matcher part = PART.matcher(path);
                String set = part.matches() ? part.group(1) + "/" + part.group(3) : path;
                sets.computeIfAbsent(set, any -> new ArrayList<>()).add(file);
            }
        }
        List<Whole> wholes = new ArrayList<>();
        for (List<ListedFile> parts : sets.values()) {
            parts.sort(Comparator.comparing(ListedFile::path));
            String first = parts.getFirst().path();
            Matcher part = PART.matcher(first);
            if (!part.matches()) {
                wholes.add(new Whole(first, parts));
            } else if (Integer.parseInt(part.group(3)) == parts.size()) {
                wholes.add(new Whole(part.group(1) + ".gguf", parts));
            }
        }
        return wholes;
    }

    private static Whole named(ModelName name, List<Whole> ggufs) {
        List<Whole> fitting =
                ggufs.stream().filter(whole -> name.chooses(whole.name())).toList();
        List<Whole> exact = fitting.stream()
                .filter(whole -> whole.type().equals(name.choice().toUpperCase(Locale.ROOT)))
                .toList();
        return (exact.isEmpty() ? fitting : exact)
                .stream()
                        .min(Comparator.comparingInt(
                                        (Whole whole) -> whole.name().length())
                                .thenComparing(Whole::name))
                        .orElseThrow(() -> new HubException(name + ": no .gguf file has '" + name.choice()
                                + "' in its name; there are "
                                + ggufs.stream()
                                        .map(whole -> whole.type().isEmpty() ? whole.name() : whole.type())
                                        .distinct()
                                        .toList()));
    }

    private static Whole forMemory(List<Whole> ggufs, long memory) {
        Comparator<Whole> bySize = Comparator.comparingLong(Whole::bytes);
        Whole quick = best(
                ggufs.stream()
                        .filter(whole ->
                                whole.bytes() <= memory / QUICK && !EIGHT_BITS_AT_MOST_NOT.contains(whole.type()))
                        .toList(),
                bySize);
        if (quick != null) {
            return quick;
        }
        List<Whole> fitting =
                ggufs.stream().filter(whole -> whole.bytes() <= usable(memory)).toList();
        for (String type : USUAL) {
            for (Whole whole : fitting) {
                if (whole.type().equals(type)) {
                    return whole;
                }
            }
        }
        Whole largest = best(fitting, bySize);
        return largest != null ? largest : ggufs.stream().min(bySize).orElseThrow();
    }

    private static @Nullable Whole best(List<Whole> wholes, Comparator<Whole> by) {
        return wholes.stream().max(by).orElse(null);
    }
}
