package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.cli.term.ProgressLine;
import dev.jerboa.engine.generate.PromptProgress;
import org.jspecify.annotations.Nullable;

/** A line on a terminal's stderr while a long prompt is read, gone when it is; for one prompt after another. */
final class ReadingLine implements PromptProgress {
    private final Console console;
    private @Nullable ProgressLine line;

    ReadingLine(Console console) {
        this.console = console;
    }

    @Override
    public void at(int done, int total) {
        ProgressLine current = line;
        if (current == null) {
            current = new ProgressLine(console, "reading the prompt");
        }
        line = done < total ? current : null;
        if (done < total) {
            current.at(done, total);
        } else {
            current.close();
        }
    }
}
