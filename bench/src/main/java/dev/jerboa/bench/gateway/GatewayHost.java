package dev.jerboa.bench.gateway;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.server.gateway.GatewayOpening;
import dev.jerboa.server.model.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** A gateway in a process of its own: {@code GatewayHost FILE KEY}; prints its port, and ends when its input does. */
public final class GatewayHost {
    private GatewayHost() {}

    /** Runs until standard input ends. */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]).toAbsolutePath();
        Path folder = Objects.requireNonNull(file.getParent());
        GatewayOpening opening = new GatewayOpening(
                GatewayConfig.read(file), new Secrets(Map.of("KEY", args[1], "UPSTREAM", "upstream-key"), folder));
        try (JerboaServer server =
                JerboaServer.start(ServerOptions.defaults().withPort(0), Models.none(), null, opening)) {
            System.out.println("port " + server.port());
            System.out.flush();
            while (System.in.read() >= 0) {
                // whoever started it holds the other end
            }
        }
    }
}
