package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Paths that a file says, from its folder. */
final class Paths {
    private Paths() {}

    /** The path that a text under a key is. */
    static Path resolve(Section section, String key, String text, Path folder) {
        try {
            return folder.resolve(text);
        } catch (InvalidPathException e) {
            throw section.wrong(key, "a path");
        }
    }
}
