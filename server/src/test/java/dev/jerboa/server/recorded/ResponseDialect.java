package dev.jerboa.server.recorded;

import dev.jerboa.server.recorded.Said.Building;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/** OpenAI's responses. */
final class ResponseDialect implements Dialect {
    private static final String DELTA = ".delta";

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
        response(request, answer);
        String status = answer.oneOf("status", "completed", "incomplete");
        boolean cut = status.equals("incomplete");
        if (cut) {
            answer.object("incomplete_details").is("reason", "max_output_tokens");
        } else {
            answer.is("incomplete_details", null);
        }
        Building building = new Building();
        List<Seen> items = answer.some("output");
        for (Seen item : items) {
            item(item, cut && item == items.getLast() ? "incomplete" : "completed", building);
        }
        building.finish = status;
        Seen usage = answer.object("usage");
        long input = usage.positive("input_tokens");
        long output = usage.positive("output_tokens");
        usage.object("input_tokens_details").count("cached_tokens");
        usage.object("input_tokens_details").count("cache_write_tokens");
        usage.object("output_tokens_details").count("reasoning_tokens");
        usage.is("total_tokens", input + output);
        return new Said(List.of(building.choice()), input, output);
    }

    /** What a response says of itself from the first event on. */
    private static void response(Seen request, Seen response) {
        response.id("id", "resp_");
        response.is("object", "response").is("model", request.text("model")).is("error", null);
        response.positive("created_at");
        response.is("instructions", request.maybe("instructions").value());
        response.is("max_output_tokens", request.maybe("max_output_tokens").value());
        response.is("previous_response_id", null).object("metadata");
        response.flag("parallel_tool_calls");
        response.number("temperature");
        response.number("top_p");
        response.at("tool_choice");
        response.object("text").object("format").text("type");
        if (response.list("tools").size()
                != (request.has("tools") ? request.list("tools").size() : 0)) {
            throw response.at("tools").wrong("the tools of the request");
        }
    }

    /** An item of the output. */
    private static void item(Seen item, String status, Building into) {
        item.is("status", status);
        switch (item.text("type")) {
            case "reasoning" -> {
                item.id("id", "rs_");
                item.list("summary");
                for (Seen part : item.list("content")) {
                    into.thinking.append(part.is("type", "reasoning_text").text("text"));
                }
            }
            case "message" -> {
                item.is("role", "assistant").id("id", "msg_");
                for (Seen part : item.list("content")) {
                    into.text.append(text(part));
                }
            }
            case "function_call" -> {
                item.id("id", "fc_");
                item.id("call_id", "call_");
                into.call(item.text("name"));
                into.callArguments.getLast().append(item.text("arguments"));
            }
            default -> throw item.at("type").wrong("reasoning, message or function_call");
        }
    }

    private static String text(Seen part) {
        part.is("type", "output_text").list("annotations");
        part.list("logprobs");
        return part.text("text");
    }

    @Override
    public Said streamed(Seen request, String stream) {
        List<Seen> events = ServerSentEvents.named(stream);
        for (int i = 0; i < events.size(); i++) {
            events.get(i).is("sequence_number", i);
        }
        Iterator<Seen> rest = events.iterator();
        for (String type : List.of("response.created", "response.in_progress")) {
            Seen begun = next(rest, type).object("response");
            response(request, begun);
            begun.is("status", "in_progress").is("usage", null);
            if (!begun.list("output").isEmpty()) {
                throw begun.wrong("nothing said yet");
            }
        }
        List<Object> items = new ArrayList<>();
        while (true) {
            Seen event = rest.next();
            if (event.text("type").equals("response.output_item.added")) {
                items.add(streamedItem(event, rest, items.size()));
                continue;
            }
            Seen whole = event.object("response");
            Said said = whole(request, whole);
            event.is("type", "response." + whole.text("status"));
            if (rest.hasNext()) {
                throw rest.next().wrong("nothing after the response's end");
            }
            if (!Objects.equals(whole.at("output").value(), items)) {
                throw whole.at("output").wrong("the items that were streamed");
            }
            whole.is("id", events.getFirst().at("response").text("id"));
            return said;
        }
    }

    private static Seen next(Iterator<Seen> rest, String type) {
        return rest.next().is("type", type);
    }

    /** The events of an item up to its end, and what it is then. */
    private static Object streamedItem(Seen added, Iterator<Seen> rest, int index) {
        added.is("output_index", index);
        Seen item = added.object("item");
        item(item, "in_progress", new Building());
        String type = item.text("type");
        boolean call = type.equals("function_call");
        String kind = call
                ? "response.function_call_arguments"
                : type.equals("message") ? "response.output_text" : "response.reasoning_text";
        if (!call) {
            placed(next(rest, "response.content_part.added"), item, index)
                    .object("part")
                    .is("text", "");
        }
        StringBuilder text = new StringBuilder();
        Seen event = rest.next();
        while (event.text("type").equals(kind + DELTA)) {
            text.append(placed(event, item, index).text("delta"));
            logprobs(event, type);
            event = rest.next();
        }
        placed(event, item, index).is("type", kind + ".done").is(call ? "arguments" : "text", text.toString());
        logprobs(event, type);
        if (!call) {
            placed(next(rest, "response.content_part.done"), item, index)
                    .object("part")
                    .is("text", text.toString());
        }
        Seen done = next(rest, "response.output_item.done")
                .is("output_index", index)
                .object("item");
        done.is("id", item.text("id")).is("type", type);
        Building said = new Building();
        item(done, done.oneOf("status", "completed", "incomplete"), said);
        String whole = call ? said.callArguments.getFirst().toString() : "" + said.text + said.thinking;
        if (!whole.contentEquals(text)) {
            throw done.wrong("what was streamed, " + text);
        }
        return Objects.requireNonNull(done.value());
    }

    private static Seen placed(Seen event, Seen item, int index) {
        event.is("item_id", item.text("id")).is("output_index", index);
        return item.text("type").equals("function_call") ? event : event.is("content_index", 0);
    }

    private static void logprobs(Seen event, String type) {
        if (type.equals("message")) {
            event.list("logprobs");
        }
    }
}
