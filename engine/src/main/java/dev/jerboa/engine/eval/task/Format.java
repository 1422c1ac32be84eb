package dev.jerboa.engine.eval.task;

import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Formats in which tasks are published as JSON Lines, with the prompts that published figures are made with. */
public enum Format implements ItemReader {
    /** {@code ctx}, {@code endings}, {@code label}: which sentence goes on. */
    HELLASWAG(fields -> fields.has("endings") && (fields.has("ctx") || fields.has("ctx_a"))) {
        @Override
        public Item item(Fields fields) {
            String context = fields.has("ctx_a")
                    ? fields.text("ctx_a") + " " + capitalized(fields.text("ctx_b", ""))
                    : fields.text("ctx");
            String activity = fields.text("activity_label", "");
            context = plain(activity.isEmpty() ? context : activity + ": " + context);
            List<String> endings =
                    fields.texts("endings").stream().map(Format::plain).toList();
            return choices(fields, "", context, endings, fields.place("label", endings.size()));
        }
    },
    /** {@code sentence} with a gap, {@code option1}, {@code option2}, {@code answer}: which word fits, by what follows the gap. */
    WINOGRANDE(fields -> fields.has("sentence") && fields.has("option1") && fields.has("option2")) {
        @Override
        public Item item(Fields fields) {
            String sentence = fields.text("sentence");
            int gap = sentence.indexOf('_');
            if (gap < 0) {
                throw fields.wrong("sentence has no gap, expected _ in it");
            }
            String rest = sentence.substring(gap + 1).strip();
            if (rest.isEmpty()) {
                throw fields.wrong("nothing follows the gap in sentence, so the options cannot be told apart");
            }
            List<Item.Choice> choices = new ArrayList<>();
            for (String option : List.of("option1", "option2")) {
                choices.add(new Item.Choice(sentence.substring(0, gap) + fields.text(option), " " + rest, rest));
            }
            int right = fields.among("answer", List.of("1", "2"));
            return new Item.Choices(fields.line(), "", "", choices, right);
        }
    },
    /** {@code question}, {@code choices} of {@code text} and {@code label}, {@code answerKey}: ARC, and others of its kind. */
    ARC(fields -> fields.has("answerKey") && fields.has("question")) {
        @Override
        public Item item(Fields fields) {
            boolean nested = fields.values().get("question") instanceof Map<?, ?>;
            Fields question = nested ? fields.inner("question") : fields;
            List<String> labels = new ArrayList<>();
            List<String> texts = new ArrayList<>();
            if (fields.values().get("choices") instanceof Map<?, ?>) {
                Fields choices = fields.inner("choices");
                labels = choices.texts("label");
                texts = choices.texts("text");
            } else if (question.values().get("choices") instanceof List<?> list) {
                for (Object each : list) {
                    Fields choice = new Fields(fields.file(), fields.line(), object(fields, each));
                    labels.add(choice.text("label"));
                    texts.add(choice.words("text"));
                }
            }
            if (labels.isEmpty() || labels.size() != texts.size()) {
                throw fields.wrong("choices has " + texts.size() + " texts and " + labels.size()
                        + " labels, expected {\"text\": [...], \"label\": [...]} with as many of both");
            }
            String prompt = "Question: " + question.text(nested ? "stem" : "question") + "\nAnswer:";
            return choices(fields, "", prompt, texts, fields.among("answerKey", labels));
        }
    },
    /** {@code question}, {@code choices}, {@code answer} as place or letter, {@code subject}: which letter is right. */
    MMLU(fields ->
            fields.has("question") && fields.values().get("choices") instanceof List<?> && fields.has("answer")) {
        @Override
        public Item item(Fields fields) {
            List<String> texts = fields.texts("choices");
            if (texts.size() > LETTERS.length()) {
                throw fields.wrong("choices has " + texts.size() + " texts, expected at most " + LETTERS.length());
            }
            StringBuilder prompt = new StringBuilder(fields.text("question").strip());
            List<String> letters = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                letters.add(LETTERS.substring(i, i + 1));
                prompt.append('\n').append(letters.get(i)).append(". ").append(texts.get(i));
            }
            prompt.append("\nAnswer:");
            boolean letter = LETTERS.contains(fields.text("answer").strip());
            int right = letter ? fields.letter("answer", texts.size()) : fields.place("answer", texts.size());
            String subject = fields.text("subject", "");
            String about = subject.isEmpty()
                    ? "The following are multiple choice questions (with answers).\n\n"
                    : "The following are multiple choice questions (with answers) about " + subject.replace('_', ' ')
                            + ".\n\n";
            List<Item.Choice> choices = new ArrayList<>();
            for (String each : letters) {
                choices.add(new Item.Choice(prompt.toString(), " " + each, each));
            }
            return new Item.Choices(fields.line(), subject, about, choices, right);
        }
    },
    /** {@code question}, {@code answer} that ends with {@code #### number}: problems whose solution is written. */
    GSM8K(Format::hasFinalNumber) {
        @Override
        public Item item(Fields fields) {
            String answer = fields.text("answer");
            int mark = answer.lastIndexOf(MARK);
            if (mark < 0) {
                throw fields.wrong("answer has no '" + MARK + "', expected the final number after it");
            }
            String target = answer.substring(mark + MARK.length()).strip();
            String question = "Question: " + fields.text("question") + "\nAnswer:";
            return new Item.Written(fields.line(), "", "", question, " " + answer, target);
        }
    },
    /** {@code prompt}, {@code choices}, {@code answer} as place or text. */
    CHOICES(fields -> fields.has("prompt") && fields.has("choices") && fields.has("answer")) {
        @Override
        public Item item(Fields fields) {
            List<String> texts = fields.texts("choices");
            int right = fields.values().get("answer") instanceof String text && texts.contains(text)
                    ? texts.indexOf(text)
                    : fields.place("answer", texts.size());
            return choices(fields, fields.text("group", ""), fields.text("prompt"), texts, right);
        }
    },
    /** {@code prompt}, {@code answer}: the reply is to be the answer. */
    WRITTEN(fields -> fields.has("prompt") && fields.has("answer") && !fields.has("choices")) {
        @Override
        public Item item(Fields fields) {
            String prompt = fields.text("prompt");
            String answer = fields.words("answer");
            return new Item.Written(
                    fields.line(), fields.text("group", ""), "", prompt, between(prompt, answer) + answer, answer);
        }
    };

    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    /** What stands before a final number. */
    static final String MARK = "####";

    private final Predicate<Fields> fits;

    Format(Predicate<Fields> fits) {
        this.fits = fits;
    }

    /** The name in options and reports. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether its items are answered by writing. */
    public boolean isWritten() {
        return this == GSM8K || this == WRITTEN;
    }

    /** The format that a line has. */
    public static Optional<Format> of(Fields fields) {
        for (Format format : values()) {
            if (format.fits.test(fields)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** @throws EvalException where there is none of that name */
    public static Format named(String word) {
        List<String> words = new ArrayList<>();
        for (Format format : values()) {
            if (format.word().equals(word)) {
                return format;
            }
            words.add(format.word());
        }
        throw new EvalException("no format is named " + word + ", expected one of " + String.join(", ", words));
    }

    private static boolean hasFinalNumber(Fields fields) {
        return fields.has("question") && fields.values().get("answer") instanceof String text && text.contains(MARK);
    }

    static Item.Choices choices(Fields fields, String group, String context, List<String> texts, int right) {
        List<Item.Choice> choices = new ArrayList<>();
        for (String text : texts) {
            choices.add(new Item.Choice(context, between(context, text) + text, text));
        }
        return new Item.Choices(fields.line(), group, "", choices, right);
    }

    /** A space where neither side has white space. */
    static String between(String before, String after) {
        boolean space = before.isEmpty()
                || Character.isWhitespace(before.charAt(before.length() - 1))
                || Character.isWhitespace(after.charAt(0));
        return space ? "" : " ";
    }

    private static Map<String, @Nullable Object> object(Fields fields, @Nullable Object value) {
        if (value instanceof Map<?, ?>) {
            return Json.asObject(value, "choices");
        }
        throw fields.wrong("choices has " + Json.kind(value) + ", expected objects");
    }

    /** HellaSwag's texts without the marks of their source, WikiHow. */
    private static String plain(String text) {
        return text.strip()
                .replace(" [title]", ". ")
                .replaceAll("\\[.*?\\]", "")
                .replace("  ", " ");
    }

    /** The first letter large, all others small, as the published prompts have it. */
    private static String capitalized(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT);
    }
}
