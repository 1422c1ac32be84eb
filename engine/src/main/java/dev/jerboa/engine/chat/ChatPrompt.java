package dev.jerboa.engine.chat;

import dev.jerboa.model.template.ChatTemplate;
import dev.jerboa.model.token.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Renders conversations to prompts by a model's chat template. Immutable; safe for several threads. */
public final class ChatPrompt {
    private final ChatTemplate template;
    private final Optional<ReasoningFormat> reasoning;
    private final String reasoningKey;
    private final String bos;
    private final String eos;

    /**
     * @param source the template's source
     * @param name names it in messages
     * @param tokenizer gives the texts of BOS and EOS
     */
    public ChatPrompt(String source, String name, Tokenizer tokenizer) {
        this.template = ChatTemplate.parse(source, name);
        this.reasoning = ReasoningFormat.of(source);
        this.reasoningKey =
                !source.contains("reasoning_content") && source.contains("thinking") ? "thinking" : "reasoning_content";
        this.bos = tokenizer.bos() < 0 ? "" : tokenizer.token(tokenizer.bos());
        this.eos = tokenizer.eos() < 0 ? "" : tokenizer.token(tokenizer.eos());
    }

    /** How the model marks its thinking, if the template speaks of it. */
    public Optional<ReasoningFormat> reasoning() {
        return reasoning;
    }

    /**
     * The prompt that asks for the next assistant message.
     *
     * @param messages the conversation so far
     * @param tools tool definitions as plain JSON values, perhaps none
     * @param variables further variables of the template, such as {@code enable_thinking}; they go before the standard ones
     * @throws dev.jerboa.model.template.TemplateException where the template refuses the conversation
     */
    public String render(
            List<ChatMessage> messages,
            List<Map<String, @Nullable Object>> tools,
            Map<String, ? extends @Nullable Object> variables) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        List<@Nullable Object> list = new ArrayList<>();
        for (ChatMessage message : messages) {
            list.add(message.variables(reasoningKey));
        }
        all.put("messages", list);
        all.put("add_generation_prompt", true);
        all.put("bos_token", bos);
        all.put("eos_token", eos);
        if (!tools.isEmpty()) {
            all.put("tools", tools);
        }
        all.putAll(variables);
        return template.render(all);
    }
}
