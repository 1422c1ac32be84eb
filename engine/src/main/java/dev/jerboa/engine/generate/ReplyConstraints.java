package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ReasoningFormat;
import dev.jerboa.engine.chat.ReplyFormat;
import dev.jerboa.engine.chat.tool.Shape;
import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Constraints;
import dev.jerboa.engine.constrain.Grammar;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.model.token.Tokenizer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model's replies have to be, as constraints: the form of an answer, calls of tools, after the thinking. Reading the vocabulary
 * takes part of a second, so a model has one of these, made when first needed. Thread-safe.
 */
final class ReplyConstraints {
    private final Constraints constraints;
    private final ShapeGrammar shapes;

    ReplyConstraints(Tokenizer tokenizer) {
        this.constraints = new Constraints(tokenizer);
        this.shapes = new ShapeGrammar(tokenizer);
    }

    /**
     * The constraint of a reply, or null where it is free. Where the model may choose to call and a tool's schema cannot be enforced,
     * it is free too.
     *
     * @throws ConstraintException where the form cannot be enforced
     * @throws IllegalArgumentException where a form of the answer and required calls are asked for together
     */
    @Nullable
    Constraint of(Prompt prompt, ToolChoice choice, boolean parallel, AnswerForm form) {
        ReplyFormat format = prompt.format();
        boolean mustCall = choice instanceof ToolChoice.Required || choice instanceof ToolChoice.Named;
        boolean free = form instanceof AnswerForm.Free;
        if (mustCall && !free) {
            throw new IllegalArgumentException(
                    "a form of the answer and a tool choice that requires a call exclude each other: ask for one of them");
        }
        if (!free && format != null && format.isHarmony()) {
            throw new ConstraintException(
                    "a form of the answer is not enforced for models that write in messages with headers"
                            + " (gpt-oss): ask for the form in words, or offer a tool");
        }
        if (!free) {
            return constraints.cached(
                    "answer " + thinkingKey(prompt) + " " + form, () -> afterThinking(prompt, expression(form)));
        }
        if (format == null || prompt.tools().isEmpty()) {
            return null;
        }
        try {
            return calls(prompt, format, choice, parallel);
        } catch (ConstraintException e) {
            if (mustCall) {
                throw e;
            }
            return null;
        }
    }

    private @Nullable Constraint calls(Prompt prompt, ReplyFormat format, ToolChoice choice, boolean parallel) {
        Shape shape = format.tools().shape(prompt.tools(), choice, parallel);
        if (shape instanceof Shape.Text) {
            return null;
        }
        String key = "calls " + thinkingKey(prompt) + " " + choice + " " + parallel + " " + prompt.tools();
        return constraints.cached(key, () -> afterThinking(prompt, shapes.of(shape)));
    }

    private static String thinkingKey(Prompt prompt) {
        ReplyFormat format = prompt.format();
        return format == null ? "" : format.reasoning() + " " + prompt.opened();
    }

    private static Expression afterThinking(Prompt prompt, Expression answer) {
        ReplyFormat format = prompt.format();
        ReasoningFormat thinking = format == null || format.isHarmony() ? null : format.reasoning();
        return thinking == null
                ? answer
                : Grammar.afterThinking(thinking.open(), thinking.close(), prompt.opened(), answer);
    }

    private static Expression expression(AnswerForm form) {
        return switch (form) {
            case AnswerForm.Free _ -> Grammar.text();
            case AnswerForm.Json _ -> Grammar.jsonObject();
            case AnswerForm.JsonSchema(String schema) -> Grammar.jsonSchema(schema, SchemaOptions.DEFAULT);
            case AnswerForm.Regex(String pattern) -> Grammar.regex(pattern);
            case AnswerForm.Gbnf(String grammar) -> Grammar.gbnf(grammar);
            case AnswerForm.Choice(List<String> texts) -> Grammar.choice(texts);
        };
    }
}
