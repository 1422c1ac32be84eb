package dev.jerboa.inside;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.generate.ChatOptions;
import dev.jerboa.engine.generate.ChatSession;
import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Reply;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model that comes with Jerboa, as a user of the library meets it. */
class InsideModelTest {
    @ParameterizedTest
    @CsvSource({
        "What is 348 + 275?, 623",
        "What is 902 - 467?, 435",
        "What is 47 * 86?, 4042",
        "ما ناتج 348 + 275؟, 623"
    })
    void answersWhatItLearned(String question, String answer) {
        try (LanguageModel model = InsideModel.open();
                ChatSession chat = model.chat(ChatOptions.defaults())) {
            Reply reply = chat.send(question);
            assertThat(reply.text()).contains(answer);
            assertThat(reply.reasoning()).isNotBlank();
        }
    }

    @Test
    void answersAlsoWhatItDidNotLearn() {
        try (LanguageModel model = InsideModel.open();
                ChatSession chat = model.chat(ChatOptions.defaults())) {
            Reply reply = chat.send("Who wrote Hamlet, and when?");
            assertThat(reply.finishReason()).isIn(FinishReason.STOP, FinishReason.CONTEXT_FULL);
        }
    }

    /** Latent attention, experts, streams: what the repository holds is small, and has every part of the recipe. */
    @Test
    void hasThePartsOfTheRecipe() throws IOException {
        try (Checkpoint checkpoint = InsideModel.checkpoint()) {
            assertThat(checkpoint.parameterCount()).isBetween(9_000_000L, 14_000_000L);
            assertThat(checkpoint.spec().residual()).isInstanceOf(ResidualSpec.Hyper.class);
            assertThat(checkpoint.spec().layers().getLast().attention()).isInstanceOf(AttentionSpec.Latent.class);
            assertThat(checkpoint.spec().layers().getLast().feedForward()).isInstanceOf(FeedForwardSpec.Experts.class);
            assertThat(checkpoint.tensors().has("model.layers.6.eh_proj.weight"))
                    .as("the layer that predicts the token after the next")
                    .isTrue();
        }
        try (InputStream in = InsideModel.class.getResourceAsStream("model.gguf")) {
            assertThat(in).isNotNull();
            assertThat(in.readAllBytes().length).isLessThan(16_000_000);
        }
    }
}
