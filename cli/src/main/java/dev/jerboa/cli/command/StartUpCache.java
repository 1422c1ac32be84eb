package dev.jerboa.cli.command;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Optional;

/** The start-up cache that the launcher gave this JVM, and whether the JVM took it: it says nothing where one does not fit. */
final class StartUpCache {
    private static final String ARGUMENT = "-XX:AOTCache=";

    private StartUpCache() {}

    /** The one that was given. */
    static Optional<Path> given() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith(ARGUMENT))
                .map(argument -> Path.of(argument.substring(ARGUMENT.length())))
                .findFirst();
    }

    /** Whether one was given that is of no use: of another JDK, say, or spoiled. HotSpot shares nothing at all then. */
    static boolean isRefused() {
        return given().isPresent()
                && !System.getProperty("java.vm.info", "sharing").contains("sharing");
    }
}
