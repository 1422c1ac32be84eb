package dev.jerboa.server.recorded;

import dev.jerboa.server.recorded.Said.Building;
import dev.jerboa.server.recorded.Said.Call;
import dev.jerboa.server.recorded.Said.Choice;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Anthropic's messages. */
final class MessageDialect implements Dialect {
    private static final String[] REASONS = {"end_turn", "max_tokens", "stop_sequence", "tool_use"};

    @Override
    public String streamType() {
        return "text/event-stream";
    }

    @Override
    public void error(Seen answer) {
        Seen error = answer.is("type", "error").object("error");
        error.oneOf("type", "invalid_request_error", "not_found_error");
        error.text("message");
    }

    @Override
    public Said whole(Seen request, Seen answer) {
        message(request, answer);
        StringBuilder text = new StringBuilder();
        StringBuilder thinking = new StringBuilder();
        List<Call> calls = new ArrayList<>();
        for (Seen block : answer.some("content")) {
            switch (block.text("type")) {
                case "text" -> text.append(block.text("text"));
                case "thinking" -> {
                    thinking.append(block.text("thinking"));
                    block.text("signature");
                }
                case "tool_use" -> {
                    block.id("id", "toolu_");
                    calls.add(new Call(block.text("name"), block.object("input").value()));
                }
                default -> throw block.at("type").wrong("text, thinking or tool_use");
            }
        }
        String reason = answer.oneOf("stop_reason", REASONS);
        stopSequence(answer, reason);
        Seen usage = answer.object("usage");
        usage.object("output_tokens_details").count("thinking_tokens");
        Choice choice = new Choice(text.toString(), thinking.toString(), calls, reason, List.of());
        return new Said(List.of(choice), input(usage), usage.positive("output_tokens"));
    }

    private static void message(Seen request, Seen message) {
        message.is("type", "message").is("role", "assistant").is("model", request.text("model"));
        message.id("id", "msg_");
    }

    private static void stopSequence(Seen answer, String reason) {
        if (reason.equals("stop_sequence")) {
            answer.text("stop_sequence");
        } else {
            answer.is("stop_sequence", null);
        }
    }

    /** Counts that do not overlap. */
    private static long input(Seen usage) {
        return usage.count("input_tokens")
                + usage.count("cache_read_input_tokens")
                + usage.count("cache_creation_input_tokens");
    }

    @Override
    public Said streamed(Seen request, String stream) {
        List<Seen> events = new ArrayList<>(ServerSentEvents.named(stream));
        events.removeIf(event -> event.text("type").equals("ping"));
        Iterator<Seen> rest = events.iterator();
        Seen begun = rest.next().is("type", "message_start").object("message");
        message(request, begun);
        begun.is("stop_reason", null).is("stop_sequence", null).is("content", List.of());
        long promised = input(begun.object("usage"));
        Building building = new Building();
        int blocks = 0;
        Seen event = rest.next();
        while (event.text("type").equals("content_block_start")) {
            block(event.is("index", blocks), rest, blocks++, building);
            event = rest.next();
        }
        Seen delta = event.is("type", "message_delta").object("delta");
        building.finish = delta.oneOf("stop_reason", REASONS);
        stopSequence(delta, building.finish);
        long input = input(event.object("usage"));
        if (input != promised) {
            throw event.at("usage").wrong("the " + promised + " tokens of the beginning");
        }
        rest.next().is("type", "message_stop");
        if (rest.hasNext() || blocks == 0) {
            throw new AssertionError("expected blocks, and nothing after the message's end: " + stream);
        }
        return new Said(List.of(building.choice()), input, event.at("usage").positive("output_tokens"));
    }

    private static void block(Seen start, Iterator<Seen> rest, int index, Building into) {
        Seen block = start.object("content_block");
        String type = block.text("type");
        switch (type) {
            case "text" -> block.is("text", "");
            case "thinking" -> block.is("thinking", "").is("signature", "");
            case "tool_use" -> {
                block.id("id", "toolu_");
                if (!block.object("input").names().isEmpty()) {
                    throw block.at("input").wrong("an empty object");
                }
                into.call(block.text("name"));
            }
            default -> throw block.at("type").wrong("text, thinking or tool_use");
        }
        Seen event = rest.next().is("index", index);
        while (event.text("type").equals("content_block_delta")) {
            Seen delta = event.object("delta");
            switch (type) {
                case "text" -> into.text.append(delta.is("type", "text_delta").text("text"));
                case "thinking" ->
                    into.thinking.append(delta.is("type", "thinking_delta").text("thinking"));
                default ->
                    into.callArguments
                            .getLast()
                            .append(delta.is("type", "input_json_delta").text("partial_json"));
            }
            event = rest.next().is("index", index);
        }
        event.is("type", "content_block_stop");
    }
}
