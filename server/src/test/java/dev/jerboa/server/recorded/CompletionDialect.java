package dev.jerboa.server.recorded;

import dev.jerboa.server.recorded.Said.Building;
import dev.jerboa.server.recorded.Said.Choice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** OpenAI's completions. */
final class CompletionDialect implements Dialect {
    @Override
    public String streamType() {
        return "text/event-stream";
    }

    @Override
    public void error(Seen error) {
        ChatDialect.openAiError(error);
    }

    @Override
    public Said whole(Seen request, Seen answer) {
        ChatDialect.head(request, answer, "cmpl-", "text_completion");
        List<Choice> choices = new ArrayList<>();
        for (Seen choice : answer.some("choices")) {
            choice.is("index", choices.size());
            String finish = choice.oneOf("finish_reason", "stop", "length");
            choices.add(new Choice(choice.text("text"), "", List.of(), finish, tokens(request, choice)));
        }
        long[] usage = ChatDialect.usage(answer.object("usage"));
        return new Said(choices, usage[0], usage[1]);
    }

    private static List<String> tokens(Seen request, Seen choice) {
        List<String> tokens = new ArrayList<>();
        if (!request.has("logprobs")) {
            choice.is("logprobs", null);
            return tokens;
        }
        Seen logprobs = choice.object("logprobs");
        for (Seen token : logprobs.list("tokens")) {
            tokens.add(token.text());
        }
        for (String name : List.of("token_logprobs", "top_logprobs", "text_offset")) {
            if (logprobs.list(name).size() != tokens.size()) {
                throw logprobs.at(name).wrong("one for each of " + tokens.size() + " tokens");
            }
        }
        return tokens;
    }

    @Override
    public Said streamed(Seen request, String stream) {
        List<Seen> chunks = ServerSentEvents.untilDone(stream);
        Seen last = chunks.removeLast();
        if (!last.list("choices").isEmpty()) {
            throw last.wrong("a last piece without choices, as usage was asked for");
        }
        long[] usage = ChatDialect.usage(last.object("usage"));
        Map<Long, Building> choices = new LinkedHashMap<>();
        for (Seen chunk : chunks) {
            ChatDialect.head(request, chunk, "cmpl-", "text_completion");
            chunk.is("id", chunks.getFirst().text("id"));
            for (Seen choice : chunk.some("choices")) {
                Building building = choices.computeIfAbsent(choice.count("index"), _ -> new Building());
                if (!building.finish.isEmpty()) {
                    throw choice.wrong("nothing after the end of the choice");
                }
                building.text.append(choice.text("text"));
                building.tokens.addAll(tokens(request, choice));
                building.finish =
                        choice.at("finish_reason").isNull() ? "" : choice.oneOf("finish_reason", "stop", "length");
            }
        }
        List<Choice> all = new ArrayList<>();
        choices.values().forEach(building -> all.add(building.choice()));
        if (all.isEmpty() || all.stream().anyMatch(choice -> choice.finish().isEmpty())) {
            throw new AssertionError("a choice has no end: " + stream);
        }
        return new Said(all, usage[0], usage[1]);
    }
}
