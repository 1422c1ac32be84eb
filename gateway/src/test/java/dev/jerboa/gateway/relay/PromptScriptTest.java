package dev.jerboa.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.model.json.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptScriptTest {
    private static String of(String body) {
        return PromptScript.of(
                new ClientRequest(ClientForm.CHAT, new byte[0], Json.asObject(Json.parse(body, "request"), "request")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"prompt": "The quick brown fox"} | latin
                    {"prompt": "Żółć"} | latin
                    {"prompt": "Привет, world"} | cyrillic
                    {"prompt": "今天天气怎么样"} | han
                    {"prompt": "今日は天気がいいですね"} | kana
                    {"prompt": "東京都庁舎展望室開室時間は"} | han
                    {"prompt": "안녕하세요"} | hangul
                    {"prompt": "كيف حالك"} | arabic
                    {"prompt": "𝒳 + 1 = 2?"} | none
                    {"prompt": "12 + 30"} | none
                    {"prompt": [1, 2, 3]} | none
                    {} | none
                    {"messages": [{"role": "system", "content": "Answer in plain English."}, {"role": "user", "content": "你好"}]} | han
                    {"messages": [{"role": "user", "content": "你好吗"}, {"role": "assistant", "content": "Fine, and how are you?"}]} | han
                    {"messages": [{"role": "user", "content": [{"type": "text", "text": "Здравствуйте"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]} | cyrillic
                    {"input": [{"role": "user", "content": [{"type": "input_text", "text": "नमस्ते"}]}]} | devanagari
                    {"input": "data:image/png;base64,AAAA"} | none
                    {"prompt": "你好", "tools": [{"name": "get_the_weather", "description": "weather of a city"}]} | han
                    """)
    void theScriptIsThatOfMostLettersOfWhatTheUserSays(String body, String script) {
        assertThat(of(body)).isEqualTo(script);
    }

    /** The first fifty thousand characters say enough: what is longer takes no longer. */
    @ParameterizedTest
    @CsvSource({"1000, cyrillic", "60000, latin"})
    void longTextsAreLookedAtInPart(int latin, String script) {
        assertThat(of("{\"prompt\": \"" + "a".repeat(latin) + "я".repeat(100_000) + "\"}"))
                .isEqualTo(script);
    }
}
