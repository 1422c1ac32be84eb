package dev.jerboa.cli.command;

import dev.jerboa.cli.rehearsal.Rehearsal;
import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.schedule.SchedulerStatus;
import dev.jerboa.gateway.config.LocalModel;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.kafka.KafkaSink;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.server.gateway.GatewayOpening;
import dev.jerboa.server.model.Declared;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Puller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code serve}: models over HTTP. */
@Command(
        name = "serve",
        description = {
            "Serves models over HTTP in the dialects that clients speak, with a page to chat in.",
            "It listens to this machine only unless --host says otherwise, which needs a key."
        })
public final class ServeCommand implements Callable<Integer> {
    private static final String KEY_VARIABLE = "JERBOA_API_KEY";
    private static final String ADMIN_KEY_VARIABLE = "JERBOA_ADMIN_KEY";
    /** As the source of a gateway's local model: the one that comes with Jerboa, as other commands call it and by its id. */
    private static final Set<String> INSIDE = Set.of("inside", "jerboa-inside");

    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Mixin
    private ServedModels models = new ServedModels();

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
            names = "--admin-port",
            paramLabel = "P",
            description = {
                "pull, load and unload models over HTTP at 127.0.0.1:P (GET /admin/models, POST /admin/models/NAME/load and",
                "/unload); needs a key of its own"
            })
    private @Nullable Integer adminPort;

    @Option(
            names = "--admin-key-file",
            paramLabel = "FILE",
            description = "keys for that, one a line (another way: the variable " + ADMIN_KEY_VARIABLE + ")")
    private @Nullable Path adminKeyFile;

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

    @Option(
            names = "--grace",
            paramLabel = "SECONDS",
            description = "when the process is to end, replies under way have so long (default: 30)")
    private int grace = 30;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = {
                "be a gateway: route requests over this machine's models and other providers, with keys, budgets and accounts,",
                "as the file says (docs/gateway.md); its models and keys take the place of MODEL and --api-key-file"
            })
    private @Nullable Path config;

    @Option(
            names = "--rehearse",
            paramLabel = "SECONDS",
            description = {
                "a gateway asks another of its kind in this process for so long before it listens, so that its first",
                "requests are not its slowest (default: 0, not at all)"
            })
    private int rehearse;

    public ServeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Path file = config;
        GatewayOpening opening = file == null ? null : opening(file);
        ServerOptions options = Arguments.checked(() -> options(opening));
        models.requireReachable(adminPort != null);
        if (rehearse != 0) {
            rehearse();
        }
        OpenOptions openings = openOptions();
        Models opened =
                opening == null ? open(openings) : local(opening.config().local(), openings);
        Puller puller = adminPort == null ? null : NamedModels.puller(openings, this::tell);
        JerboaServer server = Arguments.checked(() -> JerboaServer.start(options, opened, puller, opening));
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            server.close();
            closed.countDown();
        }));
        if (StartUpCache.isRefused()) {
            console.say("jerboa: the start-up cache does not fit this JVM and is not used: the first minute is slower");
        }
        console.say("jerboa: listening on http://" + host + ":" + server.port() + "   (OpenAI: /v1, health: /health)");
        if (server.adminPort() >= 0) {
            console.say("jerboa: models are loaded and unloaded at http://127.0.0.1:" + server.adminPort()
                    + "/admin/models");
        }
        closed.await();
        return ExitCode.OK;
    }

    private void rehearse() throws InterruptedException {
        if (config == null) {
            throw new CommandException("--rehearse: it is a gateway that is rehearsed: expected --config FILE as well");
        }
        if (rehearse < 0) {
            throw new CommandException("--rehearse: expected seconds from 0, found " + rehearse);
        }
        try (ScratchFolder folder = ScratchFolder.make("jerboa-rehearsal")) {
            new Rehearsal(Integer.MAX_VALUE, Duration.ofSeconds(rehearse)).play(folder.path());
        } catch (IOException | RuntimeException e) {
            console.say("jerboa: there was no rehearsal, and the first requests are slower: " + e);
        }
    }

    private GatewayOpening opening(Path file) {
        if (!models.isInside() || keyFile != null) {
            throw new CommandException(
                    "--config: models and keys are in the file then (local, keys), not on the command line");
        }
        return new GatewayOpening(GatewayFiles.read(file), GatewayFiles.secrets(file), KafkaSink::open);
    }

    /** The models of this machine that a gateway's file names, loaded. */
    private Models local(List<LocalModel> named, OpenOptions options) {
        if (named.isEmpty()) {
            return Models.none();
        }
        return loaded(
                Models.declared(named.stream()
                        .map(model -> new Declared(model.name(), () -> openLocal(model, options), List.of()))
                        .toList()),
                named.stream().map(LocalModel::name).toList());
    }

    private LanguageModel openLocal(LocalModel model, OpenOptions options) {
        LanguageModel opened = INSIDE.contains(model.source())
                ? InsideModel.open(options)
                : NamedModels.open(console, Path.of(model.source()), options);
        tell(model.name(), opened);
        return opened;
    }

    private ServerOptions options(@Nullable GatewayOpening opening) {
        boolean keyed = opening != null && opening.config().keys().required();
        ServerOptions address = keyed
                ? ServerOptions.defaults().withKeyedAddress(host, port)
                : ServerOptions.defaults()
                        .withAddress(host, port, opening == null ? keys(KEY_VARIABLE, keyFile) : List.of());
        ServerOptions options = address.withHosts(Set.copyOf(hosts))
                .withOrigins(Set.copyOf(origins))
                .withWriteTimeout(Duration.ofSeconds(writeTimeout))
                .withStopping(Duration.ofSeconds(grace));
        return adminPort == null ? options : options.withAdmin(adminPort, keys(ADMIN_KEY_VARIABLE, adminKeyFile));
    }

    private static List<String> keys(String name, @Nullable Path file) {
        List<String> keys = new ArrayList<>();
        String variable = System.getenv(name);
        if (variable != null && !variable.isBlank()) {
            keys.add(variable.trim());
        }
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

    private OpenOptions openOptions() {
        return Arguments.checked(
                () -> opening.options().withMaxSequences(maxSequences).withMaxWaiting(maxWaiting));
    }

    private Models open(OpenOptions options) {
        if (models.isInside()) {
            console.say("jerboa: the model inside, " + InsideModel.ABOUT);
        }
        return loaded(
                Arguments.checked(() -> Models.declared(models.declared(console, options, this::tell))),
                models.atStart());
    }

    private static Models loaded(Models declared, List<String> atStart) {
        try {
            atStart.forEach(name -> Arguments.checked(() -> {
                declared.load(name);
                return name;
            }));
            return declared;
        } catch (RuntimeException e) {
            declared.close();
            throw e;
        }
    }

    private void tell(String name, LanguageModel model) {
        console.say("jerboa: " + name + " = " + model.name() + ", contexts of " + model.contextLength()
                + " tokens, cache of " + model.status().cacheTokens() + " tokens" + states(model.status()) + " ("
                + Sizes.of(model.cacheBytes()) + " at most)");
        Statistics.sayWhatFits(console, model);
    }

    private static String states(SchedulerStatus status) {
        return status.stateRows() == 0 ? "" : " and " + status.stateRows() + " running states";
    }
}
