package dev.jerboa.gateway.dialect.chat;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.ServiceTiers;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.dialect.conversation.Proofs;
import dev.jerboa.gateway.dialect.reply.ReplyHead;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Usage;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes chat completions. Reasoning is told as DeepSeek tells it and as OpenRouter does, so that clients of both see it. */
public final class ChatReplyWriter implements ReplyWriter {
    private static final byte[] KEEP_ALIVE = Out.utf8(": keep-alive\n\n");
    private static final byte[] DONE = Out.utf8("data: [DONE]\n\n");

    /** A choice as it is so far. */
    private static final class Choice {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();
        private final StringBuilder thought = new StringBuilder();
        private final StringBuilder refusal = new StringBuilder();
        private final List<Object> details = new ArrayList<>();
        private final List<ReplyPiece.CallBegun> calls = new ArrayList<>();
        private final List<StringBuilder> arguments = new ArrayList<>();
        private int thoughts;
        private boolean begun;
        private @Nullable String finish;
        private String said = "";
    }

    private final ReplyHead head;
    private final boolean chat;
    private final Map<Integer, Choice> choices = new TreeMap<>();
    /** What the endpoint says the reply cost. */
    private OptionalLong upstreamNanos = OptionalLong.empty();

    /** @param chat whether it is a chat completion, or a completion, which has text only */
    public ChatReplyWriter(ReplyHead head, boolean chat) {
        this.head = head;
        this.chat = chat;
    }

    @Override
    public String contentType() {
        return head.stream() ? "text/event-stream; charset=utf-8" : "application/json";
    }

    private Choice choice(int index) {
        return choices.computeIfAbsent(index, _ -> new Choice());
    }

    @Override
    public void piece(ReplyPiece piece, ByteSink out) {
        switch (piece) {
            case ReplyPiece.Begun _, ReplyPiece.Failed _, ReplyPiece.Vectors _ -> {}
            case ReplyPiece.Used used ->
                upstreamNanos = used.costNanos() == null ? OptionalLong.empty() : OptionalLong.of(used.costNanos());
            case ReplyPiece.Text(int index, String text) -> {
                if (head.stream()) {
                    delta(index, map("content", text), out);
                } else {
                    choice(index).text.append(text);
                }
            }
            case ReplyPiece.Reasoning(int index, String text) -> reasoning(index, text, out);
            case ReplyPiece.ReasoningProof(int index, Proof proof) -> proof(index, proof, out);
            case ReplyPiece.Refusal(int index, String text) -> {
                if (head.stream()) {
                    delta(index, map("refusal", text), out);
                } else {
                    choice(index).refusal.append(text);
                }
            }
            case ReplyPiece.CallBegun call -> call(call, out);
            case ReplyPiece.CallArguments(int index, int number, String json) -> {
                if (head.stream()) {
                    delta(
                            index,
                            map("tool_calls", List.of(map("index", number, "function", map("arguments", json)))),
                            out);
                } else if (number < choice(index).arguments.size()) {
                    choice(index).arguments.get(number).append(json);
                }
            }
            case ReplyPiece.Finished(int index, String reason, String said, String _) -> {
                choice(index).finish = reason;
                choice(index).said = said;
                if (head.stream()) {
                    chunk(index, begin(index, map()), reason, out);
                }
            }
        }
    }

    private void reasoning(int index, String text, ByteSink out) {
        if (head.hidden()) {
            return;
        }
        Choice choice = choice(index);
        if (head.stream()) {
            Object detail = map("type", "reasoning.text", "text", text, "index", choice.thoughts);
            delta(index, map("reasoning", text, "reasoning_content", text, "reasoning_details", List.of(detail)), out);
        } else {
            choice.reasoning.append(text);
            choice.thought.append(text);
        }
    }

    private void proof(int index, Proof proof, ByteSink out) {
        if (head.hidden()) {
            return;
        }
        Choice choice = choice(index);
        if (head.stream()) {
            delta(index, map("reasoning_details", List.of(detail(proof, "", choice.thoughts))), out);
        } else {
            thought(choice, proof);
        }
        choice.thoughts++;
    }

    private static void thought(Choice choice, @Nullable Proof proof) {
        String text = choice.thought.toString();
        choice.thought.setLength(0);
        if (!text.isEmpty() && (proof == null || proof.kind() != Proof.Kind.SIGNATURE)) {
            choice.details.add(map("type", "reasoning.text", "text", text, "index", choice.details.size()));
            text = "";
        }
        if (proof != null) {
            choice.details.add(detail(proof, text, choice.details.size()));
        }
    }

