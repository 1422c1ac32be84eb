package dev.jerboa.cli.command;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.config.StoreConfig;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.node.Node;
import dev.jerboa.gateway.store.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The gateway's file, for commands that work on its store. */
final class GatewayFiles {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            required = true,
            description = "the gateway's configuration, which says where its store is")
    private @Nullable Path file;

    /** A store that is open, and what belongs to it. */
    record Opened(GatewayConfig config, Secrets secrets, Database database) implements AutoCloseable {
        Keys keys() {
            return Node.keys(config, database, secrets, InstantSource.system());
        }

        @Override
        public void close() {
            database.close();
        }
    }

    /** The store, which is made where it is not there yet. */
    Opened open() {
        return opened(read(given()));
    }

    /** The store of a gateway that has served: what only reads makes none, so that a wrong path is not an empty ledger. */
    Opened openThere() {
        GatewayConfig read = read(given());
        if (read.store() instanceof StoreConfig.Sqlite sqlite && !Files.exists(sqlite.file())) {
            throw new CommandException(sqlite.file()
                    + ": there is no such ledger: 'serve --config' and 'keys create' make it where store.url says");
        }
        return opened(read);
    }

    private Path given() {
        Path config = file;
        if (config == null) {
            throw new CommandException("--config: expected the gateway's configuration");
        }
        return config;
    }

    private Opened opened(GatewayConfig read) {
        Secrets secrets = secrets(given());
        return new Opened(read, secrets, Node.database(read, secrets));
    }

    /** What a file says. */
    static GatewayConfig read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new CommandException(file + ": no such file");
        }
        return GatewayConfig.read(file);
    }

    /** What finds the secrets that a file names. */
    static Secrets secrets(Path file) {
        return new Secrets(
                System.getenv(),
                Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("")));
    }
}
