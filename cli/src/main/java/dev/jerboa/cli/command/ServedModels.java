package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.schedule.Speculation;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.server.model.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which models a server has, by the command line: those that are loaded at the start, and those that can be loaded. */
final class ServedModels {
    private static final String INSIDE = "jerboa-inside";

    /** In place of a model's name: all of them. */
    private static final String EVERY = "";

    /** One file of a model that has several. */
    private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-\\d{5}");

    @Parameters(
            paramLabel = "[NAME=]MODEL",
            arity = "0..*",
            description = {
                NamedModels.ABOUT + ", and perhaps",
                "the name that clients ask for it by; the first that is loaded is also called default (default: the small",
                "model that comes with Jerboa)"
            })
    private List<String> models = List.of();

    @Option(
            names = "--adapter",
            paramLabel = "[NAME=]DIR",
            description = {
                "a LoRA or rsLoRA adapter of the first MODEL in PEFT's files, asked for by its name; NAME@MODEL=DIR for one",
                "of another model; may be repeated"
            })
    private List<String> adapters = List.of();

    @Option(
            names = "--draft",
            paramLabel = "[NAME=]MODEL",
            description = {
                "a smaller model with the same tokens that guesses tokens for the first MODEL, or for the one of that name;",
                "replies stay the same, and are written faster where guesses are often right; may be repeated"
            })
    private List<String> drafts = List.of();

    @Option(
            names = "--speculation",
            paramLabel = "[NAME=]KIND",
            description = {
                "guess tokens ahead; replies stay the same: lookup (by the text so far), mtp (by the layer for it that the model",
                "has, as DeepSeek-V3) or off (default); of all models, or of the one of that name; may be repeated"
            })
    private List<String> speculations = List.of();

    @Option(
            names = "--available",
            paramLabel = "[NAME=]MODEL",
            description = "a model that is not loaded now but can be over HTTP (--admin-port); may be repeated")
    private List<String> available = List.of();

    @Option(names = "--models", paramLabel = "DIR", description = "every model in a folder, likewise")
    private @Nullable Path folder;

    /** A name and a path, as {@code NAME=PATH} gives them. */
    private record Named(String name, Path path) {
        static Named of(String text) {
            int at = text.indexOf('=');
            Path path = Path.of(text.substring(at + 1));
            return new Named(
                    at > 0 ? text.substring(0, at) : NamedModels.isName(path) ? path.toString() : nameOf(path), path);
        }
    }

    /** Refuses models that nobody could load. */
    void requireReachable(boolean admin) {
        if (!admin && (!available.isEmpty() || folder != null)) {
            throw new CommandException(
                    "--available and --models declare models to be loaded later: give --admin-port, by which they can be");
        }
    }

    /** Whether there is only the model that comes with Jerboa: where no other is declared. */
    boolean isInside() {
        return models.isEmpty() && available.isEmpty() && folder == null;
    }

    /** The names of those that are loaded at the start. */
    List<String> atStart() {
        return isInside()
                ? List.of(INSIDE)
                : models.stream().map(model -> Named.of(model).name()).toList();
    }

    /**
     * All models.
     *
     * @param opened told of each one that is opened
     * @throws IllegalArgumentException where names do not fit together
     */
    List<Declared> declared(Console console, OpenOptions options, BiConsumer<String, LanguageModel> opened) {
        List<Named> all = new ArrayList<>();
        models.forEach(model -> all.add(Named.of(model)));
        available.forEach(model -> all.add(Named.of(model)));
        inFolder().stream()
                .filter(found -> all.stream().noneMatch(named -> isSame(named.path(), found.path())))
                .toList()
                .forEach(all::add);
        if (all.isEmpty() && folder != null) {
            throw new IllegalArgumentException(
                    "--models " + folder + ": there is no .gguf file and no folder of a model in it");
        }
        Map<String, List<Named>> byModel =
                adaptersByModel(all.isEmpty() ? INSIDE : all.getFirst().name());
        Map<String, Path> draftOf =
                draftByModel(all.isEmpty() ? INSIDE : all.getFirst().name());
        Map<String, Speculation> kindOf = speculationByModel();
        Speculation usual = Objects.requireNonNullElse(kindOf.remove(EVERY), Speculation.OFF);
        List<Declared> declared = new ArrayList<>();
        if (isInside()) {
            OpenOptions own = guessing(options, draftOf.remove(INSIDE), kindOf.remove(INSIDE), usual);
            declared.add(declare(INSIDE, byModel, own, opened, InsideModel::open));
        }
        for (Named model : all) {
            OpenOptions own = guessing(options, draftOf.remove(model.name()), kindOf.remove(model.name()), usual);
            declared.add(declare(
                    model.name(), byModel, own, opened, adapted -> NamedModels.open(console, model.path(), adapted)));
        }
        if (!draftOf.isEmpty()) {
            throw new IllegalArgumentException(
                    "--draft: there is no model " + draftOf.keySet().iterator().next());
        }
        if (!kindOf.isEmpty()) {
            throw new IllegalArgumentException("--speculation: there is no model "
                    + kindOf.keySet().iterator().next());
        }
        if (!byModel.isEmpty()) {
            throw new IllegalArgumentException("--adapter: there is no model "
                    + byModel.keySet().iterator().next());
        }
        return declared;
    }

