package dev.jerboa.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChatPromptTest {
    private static final String PLAIN =
            "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
    private static final List<Map<String, @Nullable Object>> TOOLS =
            List.of(new ToolDefinition("time", "Now", Map.of()).variables());

    private static ChatPrompt prompt(String source) {
        return new ChatPrompt(source, "test", "<BOS>", "<EOS>");
    }

    private static ChatPrompt published(String name) throws IOException {
        return prompt(Files.readString(SharedFolder.require("oracle/templates/" + name + ".jinja")));
    }

    @Test
    void aTemplateWithoutToolsGetsThemInWords() {
        String text = prompt(PLAIN)
                .render(
                        List.of(
                                ChatMessage.system("Be brief."),
                                ChatMessage.user("Time?"),
                                ChatMessage.assistant("So.", null, List.of(new ToolCall("1", "time", "{\"zone\":1}"))),
                                ChatMessage.tool("1", "time", "noon"),
                                ChatMessage.tool("2", "time", "night")),
                        TOOLS,
                        Map.of());
        assertThat(text)
                .startsWith("<system>Be brief.\n\n# Tools\n")
                .contains("<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"time\"")
                .endsWith("<user>Time?<assistant>So.\n<tool_call>\n{\"name\": \"time\", \"arguments\": {\"zone\": 1}}\n"
                        + "</tool_call><user><tool_response>\nnoon\n</tool_response>\n<tool_response>\nnight\n"
                        + "</tool_response><assistant>");
    }

    @Test
    void toolsGoToTheFirstUserWhereThereIsNoSystemMessage() {
        String source =
                "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}<{{"
                        + " m.role }}>{{ m.content }}{% endfor %}";
        assertThat(prompt(source).render(List.of(ChatMessage.user("Hi")), TOOLS, Map.of()))
                .startsWith("<user># Tools")
                .endsWith("\n\nHi");
    }

    @Test
    void argumentsAreWhatTheTemplateTakes() {
        String object =
                "{{ tools }}{% for m in messages %}{% for c in m.tool_calls %}{{ c.function.name }}{% for k, v in"
                        + " c.function.arguments.items() %}{{ k }}={{ v }}{% endfor %}{% endfor %}{% endfor %}";
        String text = "{{ tools }}{% for m in messages %}{% for c in m.tool_calls %}{{ c.function.name + ' ' +"
                + " c.function.arguments }}{% endfor %}{% endfor %}";
        ChatMessage asText = ChatMessage.assistant("", null, List.of(new ToolCall("1", "time", "{\"a\":  1}")));
        ChatMessage asObject = new ChatMessage(
                "assistant",
                "",
                null,
                List.of(Map.of("id", "1", "function", Map.of("name", "time", "arguments", Map.of("a", 1L)))),
                null,
                null);
        ChatMessage cut = ChatMessage.assistant("", null, List.of(new ToolCall("1", "time", "{\"a\":")));
        assertThat(prompt(object).render(List.of(asText), List.of(), Map.of())).endsWith("timea=1");
        assertThat(prompt(object).render(List.of(asObject), List.of(), Map.of()))
                .endsWith("timea=1");
        assertThat(prompt(object).render(List.of(cut), List.of(), Map.of())).endsWith("timearguments={\"a\":");
        assertThat(prompt(text).render(List.of(asText), List.of(), Map.of())).endsWith("time {\"a\":  1}");
        assertThat(prompt(text).render(List.of(asObject), List.of(), Map.of())).endsWith("time {\"a\": 1}");
    }

    @Test
    void harmonyTakesOneCallAMessage() throws IOException {
        String text = published("openai-gpt-oss-120b")
                .render(
                        List.of(
                                ChatMessage.user("Hi"),
                                ChatMessage.assistant(
                                        "I look.",
                                        "Both.",
                                        List.of(new ToolCall("1", "time", "{}"), new ToolCall("2", "date", "{}"))),
                                ChatMessage.tool("2", "date", "Monday"),
                                ChatMessage.tool("1", "time", "noon")),
                        TOOLS,
                        Map.of());
        assertThat(text)
                .contains("<|channel|>analysis<|message|>Both.\n\nI look.<|end|><|start|>assistant to=functions.time")
                .contains("<|start|>functions.time to=assistant<|channel|>commentary<|message|>\"noon\"<|end|>"
                        + "<|start|>assistant to=functions.date")
                .endsWith("<|start|>functions.date to=assistant<|channel|>commentary<|message|>\"Monday\"<|end|>"
                        + "<|start|>assistant");
    }

    @Test
    void thinkingOfTheRunningTurnComesBack() throws IOException {
        for (String name : List.of(
                "Qwen-Qwen3-0.6B",
                "GLM-4.6",
                "MiniMax-M2",
                "MiniMax-M3",
                "openai-gpt-oss-120b",
                "mistralai-Ministral-3-14B-Reasoning-2512",
                "deepseek-ai-DeepSeek-V3.2",
                "deepseek-ai-DeepSeek-V4",
                "ByteDance-Seed-OSS",
                "Kimi-K2-Thinking",
                "Kimi-K3",
                "Qwen3.5-4B",
                "google-gemma-4-31B-it")) {
            ChatPrompt prompt = published(name);
            String text = prompt.render(
                    List.of(
                            ChatMessage.user("Old"),
                            ChatMessage.assistant("Fine.", "FORMER"),
                            ChatMessage.user("Hi"),
                            ChatMessage.assistant("", "CURRENT", List.of(new ToolCall("abcdefghi", "time", "{}"))),
                            ChatMessage.tool("abcdefghi", "time", "noon")),
                    TOOLS,
                    prompt.reasoning(new ReasoningRequest(true, null, null)).variables());
            assertThat(text).as(name).contains("CURRENT");
        }
    }

    @Test
    void contentPartsAreTextOnly() {
        assertThat(ChatMessage.text(null)).isEmpty();
        assertThat(ChatMessage.text("a")).isEqualTo("a");
        assertThat(ChatMessage.text(List.of(Map.of("type", "text", "text", "a"), "b")))
                .isEqualTo("a\nb");
        assertThatThrownBy(() -> ChatMessage.text(Arrays.asList(Map.of("type", "image_url", "image_url", Map.of()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("image_url");
    }
}
