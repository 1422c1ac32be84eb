package dev.jerboa.engine.eval.task;

import dev.jerboa.engine.eval.EvalException;
import java.util.List;

/**
 * A task: its items and how they are asked.
 *
 * @param name in reports
 * @param format the name of its format, or {@code template}
 * @param reader makes items of lines, those of examples too
 * @param items the items, in the file's order
 * @param written whether answers are written, not chosen
 * @param separator what stands between examples
 * @param stops texts that end a reply
 * @param maxTokens the most tokens of a reply
 * @param extractions how answers are found in replies; one of them at least where answers are written
 */
public record Task(
        String name,
        String format,
        ItemReader reader,
        List<Item> items,
        boolean written,
        String separator,
        List<String> stops,
        int maxTokens,
        List<Extraction> extractions) {
    private static final int MAX_TOKENS = 256;
    private static final List<String> QUESTION_STOPS = List.of("Question:", "</s>", "<|im_end|>");

    public Task {
        items = List.copyOf(items);
        stops = List.copyOf(stops);
        extractions = List.copyOf(extractions);
    }

    /**
     * A task of a published format, known by the fields of its first line.
     *
     * @throws EvalException where they are of none, or the task is a code task
     */
    public static Task detected(String name, List<Fields> lines) {
        Fields first = lines.getFirst();
        CodeTasks.refuse(name, first);
        Format format = Format.of(first)
                .orElseThrow(
                        () -> first.wrong(
                                "the fields "
                                        + String.join(", ", first.values().keySet())
                                        + " are of no known format, expected those of MMLU, ARC,"
                                        + " HellaSwag, Winogrande or GSM8K, or prompt, choices and answer; or describe the task in a YAML file"));
        return of(TaskSettings.of(name, format), lines);
    }

    /**
     * A task as it is described.
     *
     * @throws EvalException where a line does not fit, or the task is a code task
     */
    public static Task of(TaskSettings settings, List<Fields> lines) {
        CodeTasks.refuse(settings.name(), lines.getFirst());
        ItemReader reader =
                settings.format().map(format -> (ItemReader) format).orElseGet(() -> new TemplateReader(settings));
        List<Item> items = lines.stream().map(reader::item).toList();
        boolean written = items.getFirst() instanceof Item.Written;
        boolean numbers = settings.format().filter(Format.GSM8K::equals).isPresent();
        List<Extraction> extractions = settings.extractions();
        if (written && extractions.isEmpty()) {
            extractions =
                    numbers ? List.of(Extraction.STRICT_NUMBER, Extraction.FLEXIBLE_NUMBER) : List.of(Extraction.WHOLE);
        }
        List<String> stops = settings.stops();
        if (written && stops.isEmpty()) {
            stops = numbers ? QUESTION_STOPS : List.of("\n\n");
        }
        return new Task(
                settings.name(),
                settings.format().map(Format::word).orElse("template"),
                reader,
                items,
                written,
                settings.separator().orElse("\n\n"),
                stops,
                settings.maxTokens().orElse(MAX_TOKENS),
                extractions);
    }
}
