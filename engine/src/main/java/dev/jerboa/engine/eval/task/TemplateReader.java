package dev.jerboa.engine.eval.task;

import dev.jerboa.model.template.ChatTemplate;
import dev.jerboa.model.template.TemplateException;
import dev.jerboa.model.template.TemplateLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Items by the templates of a description, which may not cost much: a line is a page of text at most. */
final class TemplateReader implements ItemReader {
    private static final TemplateLimits LIMITS = new TemplateLimits(1 << 16, 100, 2_000_000, 16 << 20, 4 << 20, 200);

    private final TaskSettings settings;
    private final ChatTemplate description;
    private final ChatTemplate prompt;
    private final List<ChatTemplate> choices = new ArrayList<>();
    private final ChatTemplate answer;
    private final ChatTemplate target;
    private final ChatTemplate group;

    /** @throws TemplateException where a template is none */
    TemplateReader(TaskSettings settings) {
        this.settings = settings;
        this.description = template("description", settings.description());
        this.prompt = template("prompt", settings.prompt());
        settings.choices().forEach(each -> choices.add(template("choices", each)));
        this.answer = template("answer", settings.answer());
        this.target = template("target", settings.target().orElse(settings.answer()));
        this.group = template("group", settings.group());
    }

    private ChatTemplate template(String key, String source) {
        String kept = source.endsWith("\n") ? source + "{{ '' }}" : source; // Jinja drops a line break at the end
        return ChatTemplate.parse(kept, settings.name() + " (" + key + ")", LIMITS);
    }

    private static String text(ChatTemplate template, Fields fields) {
        for (String name : template.variables()) {
            if (!fields.values().containsKey(name)) {
                throw fields.wrong("no field " + name + ", which " + template.name() + " reads; the fields are "
                        + String.join(", ", fields.values().keySet()));
            }
        }
        try {
            return template.render(fields.values());
        } catch (TemplateException e) {
            throw fields.wrong(e.template() + ": " + e.reason());
        }
    }

    @Override
    public Item item(Fields fields) {
        String before = text(description, fields);
        String question = text(prompt, fields);
        String right = text(answer, fields);
        String counted = text(group, fields);
        boolean several = !choices.isEmpty() || settings.choicesFrom().isPresent();
        if (!several) {
            String wanted = text(target, fields);
            if (wanted.isBlank()) {
                throw fields.wrong("the target is empty, expected what a reply is to be");
            }
            return new Item.Written(
                    fields.line(), counted, before, question, settings.delimiter() + right, wanted.strip());
        }
        List<String> texts = settings.choicesFrom()
                .map(fields::texts)
                .orElseGet(
                        () -> choices.stream().map(each -> text(each, fields)).toList());
        List<Item.Choice> all = new ArrayList<>();
        for (String each : texts) {
            if (each.isEmpty()) {
                throw fields.wrong("a choice is empty, expected a text");
            }
            all.add(new Item.Choice(question, settings.delimiter() + each, each));
        }
        return new Item.Choices(fields.line(), counted, before, all, place(fields, right.strip(), texts));
    }

    private int place(Fields fields, String right, List<String> texts) {
        int place = switch (settings.answerAs()) {
            case INDEX -> number(right);
            case NUMBER -> number(right) - 1;
            case LETTER -> right.length() == 1 ? right.charAt(0) - 'A' : -1;
            case TEXT -> texts.indexOf(right);
        };
        if (place < 0 || place >= texts.size()) {
            throw fields.wrong("the answer is '" + right + "', expected one of the " + texts.size() + " choices by its "
                    + settings.answerAs().name().toLowerCase(Locale.ROOT));
        }
        return place;
    }

    private static int number(String text) {
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
    }
}
