package dev.jerboa.server.recorded;

import dev.jerboa.server.recorded.Said.Building;
import dev.jerboa.server.recorded.Said.Call;
import dev.jerboa.server.recorded.Said.Choice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** OpenAI's chat completions. */
final class ChatDialect implements Dialect {
    @Override
    public String streamType() {
        return "text/event-stream";
    }

    @Override
    public void error(Seen error) {
        openAiError(error);
    }

    static void openAiError(Seen answer) {
        Seen error = answer.object("error");
        error.text("message");
        error.oneOf("type", "invalid_request_error", "server_error", "authentication_error", "permission_error");
        error.textOrNull("param");
        error.textOrNull("code");
    }

    /** What answers and pieces begin with. */
    static void head(Seen request, Seen answer, String prefix, String object) {
        answer.id("id", prefix);
        answer.is("object", object).is("model", request.text("model"));
        answer.positive("created");
    }

    /** Counts that agree with each other. */
    static long[] usage(Seen usage) {
        long prompt = usage.positive("prompt_tokens");
        long generated = usage.positive("completion_tokens");
        if (usage.count("total_tokens") != prompt + generated) {
            throw usage.wrong("a total of " + (prompt + generated));
        }
        if (usage.object("prompt_tokens_details").count("cached_tokens") > prompt) {
            throw usage.wrong("at most all tokens cached");
        }
        if (usage.object("completion_tokens_details").count("reasoning_tokens") > generated) {
            throw usage.wrong("at most all tokens thought");
        }
        return new long[] {prompt, generated};
    }

    @Override
    public Said whole(Seen request, Seen answer) {
        head(request, answer, "chatcmpl-", "chat.completion");
        List<Choice> choices = new ArrayList<>();
        for (Seen choice : answer.some("choices")) {
            choice.is("index", choices.size());
            Seen message = choice.object("message").is("role", "assistant").is("refusal", null);
            List<Call> calls = new ArrayList<>();
            for (Seen call : message.has("tool_calls") ? message.some("tool_calls") : List.<Seen>of()) {
                call.id("id", "call_");
                Seen function = call.is("type", "function").object("function");
                calls.add(Call.of(function.text("name"), function.text("arguments")));
            }
            choices.add(new Choice(
                    message.textOrNull("content"),
                    message.has("reasoning_content") ? message.text("reasoning_content") : "",
                    calls,
                    choice.oneOf("finish_reason", "stop", "length", "tool_calls"),
                    tokens(request, choice.at("logprobs"))));
        }
        long[] usage = usage(answer.object("usage"));
        return new Said(choices, usage[0], usage[1]);
    }

    private static List<String> tokens(Seen request, Seen logprobs) {
        List<String> tokens = new ArrayList<>();
        if (!Boolean.TRUE.equals(request.maybe("logprobs").value())) {
            if (!logprobs.isNull()) {
                throw logprobs.wrong("null, as they were not asked for");
            }
            return tokens;
        }
        long top = request.has("top_logprobs") ? request.count("top_logprobs") : 0;
        for (Seen token : logprobs.is("refusal", null).list("content")) {
            entry(token);
            if (token.list("top_logprobs").size() != top) {
                throw token.wrong(top + " likeliest tokens");
            }
            token.list("top_logprobs").forEach(ChatDialect::entry);
            tokens.add(token.text("token"));
        }
        return tokens;
    }

    private static void entry(Seen token) {
        token.text("token");
        if (token.number("logprob") > 0) {
            throw token.wrong("a logarithm of a probability");
        }
        for (Seen b : token.list("bytes")) {
            if (!(b.value() instanceof Long number) || number < 0 || number > 255) {
                throw b.wrong("a byte");
            }
        }
    }

    @Override
    public Said streamed(Seen request, String stream) {
        boolean counted = Boolean.TRUE.equals(
                request.maybe("stream_options").isNull()
                        ? null
                        : request.at("stream_options").maybe("include_usage").value());
        List<Seen> chunks = ServerSentEvents.untilDone(stream);
        long[] usage = {-1, -1};
        if (counted) {
            Seen last = chunks.removeLast();
            head(request, last, "chatcmpl-", "chat.completion.chunk");
            if (!last.list("choices").isEmpty()) {
                throw last.wrong("a last piece without choices");
            }
            usage = usage(last.object("usage"));
        }
        Map<Long, Building> choices = new LinkedHashMap<>();
        for (Seen chunk : chunks) {
            head(request, chunk, "chatcmpl-", "chat.completion.chunk");
            chunk.is("id", chunks.getFirst().text("id"));
            chunk.is("created", chunks.getFirst().count("created")).without("usage");
            for (Seen choice : chunk.some("choices")) {
                piece(request, choice, choices);
            }
        }
        List<Choice> all = new ArrayList<>();
        for (long i = 0; i < choices.size(); i++) {
            Building choice = choices.get(i);
            if (choice == null || choice.finish.isEmpty()) {
                throw new AssertionError("choice " + i + " has no end: " + stream);
            }
            all.add(choice.choice());
        }
        return new Said(all, usage[0], usage[1]);
    }

    private static void piece(Seen request, Seen choice, Map<Long, Building> choices) {
        boolean first = !choices.containsKey(choice.count("index"));
        Building building = choices.computeIfAbsent(choice.count("index"), _ -> new Building());
        if (!building.finish.isEmpty()) {
            throw choice.wrong("nothing after the end of the choice");
        }
        Seen delta = choice.object("delta");
        if (first) {
            delta.is("role", "assistant");
        } else {
            delta.without("role");
        }
        building.text.append(delta.has("content") ? delta.text("content") : "");
        building.thinking.append(delta.has("reasoning_content") ? delta.text("reasoning_content") : "");
        for (Seen call : delta.has("tool_calls") ? delta.some("tool_calls") : List.<Seen>of()) {
            call(call, building);
        }
        building.tokens.addAll(tokens(request, choice.at("logprobs")));
        if (!choice.at("finish_reason").isNull()) {
            building.finish = choice.oneOf("finish_reason", "stop", "length", "tool_calls");
        }
    }

    /** A call is named in its first piece only; calls come one after the other. */
    private static void call(Seen call, Building building) {
        long index = call.count("index");
        Seen function = call.object("function");
        if (index == building.callNames.size()) {
            call.id("id", "call_");
            call.is("type", "function");
            building.call(function.text("name"));
        } else if (index == building.callNames.size() - 1) {
            call.without("id", "type");
            function.without("name");
        } else {
            throw call.wrong("the index of the last call or of the next one");
        }
        building.callArguments.getLast().append(function.text("arguments"));
    }
}
