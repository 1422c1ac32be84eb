package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ReasoningFormat;
import dev.jerboa.engine.chat.ReplyParser;
import dev.jerboa.model.token.TokenStream;
import dev.jerboa.model.token.Tokenizer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From generated tokens to the text that the caller sees: tokens → whole characters → thinking | answer → stop strings.
 * Special tokens are not text, except those that mark thinking, which the parser must see. One thread.
 */
final class TokenText {
    private final Tokenizer tokenizer;
    private final @Nullable ReasoningFormat format;
    private final TokenStream stream;
    private final ReplyParser parser;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private int textSent;
    private int reasoningSent;

    private TokenText(Tokenizer tokenizer, @Nullable ReasoningFormat format, TokenStream stream, ReplyParser parser) {
        this.tokenizer = tokenizer;
        this.format = format;
        this.stream = stream;
        this.parser = parser;
    }

    /** A reply of its own; {@code opened} says whether the prompt began its thinking. */
    static TokenText reply(Tokenizer tokenizer, @Nullable ReasoningFormat format, boolean opened, List<String> stops) {
        return new TokenText(tokenizer, format, tokenizer.stream(true), new ReplyParser(format, opened, stops));
    }

    /** What comes after {@code prompt}, of which the spaces between words are part. */
    static TokenText continuation(Tokenizer tokenizer, int[] prompt, List<String> stops) {
        boolean begun = false;
        for (int id : prompt) {
            begun |= !tokenizer.isSpecial(id);
        }
        return new TokenText(
                tokenizer,
                null,
                begun ? tokenizer.continuation(true) : tokenizer.stream(true),
                new ReplyParser(null, false, stops));
    }

    /** Takes a token; true where a stop string is complete. */
    boolean accept(int token) {
        if (!tokenizer.isSpecial(token) || (format != null && format.isMark(tokenizer.token(token)))) {
            parser.accept(stream.next(token), text, reasoning);
        }
        return parser.stop() != null;
    }

    /** The reply ends here; what was held back is text now, unless a stop string ended it. */
    void finish() {
        if (parser.stop() == null) {
            parser.accept(stream.finish(), text, reasoning);
            parser.finish(text, reasoning);
        }
    }

    /** What has become certain since the last call, or null where nothing has. */
    @Nullable
    Chunk next() {
        if (textSent == text.length() && reasoningSent == reasoning.length()) {
            return null;
        }
        Chunk chunk = new Chunk(text.substring(textSent), reasoning.substring(reasoningSent));
        textSent = text.length();
        reasoningSent = reasoning.length();
        return chunk;
    }

    String text() {
        return text.toString();
    }

    String reasoning() {
        return reasoning.toString();
    }

    /** The stop string that ended the reply, or null. */
    @Nullable
    String stop() {
        return parser.stop();
    }
}
