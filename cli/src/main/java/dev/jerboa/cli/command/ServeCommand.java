package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code serve}: models over HTTP. */
@Command(
        name = "serve",
        description = {
            "Serves models over HTTP in the dialects that clients speak, with a page to chat in.",
            "It listens to this machine only unless --host says otherwise, which needs a key."
        })
public final class ServeCommand implements Callable<Integer> {
    private static final String KEY_VARIABLE = "JERBOA_API_KEY";

    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(
            paramLabel = "[NAME=]MODEL",
            arity = "0..*",
            description =
                    "a .gguf file or a Hugging Face folder, and perhaps the name that clients ask for it by; the first"
                            + " one is also called default (default: the small model that comes with Jerboa)")
    private List<String> models = List.of();

    @Mixin
    private ModelOptions opening = new ModelOptions();

    @Option(names = "--host", paramLabel = "H", description = "the address to listen on (default: 127.0.0.1)")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "P",
            description = "the port (default: " + ServerOptions.DEFAULT_PORT + "; 0 for any that is free)")
    private int port = ServerOptions.DEFAULT_PORT;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description = "API keys, one a line (another way: the variable " + KEY_VARIABLE + ")")
    private @Nullable Path keyFile;

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            description = "a further name by which clients may call the server; may be repeated")
    private List<String> hosts = List.of();

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            description =
                    "an origin whose pages may call the server, such as https://chat.example.org; may be repeated")
    private List<String> origins = List.of();

    @Option(
            names = "--max-sequences",
            paramLabel = "N",
            description = "the most replies written at a time by a model; more wait (default: 64)")
    private int maxSequences = 64;

    @Option(names = "--max-waiting", paramLabel = "N", description = "the most requests that wait (default: 1024)")
    private int maxWaiting = 1024;

    @Option(
            names = "--write-timeout",
            paramLabel = "SECONDS",
            description = "a client that takes nothing of its reply for so long is cut off (default: 60)")
    private int writeTimeout = 60;

    @Option(names = "--speculate", description = "guess tokens from the text so far; replies stay the same")
    private boolean speculate;

    public ServeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        ServerOptions options = Arguments.checked(() -> ServerOptions.defaults()
                .withAddress(host, port, keys())
                .withHosts(Set.copyOf(hosts))
                .withOrigins(Set.copyOf(origins))
                .withWriteTimeout(Duration.ofSeconds(writeTimeout))
                .withStopping(Duration.ofSeconds(30)));
        Models opened = open();
        JerboaServer server = Arguments.checked(() -> JerboaServer.start(options, opened));
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            server.close();
            closed.countDown();
        }));
        console.say("jerboa: listening on http://" + host + ":" + server.port() + "   (OpenAI: /v1, health: /health)");
        closed.await();
        return ExitCode.OK;
    }

    private List<String> keys() {
        List<String> keys = new ArrayList<>();
        String variable = System.getenv(KEY_VARIABLE);
        if (variable != null && !variable.isBlank()) {
            keys.add(variable.trim());
        }
        Path file = keyFile;
        if (file != null) {
            try {
                Files.readAllLines(file).stream()
                        .map(String::trim)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .forEach(keys::add);
            } catch (IOException e) {
                throw new CommandException("the keys in " + file + " could not be read: " + e.getMessage());
            }
        }
        return keys;
    }

    private Models open() {
        OpenOptions options = Arguments.checked(() -> opening.options()
                .withMaxSequences(maxSequences)
                .withMaxWaiting(maxWaiting)
                .withSpeculation(speculate));
        List<Served> served = new ArrayList<>();
        try {
            if (models.isEmpty()) {
                console.say("jerboa: the model inside, " + InsideModel.ABOUT);
                served.add(served("jerboa-inside", Arguments.checked(() -> InsideModel.open(options))));
            }
            for (String model : models) {
                int at = model.indexOf('=');
                Path path = Path.of(model.substring(at + 1));
                String name = at > 0 ? model.substring(0, at) : name(path);
                served.add(served(name, opening.open(path, options)));
            }
            return Arguments.checked(() -> new Models(served));
        } catch (RuntimeException e) {
            served.forEach(one -> one.model().close());
            throw e;
        }
    }

    private Served served(String name, LanguageModel model) {
        console.say("jerboa: " + name + " = " + model.name() + ", contexts of " + model.contextLength()
                + " tokens, cache of " + model.status().cacheTokens() + " tokens (" + Sizes.of(model.cacheBytes())
                + " at most)");
        Path adapter = opening.adapter;
        List<String> adapters = adapter == null ? List.of() : List.of(name(adapter));
        return new Served(name, model, Instant.now(), adapters);
    }

    private static String name(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "model" : last.toString();
        return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
    }
}
