package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.server.reply.LogProbabilities;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parts that several of OpenAI's answers have. */
final class Shapes {
    private Shapes() {}

    /** How answers and chunks begin. */
    static Map<String, @Nullable Object> head(String id, String object, ReplyOrder order, long created) {
        return map(
                "id",
                id,
                "object",
                object,
                "created",
                created,
                "model",
                order.target().name());
    }

    /** Puts what the choices cost, in tokens and in time. */
    static void count(Map<String, @Nullable Object> answer, ReplyOrder order, List<Outcome> outcomes) {
        answer.put("usage", usage(order, outcomes));
        answer.put("timings", timings(outcomes.getFirst()));
    }

    static String finishReason(Outcome outcome, boolean calls) {
        return switch (outcome.reason()) {
            case STOP, STOP_STRING -> calls ? "tool_calls" : "stop";
            case LENGTH, CONTEXT_FULL, DEADLINE, CANCELLED -> "length";
        };
    }

    static @Nullable Object stopReason(Outcome outcome) {
        return outcome.reason() == FinishReason.STOP_STRING ? outcome.stop() : null;
    }

    /** Token counts of all choices; each prompt is counted once. */
    private static Map<String, @Nullable Object> usage(ReplyOrder order, List<Outcome> outcomes) {
        int prompt = 0;
        int cached = 0;
        int generated = 0;
        int reasoning = 0;
        for (int i = 0; i < outcomes.size(); i++) {
            Outcome outcome = outcomes.get(i);
            if (i % order.samples() == 0) {
                prompt += outcome.tokens().prompt();
                cached += outcome.tokens().cached();
            }
            generated += outcome.tokens().generated();
            reasoning += outcome.reasoningTokens();
        }
        return map(
                "prompt_tokens",
                prompt,
                "completion_tokens",
                generated,
                "total_tokens",
                prompt + generated,
                "prompt_tokens_details",
                map("cached_tokens", cached),
                "completion_tokens_details",
                map("reasoning_tokens", reasoning));
    }

    /** Where the time went, for the page and for people. */
    private static Map<String, @Nullable Object> timings(Outcome outcome) {
        return map(
                "prompt_ms",
                outcome.timings().promptNanos() / 1e6,
                "prompt_tokens_per_second",
                outcome.timings().promptTokensPerSecond(),
                "generation_ms",
                outcome.timings().generationNanos() / 1e6,
                "generation_tokens_per_second",
                outcome.timings().generationTokensPerSecond());
    }

    static Map<String, @Nullable Object> call(ToolCall call) {
        return map(
                "id",
                "call_" + call.id(),
                "type",
                "function",
                "function",
                map("name", call.name(), "arguments", call.arguments()));
    }

    static Map<String, @Nullable Object> logprobs(List<ReplyEvent.Token> tokens, Tokenizer tokenizer) {
        return map("content", LogProbabilities.of(tokens, tokenizer), "refusal", null);
    }
}
