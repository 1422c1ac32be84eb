package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ReplyCollector;
import dev.jerboa.engine.chat.ReplyFormat;
import dev.jerboa.engine.chat.ReplyParser;
import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.chat.tool.ToolDefinition;
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
    private final ReplyCollector reply;
    private int textSent;
    private int reasoningSent;

    private TokenText(
            Tokenizer tokenizer,
            @Nullable ReplyFormat format,
            boolean tools,
            TokenStream stream,
            ReplyParser parser,
            ReplyCollector reply) {
        this.tokenizer = tokenizer;
        this.format = format;
        this.tools = tools;
        this.stream = stream;
        this.parser = parser;
        this.reply = reply;
    }

    /** A reply of its own; {@code opened} says whether the prompt began its thinking. */
    static TokenText reply(
            Tokenizer tokenizer, ReplyFormat format, boolean opened, List<ToolDefinition> tools, List<String> stops) {
        ReplyCollector reply = new ReplyCollector();
        ReplyParser parser = new ReplyParser(format, opened, tools, stops, ToolCall::newId, reply);
        return new TokenText(tokenizer, format, !tools.isEmpty(), tokenizer.stream(true), parser, reply);
    }

    /** What comes after {@code prompt}, of which the spaces between words are part. */
    static TokenText continuation(Tokenizer tokenizer, int[] prompt, List<String> stops) {
        boolean begun = false;
        for (int id : prompt) {
            begun |= !tokenizer.isSpecial(id);
        }
        TokenStream stream = begun ? tokenizer.continuation(true) : tokenizer.stream(true);
        ReplyCollector reply = new ReplyCollector();
        return new TokenText(tokenizer, null, false, stream, new ReplyParser(null, false, stops, reply), reply);
    }

    /** Takes a token; true where a stop string is complete. */
    boolean accept(int token) {
        if (!tokenizer.isSpecial(token) || (format != null && format.isMark(tokenizer.token(token), tools))) {
            parser.accept(stream.next(token));
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

    /** What has become certain since the last call, or null where nothing has. */
    @Nullable
    Chunk next() {
        StringBuilder text = reply.answer();
        StringBuilder reasoning = reply.reasoning();
        if (textSent == text.length() && reasoningSent == reasoning.length()) {
            return null;
        }
        Chunk chunk = new Chunk(text.substring(textSent), reasoning.substring(reasoningSent));
        textSent = text.length();
        reasoningSent = reasoning.length();
        return chunk;
    }

    String text() {
        return reply.answer().toString();
    }

    String reasoning() {
        return reply.reasoning().toString();
    }

    /** The tool calls so far. */
    List<ToolCall> calls() {
        return reply.calls();
    }

    /** The stop string that ended the reply, or null. */
    @Nullable
    String stop() {
        return parser.stop();
    }
}
