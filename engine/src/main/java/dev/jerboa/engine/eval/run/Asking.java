package dev.jerboa.engine.eval.run;

import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.engine.eval.task.Item;
import dev.jerboa.engine.eval.task.Shots;
import dev.jerboa.engine.generate.ChatTurn;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.model.token.Tokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * How items become tokens: what stands before everything, the examples, the question; as plain text, or as a user's message in the
 * model's chat template. What the context has no room for is cut off at the beginning.
 */
final class Asking {
    private final LanguageModel model;
    private final Tokenizer tokenizer;
    private final Shots shots;
    private final String separator;
    private final boolean chat;

    /**
     * Tokens of which the last are scored.
     *
     * @param from the first that is scored
     * @param cut whether some were cut off at the beginning
     */
    record Scored(int[] tokens, int from, boolean cut) {}

    /**
     * Tokens to be continued.
     *
     * @param cut whether some were cut off at the beginning
     */
    record Continued(Prompt prompt, boolean cut) {}

    Asking(LanguageModel model, Shots shots, String separator, boolean chat) {
        this.model = model;
        this.tokenizer = model.tokenizer();
        this.shots = shots;
        this.separator = separator;
        this.chat = chat;
    }

    private String before(Item item) {
        StringBuilder text = new StringBuilder(item.description());
        for (Item.Example example : shots.before(item)) {
            text.append(example.question()).append(example.answer()).append(separator);
        }
        return text.toString();
    }

    private String rendered(String user) {
        return model.render(ChatTurn.of(List.of(ChatMessage.user(user))));
    }

    /**
     * A choice after its context. The tokens are those of both texts together, so that the choice is written as it would be in a text;
     * white space at the end of the context belongs to the choice.
     */
    Scored scored(Item item, Item.Choice choice) {
        String context = before(item) + choice.context();
        String continuation = choice.continuation();
        if (chat) {
            String prompt = rendered(context);
            int[] whole = tokenizer.encode(prompt + choice.text(), true);
            return scored(item, whole, tokenizer.encode(prompt, true).length);
        }
        String stripped = context.stripTrailing();
        if (!stripped.isEmpty()) {
            continuation = context.substring(stripped.length()) + continuation;
            context = stripped;
        }
        int[] prefix = prefix(context.isEmpty());
        int[] text = tokenizer.encode(context + continuation, false);
        int[] whole = Arrays.copyOf(prefix, prefix.length + text.length);
        System.arraycopy(text, 0, whole, prefix.length, text.length);
        int from = context.isEmpty() ? 0 : tokenizer.encode(context, false).length;
        return scored(item, whole, prefix.length + from);
    }

    /** What stands before a text: something at least, where nothing else does. */
    private int[] prefix(boolean needed) {
        int[] prefix = tokenizer.prefix();
        if (prefix.length > 0 || !needed) {
            return prefix;
        }
        int token = tokenizer.bos() >= 0 ? tokenizer.bos() : tokenizer.eos();
        return token < 0 ? prefix : new int[] {token};
    }

    private Scored scored(Item item, int[] whole, int from) {
        int most = model.contextLength() + 1; // nothing is computed after the last token
        int off = Math.max(0, whole.length - most);
        if (from >= whole.length) {
            throw new EvalException(
                    "line " + item.line() + ": a choice adds no token to its question: expected a text that"
                            + " the tokenizer can tell from nothing");
        }
        if (from - off < 1) {
            throw new EvalException("line " + item.line() + ": a choice has " + (whole.length - from)
                    + " tokens and a context of " + model.contextLength()
                    + " has no room for anything before them: open the model with a longer context");
        }
        return new Scored(off == 0 ? whole : Arrays.copyOfRange(whole, off, whole.length), from - off, off > 0);
    }

    /** A question whose answer is written, with room for {@code maxTokens} tokens. */
    Continued continued(Item.Written item, int maxTokens) {
        String text = before(item) + item.question();
        Prompt prompt = chat ? model.prompt(ChatTurn.of(List.of(ChatMessage.user(text)))) : model.prompt(text);
        int most = model.contextLength() - maxTokens;
        if (most < 1) {
            throw new EvalException("a context of " + model.contextLength() + " tokens has no room for a question and a"
                    + " reply of " + maxTokens + ": ask for shorter replies, or open the model with a longer context");
        }
        int[] ids = prompt.ids();
        if (ids.length <= most) {
            return new Continued(prompt, false);
        }
        int[] last = Arrays.copyOfRange(ids, ids.length - most, ids.length);
        return new Continued(
                new Prompt(last, prompt.format(), prompt.opened(), prompt.tools(), prompt.ignored()), true);
    }
}
