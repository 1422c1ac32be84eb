package dev.jerboa.cli.command;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
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
            Keys keys = new Keys(
                    database, config.keys().pepper(secrets), config.keys().declared(secrets), InstantSource.system());
            config.accounts().forEach(keys::put);
            return keys;
        }

        @Override
        public void close() {
            database.close();
        }
    }

    Opened open() {
        Path config = file;
        if (config == null) {
            throw new CommandException("--config: expected the gateway's configuration");
        }
        GatewayConfig read = read(config);
        Secrets secrets = secrets(config);
        return new Opened(read, secrets, Node.database(read.store(), secrets));
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
