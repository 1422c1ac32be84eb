package dev.jerboa.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReasoningSettingsTest {
    private static ReasoningSettings settings(String source, ReasoningRequest request) {
        return new ChatPrompt(source, "test", "", "").reasoning(request);
    }

    private static ReasoningRequest thinking(boolean on) {
        return new ReasoningRequest(on, null, null);
    }

    private static ReasoningRequest effort(ReasoningEffort effort) {
        return new ReasoningRequest(null, effort, null);
    }

    @Test
    void nothingAskedNothingSet() {
        ReasoningSettings settings = settings("{{ enable_thinking }}", ReasoningRequest.unspecified());
        assertThat(settings.variables()).isEmpty();
        assertThat(settings.ignored()).isEmpty();
    }

    @Test
    void aTemplateWithoutASwitchSaysSo() {
        assertThat(settings("{{ messages }}<think></think>", thinking(false)).ignored())
                .containsExactly("thinking off: the model's chat template cannot switch it off");
        assertThat(settings("{{ messages }}", thinking(true)).ignored())
                .containsExactly("thinking: the model's chat template does not speak of any");
        assertThat(settings("{{ messages }}", thinking(false)).ignored()).isEmpty();
        assertThat(settings("{{ enable_thinking }}", effort(ReasoningEffort.HIGH))
                        .ignored())
                .containsExactly("the effort high: the model's chat template knows no efforts");
        assertThat(settings("{{ messages }}", new ReasoningRequest(null, null, 100))
                        .ignored())
                .containsExactly("a thinking budget of 100 tokens: the model's chat template has none");
    }

    @Test
    void levelsAreRoundedDownButNeverBelowTheLeast() {
        String low = "{% if reasoning_effort in ['low', 'high'] %}{% endif %}";
        assertThat(settings(low, effort(ReasoningEffort.MEDIUM)).variables()).containsEntry("reasoning_effort", "low");
        assertThat(settings(low, effort(ReasoningEffort.MINIMAL)).variables()).containsEntry("reasoning_effort", "low");
        assertThat(settings(low, effort(ReasoningEffort.MAX)).variables()).containsEntry("reasoning_effort", "high");
        assertThat(settings(low, effort(ReasoningEffort.HIGH)).ignored()).isEmpty();
        String more = "{% if reasoning_effort == 'max' %}{% endif %}";
        assertThat(settings(more, effort(ReasoningEffort.LOW)).variables()).doesNotContainKey("reasoning_effort");
        assertThat(settings(more, effort(ReasoningEffort.LOW)).ignored())
                .containsExactly("the effort low: the model's chat template knows max; its usual effort is used");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Qwen-Qwen3-0.6B                    | enable_thinking=false      | enable_thinking=true
                    GLM-4.6                            | enable_thinking=false      | enable_thinking=true
                    GLM-4.7-Flash                      | enable_thinking=false      | enable_thinking=true
                    deepseek-ai-DeepSeek-V3.1          | enable_thinking=false      | enable_thinking=true
                    deepseek-ai-DeepSeek-V3.2          | enable_thinking=false      | enable_thinking=true
                    deepseek-ai-DeepSeek-V4            | enable_thinking=false      | enable_thinking=true
                    deepseek-ai-DeepSeek-V4-Flash-0731 | enable_thinking=false      | enable_thinking=true, reasoning_effort=high
                    ByteDance-Seed-OSS                 | thinking_budget=0          | thinking_budget=16384
                    openai-gpt-oss-120b                | reasoning_effort=low       | reasoning_effort=high
                    Kimi-K3                            | thinking=false             | thinking=true, thinking_effort=high
                    MiniMax-M3                         | thinking_mode=disabled     | thinking_mode=enabled
                    tencent-Hy3                        | reasoning_effort=no_think  | reasoning_effort=high
                    upstage-Solar-Open-100B            | reasoning_effort=minimal   | reasoning_effort=high
                    ibm-granite-granite-3.3-2B-Instruct | thinking=false            | thinking=true
                    HuggingFaceTB-SmolLM3-3B           | enable_thinking=false      | enable_thinking=true
                    MiniMax-M2                         | -                          | -
                    Cohere2MoE                         | reasoning=false            | reasoning=true
                    """)
    void publishedTemplatesHaveTheirOwnWords(String template, String off, String high) throws IOException {
        Path file = SharedFolder.require("oracle/templates/" + template + ".jinja");
        ChatPrompt prompt = new ChatPrompt(Files.readString(file), template, "<BOS>", "<EOS>");
        assertThat(words(prompt.reasoning(effort(ReasoningEffort.NONE)))).isEqualTo(off);
        assertThat(words(prompt.reasoning(effort(ReasoningEffort.HIGH)))).isEqualTo(high);
        prompt.render(
                List.of(ChatMessage.user("Hi")),
                List.of(),
                prompt.reasoning(effort(ReasoningEffort.MEDIUM)).variables());
    }

    private static String words(ReasoningSettings settings) {
        Map<String, @Nullable Object> variables = settings.variables();
        return variables.isEmpty()
                ? "-"
                : String.join(
                        ", ",
                        variables.entrySet().stream().map(Object::toString).toList());
    }
}
