package dev.jerboa.gateway.dialect.responses;

import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.conversation.Proofs;
import dev.jerboa.gateway.dialect.reply.ErrorReader;
import dev.jerboa.gateway.dialect.reply.EventReader;
import dev.jerboa.gateway.dialect.usage.Counts;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads responses. One reply. */
public final class ResponsesReplyReader implements EventReader {
    /** What is known of an item of a stream. */
    private static final class Item {
        private int call = -1;
        private boolean said;
        private boolean reasoned;
        private boolean over;
    }

    /** More items than a reply has: those of an endpoint that makes them up are not told apart. */
    private static final int MOST_ITEMS = 1024;

    private final Map<Integer, Item> items = new HashMap<>();
    private final Item surplus = new Item();
    private int calls;
    private boolean begun;
    private boolean over;
    private @Nullable Usage usage;
    private @Nullable Long costNanos;
    private String tier = "";
    private long searches;
    private long fetches;
    private long fileSearches;
    private final Set<String> others = new TreeSet<>();

    @Override
    public void event(Map<String, ? extends @Nullable Object> event, Consumer<ReplyPiece> out) {
        String type = Tree.text(event, "type");
        int index = Tree.whole(event, "output_index", 0);
        String delta = Tree.text(event, "delta");
        Item item = item(index);
        switch (type) {
            case "response.created", "response.in_progress", "response.queued" ->
                begin(Tree.object(event, "response"), out);
            case "response.output_item.added" -> added(item, Tree.object(event, "item"), out);
            case "response.output_text.delta" -> {
                item.said = true;
                out.accept(new ReplyPiece.Text(0, delta));
            }
            case "response.refusal.delta" -> {
                item.said = true;
                out.accept(new ReplyPiece.Refusal(0, delta));
            }
            case "response.reasoning_text.delta" -> {
                item.reasoned = true;
                item.said = true;
                out.accept(new ReplyPiece.Reasoning(0, delta));
            }
            case "response.reasoning_summary_part.added" -> {
                if (item.said && !item.reasoned) {
                    out.accept(new ReplyPiece.Reasoning(0, "\n\n"));
                }
            }
            case "response.reasoning_summary_text.delta" -> {
                if (!item.reasoned) { // a summary of what is told in full is not told
                    item.said = true;
                    out.accept(new ReplyPiece.Reasoning(0, delta));
                }
            }
            case "response.function_call_arguments.delta" -> {
                if (item.call >= 0) {
                    item.said = true;
                    out.accept(new ReplyPiece.CallArguments(0, item.call, delta));
                }
            }
            case "response.output_item.done" -> ended(item, Tree.object(event, "item"), out);
            case "response.completed", "response.incomplete", "response.failed", "response.cancelled" ->
                over(Tree.object(event, "response"), out);
            case "error" -> out.accept(ErrorReader.failed(event));
            default -> {}
        }
    }

    /** Notes that an item's text has been told, to somebody who only measures it. */
    void said(int index) {
        item(index).said = true;
    }

    private Item item(int index) {
        return items.size() < MOST_ITEMS
                ? items.computeIfAbsent(index, _ -> new Item())
                : items.getOrDefault(index, surplus);
    }

    @Override
    public void whole(Map<String, ? extends @Nullable Object> body, Consumer<ReplyPiece> out) {
        if (!body.containsKey("output") && !body.containsKey("status")) {
            counts(body);
            out.accept(ErrorReader.failed(body));
            return;
        }
        begin(body, out);
        for (Object element : Tree.list(body, "output")) {
            ended(new Item(), Tree.object(element), out);
        }
        over(body, out);
    }

    @Override
    public void marker(String data) {}

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public ReplyPiece.Used used() {
        return new ReplyPiece.Used(
                usage, costNanos, new Service(tier, new ToolUses(searches, fetches, fileSearches), others));
    }

    private void begin(Map<String, ? extends @Nullable Object> response, Consumer<ReplyPiece> out) {
        if (!begun) {
            begun = true;
            tier = Service.tier(Tree.text(response, "service_tier")); // of a reply that is cut, what was asked for
            out.accept(new ReplyPiece.Begun(Tree.text(response, "id"), Tree.text(response, "model")));
        }
    }

    private void added(Item item, Map<String, ? extends @Nullable Object> what, Consumer<ReplyPiece> out) {
        if (Tree.text(what, "type").equals("function_call") && item.call < 0) {
            item.call = calls++;
            out.accept(new ReplyPiece.CallBegun(0, item.call, Tree.text(what, "call_id"), Tree.text(what, "name")));
        }
    }

