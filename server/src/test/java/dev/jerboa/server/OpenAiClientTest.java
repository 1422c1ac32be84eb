package dev.jerboa.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The official client, unchanged. */
@Timeout(120)
class OpenAiClientTest {
    private static final Running RUNNING = Running.open();
    private static final OpenAIClient CLIENT = OpenAIOkHttpClient.builder()
            .baseUrl(RUNNING.uri("/v1").toString())
            .apiKey("none")
            .build();

    @AfterAll
    static void close() {
        CLIENT.close();
        RUNNING.close();
    }

    private static ChatCompletionCreateParams sum() {
        return ChatCompletionCreateParams.builder()
                .model("inside")
                .temperature(0)
                .addSystemMessage("Be right.")
                .addUserMessage("What is 12 + 30?")
                .build();
    }

    @Test
    void chats() {
        ChatCompletion answer = CLIENT.chat().completions().create(sum());
        assertThat(answer.choices().getFirst().message().content().orElse("")).contains("42");
        assertThat(answer.usage().orElseThrow().totalTokens()).isPositive();
    }

    @Test
    void streams() {
        StringBuilder text = new StringBuilder();
        try (StreamResponse<ChatCompletionChunk> stream =
                CLIENT.chat().completions().createStreaming(sum())) {
            stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .forEach(choice -> text.append(choice.delta().content().orElse("")));
        }
        assertThat(text).contains("42");
    }

    @Test
    void completesAndListsModels() {
        Completion answer = CLIENT.completions()
                .create(CompletionCreateParams.builder()
                        .model("inside")
                        .prompt("12 + 30 =")
                        .maxTokens(8)
                        .build());
        assertThat(answer.choices()).hasSize(1);
        assertThat(CLIENT.models().list().data())
                .extracting(model -> model.id())
                .contains("inside");
    }
}
