package dev.jerboa.testkit.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the stand-in writes its replies. */
enum Dialect {
    CHAT,
    COMPLETIONS,
    EMBEDDINGS,
    MESSAGES,
    RESPONSES,
    OLLAMA;

    static Dialect of(String path) {
        if (path.endsWith("/chat/completions")) {
            return CHAT;
        }
        if (path.endsWith("/completions")) {
            return COMPLETIONS;
        }
        if (path.endsWith("/embeddings")) {
            return EMBEDDINGS;
        }
        if (path.endsWith("/messages")) {
            return MESSAGES;
        }
        return path.endsWith("/responses") ? RESPONSES : OLLAMA;
    }

    String contentType() {
        return this == OLLAMA ? "application/x-ndjson" : "text/event-stream";
    }

    private static String data(String json) {
        return "data: " + json + "\n\n";
    }

    private static String event(String name, String json) {
        return "event: " + name + "\ndata: " + json + "\n\n";
    }

    /** What comes before the first piece. */
    Optional<String> head(Script script) {
        return switch (this) {
            case CHAT ->
                Optional.of(
                        data(
                                "{\"id\":\"mock-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"mock\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}"));
            case MESSAGES ->
                Optional.of(
                        event(
                                        "message_start",
                                        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_mock\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"mock\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":"
                                                + messageUsage(script, 1) + "}}")
                                + event(
                                        "content_block_start",
                                        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"));
            case RESPONSES ->
                Optional.of(
                        event(
                                        "response.created",
                                        "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":"
                                                + response(script, "in_progress", "", false) + "}")
                                + event(
                                        "response.output_item.added",
                                        "{\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}}")
                                + event(
                                        "response.content_part.added",
                                        "{\"type\":\"response.content_part.added\",\"sequence_number\":2,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}}"));
            case COMPLETIONS, EMBEDDINGS, OLLAMA -> Optional.empty();
        };
    }

    /** One piece of text. */
    String piece(Script script, int index) {
        String text = script.chunk();
        return switch (this) {
            case CHAT ->
                data(
                        "{\"id\":\"mock-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"mock\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
                                + text + "\"},\"finish_reason\":null}]"
                                + (script.usage() == Script.UsageAt.EVERYWHERE
                                        ? ",\"usage\":" + chatUsage(script, index + 1)
                                        : "")
                                + "}");
            case COMPLETIONS ->
                data(
                        "{\"id\":\"mock-1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"mock\",\"choices\":[{\"index\":0,\"text\":\""
                                + text + "\",\"finish_reason\":null}]}");
            case MESSAGES ->
                event(
                        "content_block_delta",
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
                                + text + "\"}}");
            case RESPONSES ->
                event(
                        "response.output_text.delta",
                        "{\"type\":\"response.output_text.delta\",\"sequence_number\":" + (index + 3)
                                + ",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"" + text
                                + "\"}");
            case OLLAMA ->
                "{\"model\":\"mock\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\""
                        + text + "\"},\"done\":false}\n";
            case EMBEDDINGS -> "";
        };
    }

    /** What ends a reply. */
    List<String> end(Script script, boolean usageAsked) {
        boolean tells = script.usage() != Script.UsageAt.NOWHERE;
        boolean cutShort = script.ending() == Script.Ending.LENGTH;
        List<String> events = new ArrayList<>();
        switch (this) {
            case CHAT -> {
                events.add(data(
                        "{\"id\":\"mock-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"mock\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\""
                                + (cutShort ? "length" : "stop") + "\"}]}"));
                if (tells && usageAsked) {
                    events.add(data(
                            "{\"id\":\"mock-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"mock\",\"choices\":[],\"usage\":"
                                    + chatUsage(script, script.completion()) + "}"));
                }
                events.add(data("[DONE]"));
            }
            case COMPLETIONS -> {
                events.add(data(
                        "{\"id\":\"mock-1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"mock\",\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}]"
                                + (tells && usageAsked ? ",\"usage\":" + chatUsage(script, script.completion()) : "")
                                + "}"));
                events.add(data("[DONE]"));
            }
            case MESSAGES -> {
                events.add(event("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}"));
                events.add(event(
                        "message_delta",
                        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\""
                                + (cutShort ? "max_tokens" : "end_turn") + "\",\"stop_sequence\":null}"
                                + (tells ? ",\"usage\":{\"output_tokens\":" + script.completion() + "}" : "") + "}"));
                events.add(event("message_stop", "{\"type\":\"message_stop\"}"));
            }
            case RESPONSES -> {
                String name = cutShort ? "response.incomplete" : "response.completed";
                String text = script.chunk().repeat(script.chunks());
                events.add(event(
                        name,
                        "{\"type\":\"" + name + "\",\"sequence_number\":99,\"response\":"
                                + response(script, cutShort ? "incomplete" : "completed", text, tells) + "}"));
            }
            case OLLAMA ->
                events.add(
                        "{\"model\":\"mock\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\""
                                + (cutShort ? "length" : "stop") + "\""
                                + (tells
                                        ? ",\"prompt_eval_count\":" + script.prompt() + ",\"eval_count\":"
                                                + script.completion()
                                        : "")
                                + "}\n");
            case EMBEDDINGS -> {}
        }
        return events;
    }

    /** An error within a stream. */
    String error() {
        return switch (this) {
            case MESSAGES ->
                event(
                        "error",
                        "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"mock gave up\"}}");
            case RESPONSES ->
                event(
                        "error",
                        "{\"type\":\"error\",\"sequence_number\":9,\"code\":\"server_error\",\"message\":\"mock gave up\",\"param\":null}");
            case OLLAMA -> "{\"error\":\"mock gave up\"}\n";
            default -> data("{\"error\":{\"message\":\"mock gave up\",\"type\":\"server_error\",\"code\":500}}");
        };
    }

    /** A whole reply. */
    String whole(Script script) {
        String text = script.chunk().repeat(script.chunks());
        boolean tells = script.usage() != Script.UsageAt.NOWHERE;
        boolean cutShort = script.ending() == Script.Ending.LENGTH;
        String usage = tells ? ",\"usage\":" + chatUsage(script, script.completion()) : "";
        return switch (this) {
            case CHAT ->
                "{\"id\":\"mock-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"mock\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                        + text + "\"},\"finish_reason\":\"" + (cutShort ? "length" : "stop") + "\"}]" + usage + "}";
            case COMPLETIONS ->
                "{\"id\":\"mock-1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"mock\",\"choices\":[{\"index\":0,\"text\":\""
                        + text + "\",\"finish_reason\":\"stop\"}]" + usage + "}";
            case EMBEDDINGS ->
                "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.5,0.25]}],\"model\":\"mock\",\"usage\":{\"prompt_tokens\":"
                        + script.prompt() + ",\"total_tokens\":" + script.prompt() + "}}";
            case MESSAGES ->
                "{\"id\":\"msg_mock\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"mock\",\"content\":[{\"type\":\"text\",\"text\":\""
                        + text + "\"}],\"stop_reason\":\"" + (cutShort ? "max_tokens" : "end_turn")
                        + "\",\"stop_sequence\":null"
                        + (tells ? ",\"usage\":" + messageUsage(script, script.completion()) : "") + "}";
            case RESPONSES -> response(script, cutShort ? "incomplete" : "completed", text, tells);
            case OLLAMA ->
                "{\"model\":\"mock\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\""
                        + text + "\"},\"done\":true,\"done_reason\":\"stop\""
                        + (tells
                                ? ",\"prompt_eval_count\":" + script.prompt() + ",\"eval_count\":" + script.completion()
                                : "")
                        + "}";
        };
    }

    private static String chatUsage(Script script, long completion) {
        return "{\"prompt_tokens\":" + script.prompt() + ",\"completion_tokens\":" + completion + ",\"total_tokens\":"
                + (script.prompt() + completion) + ",\"prompt_tokens_details\":{\"cached_tokens\":" + script.cached()
                + "}}";
    }

    private static String messageUsage(Script script, long output) {
        return "{\"input_tokens\":" + (script.prompt() - script.cached())
                + ",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":" + script.cached()
                + ",\"output_tokens\":" + output + "}";
    }

    private static String response(Script script, String status, String text, boolean tells) {
        return "{\"id\":\"resp_mock\",\"object\":\"response\",\"created_at\":1,\"model\":\"mock\",\"status\":\""
                + status
                + "\",\"error\":null,\"incomplete_details\":"
                + (status.equals("incomplete") ? "{\"reason\":\"max_output_tokens\"}" : "null")
                + ",\"instructions\":null,\"metadata\":{},\"parallel_tool_calls\":true,\"temperature\":1.0,\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":1.0,\"output\":"
                + (text.isEmpty()
                        ? "[]"
                        : "[{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\""
                                + text + "\",\"annotations\":[]}]}]")
                + ",\"usage\":"
                + (tells
                        ? "{\"input_tokens\":" + script.prompt() + ",\"input_tokens_details\":{\"cached_tokens\":"
                                + script.cached() + "},\"output_tokens\":" + script.completion()
                                + ",\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":"
                                + (script.prompt() + script.completion()) + "}"
                        : "null")
                + "}";
    }
}
