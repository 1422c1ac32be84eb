package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ReplyFormat;
import dev.jerboa.engine.chat.ReplyListener;
import dev.jerboa.engine.chat.ReplyParser;
import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.model.token.TokenStream;
import dev.jerboa.model.token.Tokenizer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From generated tokens to the text that the caller sees: tokens → whole characters → thinking | answer | calls → stop
 * strings. Special tokens are not text, except those that mark thinking or calls, which the parser must see. One thread.
 */
final class TokenText {
    private final Tokenizer tokenizer;
    private final @Nullable ReplyFormat format;
    private final boolean tools;
    private final TokenStream stream;
    private final ReplyParser parser;

    private TokenText(
            Tokenizer tokenizer, @Nullable ReplyFormat format, boolean tools, TokenStream stream, ReplyParser parser) {
        this.tokenizer = tokenizer;
        this.format = format;
        this.tools = tools;
        this.stream = stream;
        this.parser = parser;
    }

    /** What comes after a prompt. Of a text to be continued, the spaces between words are part. */
    static TokenText after(Prompt prompt, Tokenizer tokenizer, List<String> stops, ReplyListener out) {
        ReplyFormat format = prompt.format();
        if (format != null) {
            ReplyParser parser = new ReplyParser(format, prompt.opened(), prompt.tools(), stops, ToolCall::newId, out);
            return new TokenText(tokenizer, format, !prompt.tools().isEmpty(), tokenizer.stream(true), parser);
        }
        boolean begun = false;
        for (int id : prompt.ids()) {
            begun |= !tokenizer.isSpecial(id);
        }
        TokenStream stream = begun ? tokenizer.continuation(true) : tokenizer.stream(true);
        return new TokenText(tokenizer, null, false, stream, new ReplyParser(null, false, stops, out));
    }

    /** Whether the text so far ends inside the thinking. */
    boolean isThinking() {
        return parser.thinking();
    }

    /** The whole characters that a token completes; none of a special token that is no mark. */
    String piece(int token) {
        return !tokenizer.isSpecial(token) || (format != null && format.isMark(tokenizer.token(token), tools))
                ? stream.next(token)
                : "";
    }

    /** Takes what {@link #piece} gave; true where a stop string is complete. */
    boolean accept(String piece) {
        if (!piece.isEmpty()) {
            parser.accept(piece);
        }
        return parser.stop() != null;
    }

    /** The reply ends here; what was held back is text now, unless a stop string ended it. */
    void finish() {
        if (parser.stop() == null) {
            parser.accept(stream.finish());
            parser.finish();
        }
    }

    /** The stop string that ended the reply, or null. */
    @Nullable
    String stop() {
        return parser.stop();
    }
}