    private static Map<String, @Nullable Object> detail(Proof proof, String text, int index) {
        Map<String, @Nullable Object> detail = switch (proof.kind()) {
            case SIGNATURE ->
                map("type", "reasoning.text", "text", text, "signature", proof.data(), "format", "anthropic-claude-v1");
            case REDACTED -> map("type", "reasoning.encrypted", "data", proof.data(), "format", "anthropic-claude-v1");
            case ENCRYPTED ->
                map(
                        "type",
                        "reasoning.encrypted",
                        "data",
                        Proofs.write(proof, Proof.Kind.ENCRYPTED),
                        "id",
                        proof.id(),
                        "format",
                        "openai-responses-v1");
        };
        detail.put("index", index);
        return detail;
    }

    private void call(ReplyPiece.CallBegun call, ByteSink out) {
        String id = head.orOwn(call.id(), "call_", call.index());
        if (head.stream()) {
            Map<String, @Nullable Object> function = map("name", call.name(), "arguments", "");
            Object begun = map("index", call.index(), "id", id, "type", "function", "function", function);
            delta(call.choice(), map("tool_calls", List.of(begun)), out);
        } else {
            Choice choice = choice(call.choice());
            choice.calls.add(new ReplyPiece.CallBegun(call.choice(), call.index(), id, call.name()));
            choice.arguments.add(new StringBuilder());
        }
    }

    private Map<String, @Nullable Object> chunk() {
        return begun(chat ? "chat.completion.chunk" : "text_completion");
    }

    private Map<String, @Nullable Object> begun(String object) {
        Map<String, @Nullable Object> begun =
                map("id", head.id(), "object", object, "created", head.created(), "model", head.model());
        put(begun, "provider", head.provider().isEmpty() ? null : head.provider());
        return begun;
    }

    /** The first delta of a choice says whose it is. */
    private Map<String, @Nullable Object> begin(int index, Map<String, @Nullable Object> delta) {
        Choice choice = choice(index);
        if (choice.begun) {
            return delta;
        }
        choice.begun = true;
        Map<String, @Nullable Object> first = map("role", "assistant");
        if (!delta.containsKey("content")) {
            first.put("content", delta.isEmpty() || delta.containsKey("tool_calls") ? null : "");
        }
        first.putAll(delta);
        return first;
    }

    private void delta(int index, Map<String, @Nullable Object> delta, ByteSink out) {
        chunk(index, begin(index, delta), null, out);
    }

    private void chunk(int index, Map<String, @Nullable Object> delta, @Nullable String finish, ByteSink out) {
        if (!chat && finish == null && Tree.text(delta, "content").isEmpty()) {
            return;
        }
        Map<String, @Nullable Object> chunk = chunk();
        Map<String, @Nullable Object> choice = map("index", index);
        choice.put(chat ? "delta" : "text", chat ? delta : Tree.text(delta, "content"));
        choice.put("logprobs", null);
        choice.put("finish_reason", finish);
        if (finish != null) {
            said(choice, choice(index).said);
        }
        chunk.put("choices", List.of(choice));
        if (head.usage()) {
            chunk.put("usage", null);
        }
        byte[] bytes = Out.data(chunk);
        out.write(bytes, 0, bytes.length);
    }

    /** OpenRouter's clients are told the endpoint's own word for why a choice ended too. */
    private void said(Map<String, @Nullable Object> choice, String said) {
        put(choice, "native_finish_reason", head.surface() == Surface.OPENROUTER && !said.isEmpty() ? said : null);
    }

    @Override
    public void keepAlive(ByteSink out) {
        if (head.stream()) {
            out.write(KEEP_ALIVE, 0, KEEP_ALIVE.length);
        }
    }

    @Override
    public byte[] end(Ending ending) {
        Map<String, @Nullable Object> usage =
                ending.usage().map(told -> told(told, ending)).orElse(null);
        if (!head.stream()) {
            return Out.json(whole(usage, ending.serviceTier()));
        }
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        if (choices.isEmpty() || choice(0).finish == null) {
            chunk(0, begin(0, map()), "stop", tail::write);
        }
        if (head.usage() && usage != null) {
            tail.writeBytes(counts(usage, ending));
        }
        tail.writeBytes(DONE);
        return tail.toByteArray();
    }

    /** The event of a stream that tells what was used. */
    public byte[] counts(Usage usage, Ending ending) {
        return counts(told(usage, ending), ending);
    }

    private byte[] counts(Map<String, @Nullable Object> usage, Ending ending) {
        Map<String, @Nullable Object> last = chunk();
        last.put("choices", List.of());
        last.put("usage", usage);
        put(last, "service_tier", ServiceTiers.served(WireDialect.OPENAI, ending.serviceTier()));
        return Out.data(last);
    }

