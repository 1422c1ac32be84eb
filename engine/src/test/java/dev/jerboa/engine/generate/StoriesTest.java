package dev.jerboa.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.SharedFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The small trained model end to end: its greedy texts are those of an independent implementation. */
class StoriesTest {
    private static final GenerateOptions GREEDY = GenerateOptions.defaults()
            .withSampling(SamplingOptions.greedy())
            .withMaxTokens(100)
            .withIgnoreEnd(true);

    private static Path folder() {
        return SharedFolder.require("models/stories260K");
    }

    private record Story(String prompt, int promptTokens, String text) {}

    private static List<Story> cases(String key) {
        List<Story> stories = new ArrayList<>();
        for (Object value :
                Json.asList(Json.object(folder().resolve("expect.json")).get(key), key)) {
            Map<String, @Nullable Object> story = Json.asObject(value, key);
            stories.add(new Story(
                    String.valueOf(story.get("prompt")),
                    Json.asList(story.get("ids"), "ids").size(),
                    String.valueOf(story.get("text"))));
        }
        return stories;
    }

    @ParameterizedTest
    @CsvSource({"stories260K-f32.gguf, cases", "'', cases", "stories260K-q8_0.gguf, cases_q8_0"})
    void greedyTextsEqualTheReference(String file, String key) {
        OpenOptions options = OpenOptions.defaults().withPrecision(Ops.Precision.EXACT);
        try (LanguageModel model = Jerboa.open(folder().resolve(file), options)) {
            assertThat(model.contextLength()).isEqualTo(512);
            assertThat(model.hasChatTemplate()).isFalse();
            for (Story story : cases(key)) {
                StringBuilder streamed = new StringBuilder();
                Reply reply = model.complete(story.prompt(), GREEDY, chunk -> streamed.append(chunk.text()));
                assertThat(story.prompt() + reply.text()).isEqualTo(story.text());
                assertThat(streamed).hasToString(reply.text());
                assertThat(reply.tokens().prompt()).isEqualTo(story.promptTokens());
                assertThat(reply.tokens().generated()).isEqualTo(100);
                assertThat(reply.finishReason()).isEqualTo(FinishReason.LENGTH);
            }
        }
    }

    @Test
    void smallStepsAndMoreThreadsAndCompanyChangeNothing() throws Exception {
        Path file = folder().resolve("stories260K-f32.gguf");
        OpenOptions options =
                OpenOptions.defaults().withThreads(2).withMaxStepTokens(3).withPrecision(Ops.Precision.EXACT);
        try (LanguageModel model = Jerboa.open(file, options);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Reply>> replies = new ArrayList<>();
            List<Story> stories = cases("cases");
            for (Story story : stories) {
                replies.add(threads.submit(() -> model.complete(story.prompt(), GREEDY)));
            }
            for (int i = 0; i < replies.size(); i++) {
                assertThat(stories.get(i).prompt() + replies.get(i).get().text())
                        .isEqualTo(stories.get(i).text());
            }
        }
    }

    /** The quantised file guesses for the one that it was made of, mostly right. */
    @Test
    void aDraftModelSavesStepsAndChangesNothing() {
        OpenOptions options = OpenOptions.defaults()
                .withPrecision(Ops.Precision.EXACT)
                .withDraft(folder().resolve("stories260K-q8_0.gguf"));
        try (LanguageModel model = Jerboa.open(folder().resolve("stories260K-f32.gguf"), options)) {
            List<Story> stories = cases("cases");
            for (Story story : stories) {
                assertThat(story.prompt()
                                + model.complete(story.prompt(), GREEDY).text())
                        .isEqualTo(story.text());
            }
            assertThat(model.status().confirmedTokens()).isGreaterThan(30L * stories.size());
            assertThat(model.status().steps()).isLessThan(60L * stories.size());
        }
    }

    /** Caches of fewer bits begin the text as float32 does; kernels that cannot have them say so. */
    @ParameterizedTest
    @EnumSource(CacheType.class)
    void smallCachesBeginTheSameText(CacheType type) {
        Path file = folder().resolve("stories260K-f32.gguf");
        OpenOptions options =
                OpenOptions.defaults().withPrecision(Ops.Precision.EXACT).withCacheType(type);
        if (type.scaled() && !OpsProvider.ops().tier().startsWith("machine")) {
            assertThatThrownBy(() -> Jerboa.open(file, options)).hasMessageContaining("q8_0");
            return;
        }
        Story story = cases("cases").stream()
                .filter(s -> s.prompt().equals("Once upon a time"))
                .findFirst()
                .orElseThrow();
        try (LanguageModel model = Jerboa.open(file, options)) {
            String text =
                    story.prompt() + model.complete(story.prompt(), GREEDY).text();
            assertThat(text).startsWith(story.text().substring(0, story.prompt().length() + 40));
        }
    }

    @Test
    void seedsRepeatTexts() {
        try (LanguageModel model = Jerboa.open(folder().resolve("stories260K-q8_0.gguf"))) {
            GenerateOptions seven = GREEDY.withSampling(SamplingOptions.plain().withSeed(7));
            GenerateOptions eight = GREEDY.withSampling(SamplingOptions.plain().withSeed(8));
            String text = model.complete("Once upon a time", seven).text();
            assertThat(model.complete("Once upon a time", seven).text()).isEqualTo(text);
            assertThat(model.complete("Once upon a time", eight).text()).isNotEqualTo(text);
        }
    }

    @Test
    void chatsByAGivenTemplateAndReusesThePrefix() {
        String template = "{{ bos_token }}{% for m in messages %}{{ m.content }} {% endfor %}";
        OpenOptions options = OpenOptions.defaults().withChatTemplate(template).withPrecision(Ops.Precision.EXACT);
        ChatOptions begin = ChatOptions.defaults().withGeneration(GREEDY.withMaxTokens(12));
        try (LanguageModel model = Jerboa.open(folder().resolve("stories260K-f32.gguf"), options);
                ChatSession chat = model.chat(begin)) {
            Reply first = chat.send("One day, Lily");
            assertThat(first.text()).isNotBlank();
            try (ChatSession fresh = model.chat(begin.withMessages(chat.messages()))) {
                Reply second = chat.send("Then Tom");
                Reply again = fresh.send("Then Tom");
                assertThat(second.tokens().cached())
                        .isGreaterThan(first.tokens().prompt());
                assertThat(again.tokens().cached()) // conversations share what they begin with
                        .isGreaterThanOrEqualTo(second.tokens().cached());
                assertThat(second.text()).isEqualTo(again.text());
            }
        }
    }
}
