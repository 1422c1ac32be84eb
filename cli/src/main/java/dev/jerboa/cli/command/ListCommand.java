package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.hub.Hub;
import dev.jerboa.hub.cache.HubCache;
import dev.jerboa.model.json.JsonOut;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code list}: models on this machine. */
@Command(
        name = "list",
        description = "Lists the models that were pulled to this machine, or the short names that there are.")
public final class ListCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Option(names = "--catalog", description = "list the short names of well-known models, and what they mean")
    private boolean catalog;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    public ListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Hub hub = NamedModels.hub();
        if (catalog) {
            names(hub);
        } else {
            models(hub);
        }
        return ExitCode.OK;
    }

    private void names(Hub hub) {
        if (json) {
            console.out().println(JsonOut.text(hub.catalog().models()));
            return;
        }
        hub.catalog()
                .models()
                .forEach((name, sizes) -> sizes.forEach((size, repository) ->
                        console.out().printf(Locale.ROOT, "%-28s %s%n", name + ":" + size, repository)));
    }

    private void models(Hub hub) {
        List<HubCache.Entry> entries = hub.cache().entries();
        if (json) {
            console.out()
                    .println(JsonOut.text(
                            entries.stream().map(entry -> facts(hub, entry)).toList()));
            return;
        }
        if (entries.isEmpty()) {
            console.say("jerboa: no models in " + hub.cache().top() + "; jerboa pull NAME fetches one");
        }
        for (HubCache.Entry entry : entries) {
            console.out()
                    .printf(
                            Locale.ROOT,
                            "%-52s %10s  %s%n",
                            entry.name(),
                            Sizes.of(entry.bytes()),
                            String.join(", ", files(hub, entry)) + (entry.partial() ? " (not complete)" : ""));
        }
    }

    /** The GGUF files of the newest commit; for folders the number of files. */
    private static List<String> files(Hub hub, HubCache.Entry entry) {
        List<String> all = new ArrayList<>();
        hub.cache()
                .commit(entry.name())
                .ifPresent(commit -> all.addAll(hub.cache().files(entry.name(), commit)));
        List<String> ggufs = all.stream().filter(file -> file.endsWith(".gguf")).toList();
        return !ggufs.isEmpty() ? ggufs : all.isEmpty() ? List.of() : List.of(all.size() + " files");
    }

    private static Map<String, @Nullable Object> facts(Hub hub, HubCache.Entry entry) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("name", entry.name().repository());
        facts.put("bytes", entry.bytes());
        facts.put("complete", !entry.partial());
        facts.put("commits", entry.commits());
        facts.put(
                "files",
                hub.cache()
                        .commit(entry.name())
                        .map(commit -> hub.cache().files(entry.name(), commit))
                        .orElse(List.of()));
        return facts;
    }
}
