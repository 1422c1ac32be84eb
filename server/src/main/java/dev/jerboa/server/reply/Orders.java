package dev.jerboa.server.reply;

import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.generate.AnswerForm;
import dev.jerboa.engine.generate.ChatTurn;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.template.TemplateException;
import dev.jerboa.server.http.HttpError;
import org.jspecify.annotations.Nullable;

/** Steps from a request to an order that all dialects take, with their errors in words of requests. */
public final class Orders {
    private Orders() {}

    /** The prompt of a conversation. */
    public static Prompt prompt(LanguageModel model, ChatTurn turn) {
        try {
            return model.prompt(turn);
        } catch (TemplateException e) {
            throw HttpError.field("messages", "the model's chat template refuses them: " + e.getMessage());
        } catch (ModelException | IllegalArgumentException e) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    /** What the reply has to be, or null. */
    public static @Nullable Constraint constraint(
            LanguageModel model, Prompt prompt, ChatTurn turn, AnswerForm form, String field) {
        try {
            return model.constraint(prompt, turn.choice(), turn.parallelCalls(), form);
        } catch (ConstraintException e) {
            throw HttpError.field(field, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw HttpError.field("tool_choice", String.valueOf(e.getMessage()));
        }
    }
}
