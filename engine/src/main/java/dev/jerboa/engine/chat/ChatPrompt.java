package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.tool.ToolPrompt;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.template.ChatTemplate;
import dev.jerboa.model.token.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Renders conversations to prompts by a model's chat template. Immutable but for what it finds out about the template once;
 * safe for several threads.
 *
 * <p>Templates differ in what they make of a conversation with tools, so messages are put as this one takes them: arguments of
 * calls as an object or as JSON text, thinking under the template's own name. A template that has no place for tools gets them
 * as a system text ({@link ToolPrompt}), and calls and results as plain turns.
 */
public final class ChatPrompt {
    /** What Firefunction's template calls the tools, as JSON text. */
    private static final String FUNCTIONS = "functions";

    private final ChatTemplate template;
    private final String source;
    private final ReplyFormat format;
    private final String reasoningKey;
    private final Map<String, @Nullable Object> standard = new LinkedHashMap<>();
    private volatile @Nullable ToolTurns turns;

    /**
     * @param source the template's source
     * @param name names it in messages
     * @param tokenizer gives the texts of BOS and EOS
     */
    public ChatPrompt(String source, String name, Tokenizer tokenizer) {
        this(
                source,
                name,
                tokenizer.bos() < 0 ? "" : tokenizer.token(tokenizer.bos()),
                tokenizer.eos() < 0 ? "" : tokenizer.token(tokenizer.eos()));
    }

    /** A prompt of a model whose tokenizer has these texts for BOS and EOS. */
    ChatPrompt(String source, String name, String bos, String eos) {
        this.template = ChatTemplate.parse(source, name);
        this.source = source;
        this.format = ReplyFormat.of(source);
        this.reasoningKey =
                !source.contains("reasoning_content") && source.contains("thinking") ? "thinking" : "reasoning_content";
        standard.put("bos_token", bos);
        standard.put("eos_token", eos);
    }

    /** How the model's replies are written. */
    public ReplyFormat format() {
        return format;
    }

    /** How the model marks its thinking, if the template speaks of it. */
    public Optional<ReasoningFormat> reasoning() {
        return Optional.ofNullable(format.reasoning());
    }

    /** Whether the template itself shows tools to the model; otherwise a system text does. */
    public boolean hasTools() {
        return template.variables().contains("tools") || template.variables().contains(FUNCTIONS);
    }

    /** The template's words for a wish about thinking, to be rendered with as variables. */
    public ReasoningSettings reasoning(ReasoningRequest request) {
        boolean thinks = format.reasoning() != null || format.isHarmony();
        return ReasoningSettings.of(template.variables(), source, thinks, request);
    }

    /**
     * The prompt that asks for the next assistant message.
     *
     * @param messages the conversation so far
     * @param tools tool definitions as plain JSON values in OpenAI's shape, perhaps none
     * @param variables further variables of the template, such as {@code enable_thinking}; they go before the standard ones
     * @throws dev.jerboa.model.template.TemplateException where the template refuses the conversation
     */
    public String render(
            List<ChatMessage> messages,
            List<? extends Map<String, ? extends @Nullable Object>> tools,
            Map<String, ? extends @Nullable Object> variables) {
        List<ChatMessage> turnsOfChat = messages;
        boolean spelledOut = !tools.isEmpty() && !hasTools();
        if (spelledOut) {
            turnsOfChat = turns().withSystem(turnsOfChat, ToolPrompt.system(tools));
        }
        if (hasCalls(messages) && !format.isHarmony() && !turns().rendered()) {
            turnsOfChat = turns().spelledOut(turnsOfChat, format.tools(), !hasTools());
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("messages", variables(turnsOfChat));
        all.put("add_generation_prompt", true);
        all.putAll(standard);
        if (!tools.isEmpty() && !spelledOut) {
            all.put("tools", tools);
            all.put(FUNCTIONS, JsonOut.text(tools));
        }
        all.putAll(variables);
        return template.render(all);
    }

    private ToolTurns turns() {
        ToolTurns known = turns;
        if (known == null) {
            known = ToolTurns.of(template, standard);
            turns = known;
        }
        return known;
    }

    private static boolean hasCalls(List<ChatMessage> messages) {
        for (ChatMessage message : messages) {
            if (!message.toolCalls().isEmpty() || message.role().equals("tool")) {
                return true;
            }
        }
        return false;
    }

    private List<@Nullable Object> variables(List<ChatMessage> messages) {
        List<ChatMessage> list = format.isHarmony() ? HarmonyTurns.of(messages) : messages;
        int lastUser = -1;
        for (int i = 0; i < list.size(); i++) {
            lastUser = list.get(i).role().equals("user") ? i : lastUser;
        }
        List<@Nullable Object> out = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            out.add(variables(list.get(i), i > lastUser));
        }
        return out;
    }

    private Map<String, @Nullable Object> variables(ChatMessage message, boolean inTurn) {
        Map<String, @Nullable Object> map = message.variables(reasoningKey);
        if (!message.toolCalls().isEmpty()) {
            map.put("tool_calls", turns().calls(message.toolCalls()));
            if (message.content().isEmpty() && turns().nullContent()) {
                map.put("content", null);
            }
        }
        String thinking = message.reasoning();
        if (thinking != null && takesBlocks()) {
            map.remove(reasoningKey);
            if (inTurn) {
                map.put("content", blocks(thinking, message.content()));
            }
        }
        return map;
    }

    /** Whether thinking is a part of the content (Mistral), where it goes within a turn only. */
    private boolean takesBlocks() {
        return source.contains("[THINK]") && source.contains("block['thinking']");
    }

    private static List<Map<String, @Nullable Object>> blocks(String thinking, String content) {
        List<Map<String, @Nullable Object>> blocks = new ArrayList<>();
        blocks.add(Map.of("type", "thinking", "thinking", thinking));
        if (!content.isEmpty()) {
            blocks.add(Map.of("type", "text", "text", content));
        }
        return blocks;
    }
}
