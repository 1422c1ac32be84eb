package dev.jerboa.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A pull in a process of its own, to be killed: ADDRESS CACHE CHUNK_BYTES. */
final class PullProcess {
    private PullProcess() {}

    public static void main(String[] args) {
        HubSettings settings = new HubSettings(
                Optional.of(URI.create(args[0])),
                Optional.empty(),
                Path.of(args[1]),
                false,
                4,
                Integer.parseInt(args[2]),
                Duration.ofSeconds(10));
        System.out.println(new Hub(settings)
                .pull("org/model", 1L << 40, (name, commit, choice) -> {}, PullProgress.NONE)
                .path());
    }
}