    /** An item as it is in the end: what its steps have not told is told now. */
    private void ended(Item item, Map<String, ? extends @Nullable Object> what, Consumer<ReplyPiece> out) {
        if (item.over) {
            return;
        }
        item.over = true;
        switch (Tree.text(what, "type")) {
            case "function_call" -> {
                added(item, what, out);
                if (!item.said && !Tree.text(what, "arguments").isEmpty()) {
                    out.accept(new ReplyPiece.CallArguments(0, item.call, Tree.text(what, "arguments")));
                }
            }
            case "message" -> {
                if (!item.said) {
                    message(what, out);
                }
            }
            case "reasoning" -> {
                if (!item.said) {
                    reasoning(what, out);
                }
                Proof proof =
                        Proofs.read(Tree.text(what, "encrypted_content"), Proof.Kind.ENCRYPTED, Tree.text(what, "id"));
                if (proof != null) {
                    out.accept(new ReplyPiece.ReasoningProof(0, proof));
                }
            }
            case "web_search_call" -> searches += isSearch(what) ? 1 : 0;
            case "file_search_call" -> fileSearches++;
            case "code_interpreter_call" -> others.add("code_interpreter"); // by the container
            case "image_generation_call" -> { // by tokens of another model, which the usage does not have
                if (!Tree.text(what, "status").equals("failed")) {
                    others.add("image_generation");
                }
            }
            default -> {}
        }
    }

    /** Whether a call of web search is charged for: opening a page that was found, and looking for something on it, are not. */
    private static boolean isSearch(Map<String, ? extends @Nullable Object> call) {
        String action = Tree.text(Tree.object(call, "action"), "type");
        return (action.isEmpty() || action.equals("search"))
                && !Tree.text(call, "status").equals("failed");
    }

    private static void message(Map<String, ? extends @Nullable Object> what, Consumer<ReplyPiece> out) {
        for (Object element : Tree.list(what, "content")) {
            Map<String, ? extends @Nullable Object> part = Tree.object(element);
            if (!Tree.text(part, "text").isEmpty()) {
                out.accept(new ReplyPiece.Text(0, Tree.text(part, "text")));
            }
            if (!Tree.text(part, "refusal").isEmpty()) {
                out.accept(new ReplyPiece.Refusal(0, Tree.text(part, "refusal")));
            }
        }
    }

    private static void reasoning(Map<String, ? extends @Nullable Object> what, Consumer<ReplyPiece> out) {
        boolean told = false;
        for (String place : new String[] {"content", "summary"}) {
            String between = "";
            for (Object element : Tree.list(what, place)) {
                String text = Tree.text(Tree.object(element), "text");
                if (!text.isEmpty() && !(told && place.equals("summary"))) {
                    out.accept(new ReplyPiece.Reasoning(0, between + text));
                    between = place.equals("summary") ? "\n\n" : "";
                }
            }
            told |= !Tree.list(what, place).isEmpty();
        }
    }

    private void counts(Map<String, ? extends @Nullable Object> response) {
        if (response.get("usage") instanceof Map<?, ?> told) {
            usage = Counts.responses(Tree.object(told));
            costNanos = Counts.costNanos(Tree.object(told));
            ToolUses tools = Counts.tools(Tree.object(told)); // OpenRouter's; the same searches as its items
            searches = Math.max(searches, tools.webSearch());
            fetches = Math.max(fetches, tools.webFetch());
        }
        tier = Service.tier(Tree.text(response, "service_tier"));
    }

    /** Counts come with any end. */
    private void over(Map<String, ? extends @Nullable Object> response, Consumer<ReplyPiece> out) {
        over = true;
        begin(response, out);
        counts(response);
        String status = Tree.text(response, "status");
        String reason = reason(status, response, calls > 0);
        if (reason.equals("error")) {
            out.accept(ErrorReader.failed(response));
        } else {
            String detail = Tree.text(Tree.object(response, "incomplete_details"), "reason");
            out.accept(new ReplyPiece.Finished(0, reason, detail.isEmpty() ? status : detail, null));
        }
    }

    /** Why a response ended, in the words that the gateway has. */
    static String reason(String status, Map<String, ? extends @Nullable Object> response, boolean calls) {
        return switch (status) {
            case "failed", "cancelled" -> "error";
            case "incomplete" ->
                Tree.text(Tree.object(response, "incomplete_details"), "reason").equals("content_filter")
                        ? "content_filter"
                        : "length";
            default -> calls ? "tool_calls" : "stop";
        };
    }
}
