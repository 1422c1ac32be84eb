package dev.jerboa.server.gateway;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.server.model.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** A gateway in a process of its own, to be killed or told to end: {@code GatewayProcess FILE}; prints its port. */
final class GatewayProcess {
    private GatewayProcess() {}

    /** Runs until standard input ends, or it is told to end (SIGTERM), which it takes as {@code jerboa serve} does. */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]).toAbsolutePath();
        try (JerboaServer server = JerboaServer.start(
                ServerOptions.defaults().withPort(0),
                Models.none(),
                null,
                new GatewayOpening(
                        GatewayConfig.read(file), RunningGateway.secrets(Objects.requireNonNull(file.getParent()))))) {
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(server::close));
            System.out.println("port " + server.port());
            while (System.in.read() >= 0) {
                // until the test ends
            }
        }
    }
}
