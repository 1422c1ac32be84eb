package dev.jerboa.train.loop;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.data.BatchSource;
import dev.jerboa.train.data.ProblemBatches;
import dev.jerboa.train.data.ReplyBatches;
import dev.jerboa.train.data.SyntheticBatches;
import dev.jerboa.train.data.TaskTokenizer;
import dev.jerboa.train.data.TextBatches;
import dev.jerboa.train.data.WrittenReply;
import dev.jerboa.train.distil.ReplySampling;
import dev.jerboa.train.recipe.Recipe;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Turns;
import dev.jerboa.train.task.generate.Tasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a run is trained on, with the tokenizer's files where there is one.
 *
 * @param problems what {@code source} draws from, where it draws problems
 * @param tokenizer where the data has one
 * @param vocabulary tokens, where the data decides
 * @param special values of config.json that follow from the tokenizer
 * @param files to be kept with checkpoints, by name
 */
record RunData(
        BatchSource source,
        Optional<Problems> problems,
        Optional<Tokenizer> tokenizer,
        Optional<Integer> vocabulary,
        Map<String, @Nullable Object> special,
        Map<String, Path> files) {
    /** What a teacher's replies are called in the run's folder. */
    static final String REPLIES = "replies.jsonl";

    private static final long MAX_TEXT = 1L << 30;
    private static final List<String> TOKENIZER = List.of("tokenizer.json", "tokenizer_config.json");

    /** A task with the tokenizer of a model that learns it. */
    record Problems(Task task, Tokenizer tokenizer) {}

    Problems needProblems() {
        return problems.orElseThrow(
                () -> new ModelException("rewards are for replies to problems: policy asks for data.kind: problems"));
    }

    /**
     * The data of a recipe; a tokenizer is made in the run's folder where problems need one.
     *
     * @param frozen the model that an adapter is for, whose tokens its data is written in
     * @throws ModelException where a step cannot be filled as the recipe asks
     */
    static RunData of(Recipe recipe, Path base, Path out, Optional<Checkpoint> frozen, Team team) {
        RunData data;
        try {
            data = read(recipe, base, out, frozen, team).told(recipe);
        } catch (IllegalArgumentException e) {
            throw recipe.mistake("data", "cannot be used: " + e.getMessage(), e);
        }
        if (recipe.policy().isEmpty()) {
            data.source.fill(0, new Batch(recipe.batchTokens()));
        }
        return data;
    }

    /** The same, whose refusals are the recipe's mistakes. */
    private RunData told(Recipe recipe) {
        BatchSource told = (step, batch) -> {
            try {
                source.fill(step, batch);
            } catch (IllegalArgumentException e) {
                throw recipe.mistake("batch_tokens", "is too small for batch " + step + ": " + e.getMessage(), e);
            }
        };
        return new RunData(told, problems, tokenizer, vocabulary, special, files);
    }

    private static RunData read(Recipe recipe, Path base, Path out, Optional<Checkpoint> frozen, Team team) {
        Recipe.Data data = recipe.data();
        return switch (data.kind()) {
            case PROBLEMS, REPLIES ->
                frozen.map(checkpoint -> problems(recipe, base, out, tokenizer(checkpoint), Map.of(), team))
                        .orElseGet(() -> problems(recipe, base, out, team));
            case TEXT ->
                new RunData(
                        new TextBatches(
                                tokens(base.resolve(data.path()), frozen, recipe.source()),
                                data.window(),
                                recipe.seed()),
                        Optional.empty(),
                        frozen.flatMap(Checkpoint::tokenizer),
                        Optional.empty(),
                        Map.of(),
                        Map.of());
            case SYNTHETIC ->
                new RunData(
                        new SyntheticBatches(data.window(), recipe.seed()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(SyntheticBatches.ALPHABET.length()),
                        Map.of(),
                        Map.of());
            case BYTES ->
                new RunData(
                        new TextBatches(bytes(base.resolve(data.path())), data.window(), recipe.seed()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(256),
                        Map.of(),
                        Map.of());
        };
    }

    private static Tokenizer tokenizer(Checkpoint checkpoint) {
        return checkpoint
                .tokenizer()
                .orElseThrow(
                        () -> new ModelException(checkpoint.path() + " has no tokenizer, which data are read with"));
    }

    /** A text in the tokens of a model. */
    private static int[] tokens(Path path, Optional<Checkpoint> model, String source) {
        Tokenizer tokenizer = tokenizer(
                model.orElseThrow(
                        () -> new ModelException(
                                source
                                        + ": data.kind: text is written in the tokens of the model that an adapter is for; without one take bytes")));
        int[] bytes = bytes(path);
        byte[] text = new byte[bytes.length];
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) bytes[i];
        }
        return tokenizer.encode(new String(text, StandardCharsets.UTF_8), false);
    }

    /** Problems or replies to them, in the words of a tokenizer that the run's folder has or gets. */
    private static RunData problems(Recipe recipe, Path base, Path out, Team team) {
        Path folder = out.resolve("tokenizer");
        bring(folder, known(recipe).map(base::resolve));
        Tokenizer tokenizer = Tokenizers.fromFolder(folder)
                .orElseThrow(
                        () -> new ModelException(folder + ": no tokenizer.json; remove the folder to make it anew"));
        Map<String, Path> files = new LinkedHashMap<>();
        TOKENIZER.stream()
                .filter(name -> Files.isRegularFile(folder.resolve(name)))
                .forEach(name -> files.put(name, folder.resolve(name)));
        return problems(recipe, base, out, tokenizer, files, team);
    }

    private static RunData problems(
            Recipe recipe, Path base, Path out, Tokenizer tokenizer, Map<String, Path> files, Team team) {
        Map<String, Double> weights = recipe.data().tasks();
        Task task = weights.isEmpty() ? Tasks.standard() : Tasks.mixture(weights);
        ProblemBatches.Loss loss = recipe.data().loss();
        Optional<Path> replies = replies(recipe, base, out, task, team);
        boolean written = recipe.data().kind() == Recipe.Data.Kind.REPLIES;
        return new RunData(
                replies.<BatchSource>map(
                                file -> new ReplyBatches(tokenizer, WrittenReply.read(file), recipe.seed(), loss))
                        .orElseGet(() -> new ProblemBatches(tokenizer, task, recipe.seed(), loss)),
                written ? Optional.empty() : Optional.of(new Problems(task, tokenizer)),
                Optional.of(tokenizer),
                Optional.of(tokenizer.size()),
                Map.of("eos_token_id", (long) tokenizer.id(Turns.END)),
                files);
    }

    /** The file of replies to learn from, if that is what the recipe says: one that is there, or one that a teacher writes now. */
    private static Optional<Path> replies(Recipe recipe, Path base, Path out, Task task, Team team) {
        if (recipe.distil().flatMap(Recipe.Distil::replies).isPresent()) {
            Recipe.Distil distil = recipe.distil().get();
            Path file = out.resolve(REPLIES);
            if (!Files.isRegularFile(file)) {
                ReplySampling.write(
                        file,
                        base.resolve(distil.teacher()),
                        task,
                        distil.replies().get(),
                        distil.maxTokens(),
                        Ops.Precision.EXACT,
                        team,
                        _ -> {});
            }
            return Optional.of(file);
        }
        return recipe.data().kind() == Recipe.Data.Kind.REPLIES
                ? Optional.of(base.resolve(recipe.data().path()))
                : Optional.empty();
    }

    /** Where the recipe has a tokenizer already. */
    private static Optional<String> known(Recipe recipe) {
        return Stream.of(
                        recipe.model().tokenizer(),
                        recipe.model().from(),
                        recipe.distil().map(Recipe.Distil::teacher).orElse(""))
                .filter(path -> !path.isEmpty())
                .findFirst();
    }

    /** Puts a tokenizer into the run's folder: one that is known, or a new one. */
    private static void bring(Path folder, Optional<Path> known) {
        try {
            Files.createDirectories(folder);
            if (Files.isRegularFile(folder.resolve(TOKENIZER.getFirst()))) {
                return;
            }
            if (known.isEmpty()) {
                TaskTokenizer.write(folder, Tasks.standard(), TaskTokenizer.SIZE, 1);
                return;
            }
            if (!Files.isRegularFile(known.get().resolve(TOKENIZER.getFirst()))) {
                throw new ModelException(known.get() + ": no " + TOKENIZER.getFirst()
                        + ", expected the tokenizer for problems; model.tokenizer names another folder");
            }
            for (String name : TOKENIZER.reversed()) { // the first one last: it says that all are there
                if (Files.isRegularFile(known.get().resolve(name))) {
                    Files.copy(known.get().resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": the tokenizer cannot be put here: " + e.getMessage(), e);
        }
    }

    /** The bytes of a text file, or of all files of a folder in order of their names. */
    private static int[] bytes(Path path) {
        try (Stream<Path> walk = Files.walk(path)) {
            List<Path> files = walk.filter(Files::isRegularFile).sorted().toList();
            long size = 0;
            for (Path file : files) {
                size += Files.size(file);
            }
            if (size > MAX_TEXT) {
                throw new ModelException(path + ": " + size + " bytes of text, expected at most " + MAX_TEXT);
            }
            int[] tokens = new int[(int) size];
            int at = 0;
            for (Path file : files) {
                for (byte b : Files.readAllBytes(file)) {
                    tokens[at++] = b & 0xFF;
                }
            }
            return tokens;
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": not readable: " + e.getMessage(), e);
        }
    }
}