    private Map<String, @Nullable Object> told(Usage usage, Ending ending) {
        Map<String, @Nullable Object> told = usage(usage, ending);
        if (head.surface() == Surface.OPENROUTER) {
            told.putAll(besideCost(upstreamNanos));
        }
        return told;
    }

    /** Counts as OpenAI has them, with what OpenRouter adds. */
    public static Map<String, @Nullable Object> usage(Usage usage, Ending ending) {
        Map<String, @Nullable Object> told = map(
                "prompt_tokens",
                usage.prompt(),
                "completion_tokens",
                usage.completion(),
                "total_tokens",
                usage.total(),
                "prompt_tokens_details",
                map(
                        "cached_tokens",
                        usage.cacheRead(),
                        "cache_write_tokens",
                        usage.cacheWrite() + usage.cacheWriteLong()),
                "completion_tokens_details",
                map("reasoning_tokens", usage.reasoning()));
        put(
                told,
                "cost",
                ending.costNanos().isPresent() ? dollars(ending.costNanos().getAsLong()) : null);
        return told;
    }

    /**
     * What OpenRouter's clients are told beside the cost: that the provider's key is the gateway's own, and what the endpoint itself says.
     *
     * @param upstreamNanos in nano-dollars; empty where it says nothing
     */
    public static Map<String, @Nullable Object> besideCost(OptionalLong upstreamNanos) {
        Object upstream = upstreamNanos.isEmpty() ? null : dollars(upstreamNanos.getAsLong());
        return map("is_byok", false, "cost_details", map("upstream_inference_cost", upstream));
    }

    /** Nano-dollars as dollars, exactly. */
    public static BigDecimal dollars(long nanos) {
        return nanos == 0 ? BigDecimal.ZERO : BigDecimal.valueOf(nanos, 9).stripTrailingZeros();
    }

    private Map<String, @Nullable Object> whole(@Nullable Map<String, @Nullable Object> usage, String tier) {
        List<Object> all = new ArrayList<>();
        if (choices.isEmpty()) {
            choice(0);
        }
        choices.forEach((index, choice) -> {
            String finish = choice.finish == null ? "stop" : choice.finish;
            if (!chat) {
                Map<String, @Nullable Object> written =
                        map("index", index, "text", choice.text.toString(), "logprobs", null, "finish_reason", finish);
                said(written, choice.said);
                all.add(written);
                return;
            }
            Map<String, @Nullable Object> message = map("role", "assistant");
            message.put("content", choice.text.isEmpty() && !choice.calls.isEmpty() ? null : choice.text.toString());
            message.put("refusal", choice.refusal.isEmpty() ? null : choice.refusal.toString());
            if (!choice.thought.isEmpty()) {
                thought(choice, null);
            }
            if (!choice.reasoning.isEmpty()) {
                message.put("reasoning", choice.reasoning.toString());
                message.put("reasoning_content", choice.reasoning.toString());
            }
            put(message, "reasoning_details", choice.details.isEmpty() ? null : choice.details);
            if (!choice.calls.isEmpty()) {
                message.put("tool_calls", calls(choice));
            }
            Map<String, @Nullable Object> written =
                    map("index", index, "message", message, "logprobs", null, "finish_reason", finish);
            said(written, choice.said);
            all.add(written);
        });
        Map<String, @Nullable Object> body = begun(chat ? "chat.completion" : "text_completion");
        body.put("choices", all);
        put(body, "service_tier", ServiceTiers.served(WireDialect.OPENAI, tier));
        put(body, "usage", usage);
        return body;
    }

    private static List<Object> calls(Choice choice) {
        List<Object> calls = new ArrayList<>();
        for (int i = 0; i < choice.calls.size(); i++) {
            ReplyPiece.CallBegun call = choice.calls.get(i);
            String arguments = choice.arguments.get(i).isEmpty()
                    ? "{}"
                    : choice.arguments.get(i).toString();
            calls.add(map(
                    "id", call.id(), "type", "function", "function", map("name", call.name(), "arguments", arguments)));
        }
        return calls;
    }

    @Override
    public byte[] failed(ReplyError failure) {
        Map<String, @Nullable Object> error = ChatErrors.body(failure, head.surface());
        if (!head.stream()) {
            return Out.json(error);
        }
        Map<String, @Nullable Object> chunk = chunk();
        chunk.putAll(error);
        Map<String, @Nullable Object> choice = map("index", 0);
        choice.put(chat ? "delta" : "text", chat ? map("content", "") : "");
        choice.put("finish_reason", "error");
        chunk.put("choices", List.of(choice));
        return Out.data(chunk);
    }
}
