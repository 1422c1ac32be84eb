package dev.jerboa.gateway.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The page about the gateway's file, and the keys that its readers ask for, from their source. */
final class Documentation {
    private static final Path ROOT = Path.of(System.getProperty("jerboa.root", ".."));
    /** Methods that ask a section for a key, or are given a section and a key. */
    private static final Pattern ASKED = Pattern.compile(
            "(?:\\.(?:has|texts?|flag|choice|integer|number|decimal|section|sectionOrEmpty|sections)\\(\\s*|[a-zA-Z]\\((?:section|key|account|given|window|tier), )"
                    + "\"([a-z][a-z0-9_]*)\"");

    private Documentation() {}

    static String page() {
        try {
            return Files.readString(ROOT.resolve("docs/gateway.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> keysOfReaders() throws IOException {
        TreeSet<String> keys = new TreeSet<>();
        for (String folder : List.of("config", "catalog", "price")) {
            Path sources =
                    ROOT.resolve("gateway/src/main/java/dev/jerboa/gateway").resolve(folder);
            try (Stream<Path> files = Files.list(sources)) {
                for (Path file : files.toList()) {
                    Matcher matcher = ASKED.matcher(Files.readString(file));
                    while (matcher.find()) {
                        keys.add(matcher.group(1));
                    }
                }
            }
        }
        return List.copyOf(keys);
    }
}
