package dev.jerboa.cli.command;

import com.sun.management.OperatingSystemMXBean;
import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.hub.Hub;
import dev.jerboa.hub.HubException;
import dev.jerboa.hub.HubSettings;
import dev.jerboa.hub.PullProgress;
import dev.jerboa.hub.name.FileChoice;
import dev.jerboa.hub.name.ModelName;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.server.model.Declared;
import dev.jerboa.server.model.Puller;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Models that a command line names: files and folders, or names of a hub's, which are looked for on this machine first. */
final class NamedModels {
    /** What the parameter of a model says in help texts. */
    static final String ABOUT =
            "a .gguf file, a Hugging Face folder, or a name: qwen3:0.6b, org/name[@revision][:choice], inside";

    /** Names the model that comes with Jerboa. */
    private static final String INSIDE = "inside";

    private NamedModels() {}

    static Hub hub() {
        return new Hub(settings());
    }

    static HubSettings settings() {
        return HubSettings.of(System.getenv(), Path.of(System.getProperty("user.home", ".")));
    }

    /** This machine's memory, in bytes. */
    static long memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }

    /** Whether a text is to be looked for as a name: nothing is there that it could mean, and it does not look like a path. */
    static boolean isName(Path given) {
        String text = given.toString();
        return !text.isEmpty()
                && !Files.exists(given)
                && !given.isAbsolute()
                && !text.startsWith(".")
                && !text.endsWith(".gguf");
    }

    /**
     * The files of a model that is on this machine.
     *
     * @throws HubException where a name is not
     */
    static Path here(Path given) {
        if (!isName(given)) {
            return given;
        }
        return found(given.toString())
                .orElseThrow(() ->
                        new HubException(given + " is not on this machine; jerboa pull " + given + " fetches it"));
    }

    /**
     * Opens the files of a model that is on this machine, or those of the one that comes with Jerboa.
     *
     * @throws HubException where a name is not
     */
    static Checkpoint checkpoint(Path given) {
        return isInside(given) ? InsideModel.checkpoint() : Checkpoint.open(here(given));
    }

    /** Whether it is the name of a model that is not on this machine. */
    static boolean isElsewhere(Path given) {
        return isName(given) && !isInside(given) && found(given.toString()).isEmpty();
    }

    private static boolean isInside(Path given) {
        return isName(given) && given.toString().equals(INSIDE);
    }

    private static Optional<Path> found(String text) {
        return hub().find(text, memory()).map(Hub.Found::path);
    }

    /** Opens a model, fetched where it is not on this machine; {@code inside} names the one that comes with Jerboa. */
    static LanguageModel open(Console console, Path given, OpenOptions options) {
        return isInside(given) ? InsideModel.open(options) : Jerboa.open(fetched(console, given), options);
    }

    /** The files of a model, fetched where they are not on this machine. */
    static Path fetched(Console console, Path given) {
        if (!isName(given)) {
            return given;
        }
        String text = given.toString();
        return found(text).orElseGet(() -> pull(console, text));
    }

    /** Fetches a model, and says what and how far. */
    static Path pull(Console console, String text) {
        try (PullLine line = new PullLine(console)) {
            return hub().pull(text, memory(), new Announced(console), line).path();
        }
    }

    /** Fetches models for a server's admin surface, by names only; each is opened with {@code options} when it is loaded. */
    static Puller puller(OpenOptions options, BiConsumer<String, LanguageModel> opened) {
        return (name, progress) -> {
            Path path = hub().pull(name, memory(), (model, commit, choice) -> {}, new Told(progress))
                    .path();
            return new Declared(
                    name,
                    () -> {
                        LanguageModel model = Jerboa.open(path, options);
                        opened.accept(name, model);
                        return model;
                    },
                    List.of());
        };
    }

    /** A pull's progress as a server's. */
    private static final class Told implements PullProgress {
        private final Puller.Progress progress;
        private long total;
        private long there;

        Told(Puller.Progress progress) {
            this.progress = progress;
        }

        @Override
        public void begins(int files, long bytes, long here) {
            total = bytes;
            there = here;
            progress.at("pulling", total, there);
        }

        @Override
        public void came(long bytes) {
            there += bytes;
            progress.at("pulling", total, there);
        }

        @Override
        public void lost(long bytes) {
            there -= bytes;
        }

        @Override
        public void verifies(String file, long bytes) {
            progress.at("verifying sha256 digest", total, there);
        }
    }

    /** Says what will be fetched before it is. */
    private record Announced(Console console) implements Hub.Plan {
        @Override
        public void chosen(ModelName name, String commit, FileChoice choice) {
            console.say("jerboa: " + name + " at " + commit.substring(0, 12) + ": "
                    + (choice.model().isEmpty() ? choice.files().size() + " files" : choice.model()) + ", "
                    + Sizes.of(choice.weightBytes()) + " of weights");
            if (!choice.fits()) {
                console.say("jerboa: that is more than this machine's memory lets run well (" + Sizes.of(memory())
                        + "): weights are read from the disk again and again. A smaller size or type would fit");
            }
        }

        @Override
        public void waits() {
            console.say("jerboa: another process is fetching or removing files of this model; waiting for it");
        }
    }
}
