package dev.jerboa.cli.command;

import dev.jerboa.engine.eval.task.Extraction;
import dev.jerboa.engine.eval.task.Fields;
import dev.jerboa.engine.eval.task.Format;
import dev.jerboa.engine.eval.task.JsonLines;
import dev.jerboa.engine.eval.task.Task;
import dev.jerboa.engine.eval.task.TaskSettings;
import dev.jerboa.settings.Section;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A task as a command line names it: a file of JSON Lines in a known format, or a YAML file that describes one.
 *
 * @param task the task
 * @param data the file of its items
 * @param examples the file of examples, where the description names one
 * @param description the description's text; empty for none
 * @param shots examples before a question, where the description says so
 */
record TaskFile(Task task, Path data, Optional<Path> examples, String description, OptionalInt shots) {
    private static final int MOST_TOKENS = 1 << 20;
    private static final int MOST_SHOTS = 1000;

    static TaskFile read(Path file) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(".yaml") || name.endsWith(".yml")) {
            return described(file);
        }
        String stem = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
        Task task = Task.detected(stem, JsonLines.read(file));
        return new TaskFile(task, file, Optional.empty(), "", OptionalInt.empty());
    }

    private static TaskFile described(Path file) {
        String text = Arguments.text(file);
        Section section = Section.parse(text, file.toString());
        Path data = file.resolveSibling(section.text("data"));
        Optional<Path> examples =
                section.has("examples") ? Optional.of(file.resolveSibling(section.text("examples"))) : Optional.empty();
        OptionalInt shots =
                section.has("shots") ? OptionalInt.of(section.integer("shots", 0, MOST_SHOTS)) : OptionalInt.empty();
        TaskSettings settings = settings(section, file);
        section.end();
        List<Fields> lines = JsonLines.read(data);
        return new TaskFile(Arguments.checked(() -> Task.of(settings, lines)), data, examples, text, shots);
    }

    private static TaskSettings settings(Section section, Path file) {
        String name = section.text("name");
        Optional<Format> format =
                section.has("format") ? Optional.of(Format.named(section.text("format"))) : Optional.empty();
        boolean templates = format.isEmpty();
        if (templates && section.has("choices") && section.has("choices_from")) {
            throw section.wrong("choices_from", "nothing beside choices");
        }
        return new TaskSettings(
                name,
                format,
                templates ? section.text("description", "") : "",
                templates ? section.text("prompt") : "",
                templates ? section.texts("choices", List.of()) : List.of(),
                templates && section.has("choices_from") ? Optional.of(section.text("choices_from")) : Optional.empty(),
                templates ? section.text("answer") : "",
                templates
                        ? section.choice("answer_as", TaskSettings.AnswerAs.class, TaskSettings.AnswerAs.INDEX)
                        : TaskSettings.AnswerAs.INDEX,
                templates && section.has("target") ? Optional.of(section.text("target")) : Optional.empty(),
                templates ? section.text("group", "") : "",
                templates ? section.text("delimiter", " ") : " ",
                section.has("separator") ? Optional.of(section.text("separator")) : Optional.empty(),
                section.texts("stops", List.of()),
                section.has("max_tokens")
                        ? OptionalInt.of(section.integer("max_tokens", 1, MOST_TOKENS))
                        : OptionalInt.empty(),
                extractions(section, file));
    }

    /** Ways to find answers, by name; what is ignored holds for all of them. */
    private static List<Extraction> extractions(Section section, Path file) {
        List<Pattern> ignored = section.texts("ignore", List.of()).stream()
                .map(regex -> Extraction.pattern(regex, file.toString()))
                .toList();
        boolean ignoreCase = section.flag("ignore_case", false);
        List<Extraction> all = new ArrayList<>();
        Section ways = section.sectionOrEmpty("extract");
        for (String name : ways.keys()) {
            Section way = ways.section(name);
            Pattern regex = Extraction.pattern(way.text("regex"), file.toString());
            boolean last = way.choice("pick", Pick.class, Pick.FIRST) == Pick.LAST;
            all.add(new Extraction(name, regex, last, ignored, ignoreCase));
        }
        if (all.isEmpty() && (!ignored.isEmpty() || ignoreCase)) {
            all.add(new Extraction("whole", null, false, ignored, ignoreCase));
        }
        return all;
    }

    /** Which match is the answer. */
    private enum Pick {
        FIRST,
        LAST
    }
}