    private interface Opener {
        LanguageModel open(OpenOptions options);
    }

    /** @param byModel adapters, from which those of this model are taken */
    private static Declared declare(
            String name,
            Map<String, List<Named>> byModel,
            OpenOptions options,
            BiConsumer<String, LanguageModel> opened,
            Opener opener) {
        List<Named> own = byModel.getOrDefault(name, List.of());
        byModel.remove(name);
        OpenOptions adapted = options.withAdapters(own.stream().map(Named::path).toList());
        Supplier<LanguageModel> open = () -> {
            LanguageModel model = opener.open(adapted);
            opened.accept(name, model);
            return model;
        };
        return new Declared(name, open, own.stream().map(Named::name).toList());
    }

    /** Options of a model; what is said of it alone comes before what is said of all. */
    private static OpenOptions guessing(
            OpenOptions options, @Nullable Path draft, @Nullable Speculation own, Speculation usual) {
        OpenOptions drafted = draft == null ? options : options.withDraft(NamedModels.here(draft));
        Speculation otherwise = draft == null ? usual : Speculation.OFF;
        return drafted.withSpeculation(own == null ? otherwise : own);
    }

    private Map<String, Speculation> speculationByModel() {
        Map<String, Speculation> byModel = new LinkedHashMap<>();
        for (String text : speculations) {
            int at = text.indexOf('=');
            String model = at > 0 ? text.substring(0, at) : EVERY;
            if (byModel.put(model, Speculation.named(text.substring(at + 1))) != null) {
                throw new IllegalArgumentException(
                        "--speculation is given twice of " + (model.equals(EVERY) ? "all models" : model));
            }
        }
        return byModel;
    }

    private Map<String, Path> draftByModel(String first) {
        Map<String, Path> byModel = new LinkedHashMap<>();
        for (String text : drafts) {
            int at = text.indexOf('=');
            String model = at > 0 ? text.substring(0, at) : first;
            if (byModel.put(model, Path.of(text.substring(at + 1))) != null) {
                throw new IllegalArgumentException("--draft: " + model + " has one already");
            }
        }
        return byModel;
    }

    private Map<String, List<Named>> adaptersByModel(String first) {
        Map<String, List<Named>> byModel = new LinkedHashMap<>();
        for (String text : adapters) {
            Named adapter = Named.of(text);
            int at = adapter.name().lastIndexOf('@');
            String model = at > 0 ? adapter.name().substring(at + 1) : first;
            String name = at > 0 ? adapter.name().substring(0, at) : adapter.name();
            byModel.computeIfAbsent(model, any -> new ArrayList<>()).add(new Named(name, adapter.path()));
        }
        return byModel;
    }

    /** The models of the folder, by name. */
    private List<Named> inFolder() {
        Path from = folder;
        if (from == null) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(from)) {
            return entries.filter(ServedModels::isModel)
                    .sorted()
                    .map(path -> new Named(nameOf(path), path))
                    .toList();
        } catch (IOException e) {
            throw new CommandException("--models " + from + " could not be read: " + e.getMessage());
        }
    }

    private static boolean isModel(Path path) {
        String name = String.valueOf(path.getFileName());
        if (!name.endsWith(".gguf")) {
            return Files.isRegularFile(path.resolve("config.json"));
        }
        Matcher shard = SHARD.matcher(withoutEnding(name));
        return Files.isRegularFile(path) && (!shard.matches() || shard.group(2).equals("00001"));
    }

    private static boolean isSame(Path a, Path b) {
        try {
            return Files.isSameFile(a, b);
        } catch (IOException e) {
            return false;
        }
    }

    private static String nameOf(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "model" : withoutEnding(last.toString());
        Matcher shard = SHARD.matcher(name);
        return shard.matches() ? shard.group(1) : name;
    }

    private static String withoutEnding(String name) {
        return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
    }
}
