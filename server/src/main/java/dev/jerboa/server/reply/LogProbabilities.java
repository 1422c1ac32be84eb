package dev.jerboa.server.reply;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.schedule.Pick;
import dev.jerboa.model.token.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Log-probabilities of tokens in the shape that several dialects have. */
public final class LogProbabilities {
    /** What stands for the logarithm of 0, which JSON cannot say. */
    private static final double LEAST = -9999;

    private LogProbabilities() {}

    /** An entry a token, with those that were likeliest in its place. */
    public static List<Object> of(List<ReplyEvent.Token> tokens, Tokenizer tokenizer) {
        List<Object> entries = new ArrayList<>();
        for (ReplyEvent.Token token : tokens) {
            Pick pick = token.pick();
            Map<String, @Nullable Object> entry = entry(pick.id(), pick.logProbability(), tokenizer);
            List<Object> top = new ArrayList<>();
            for (int i = 0; i < pick.likeliest().length; i++) {
                top.add(entry(pick.likeliest()[i], pick.likeliestLogProbabilities()[i], tokenizer));
            }
            entry.put("top_logprobs", top);
            entries.add(entry);
        }
        return entries;
    }

    private static Map<String, @Nullable Object> entry(int id, double log, Tokenizer tokenizer) {
        String text = tokenizer.decode(new int[] {id}, true);
        List<Integer> bytes = new ArrayList<>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xff);
        }
        return map("token", text, "logprob", Math.max(log, LEAST), "bytes", bytes);
    }
}
