package dev.jerboa.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ChatSessionTest {
    /** Answers with what the user said last, in capitals. */
    private static String echo(String before) {
        return before.substring(before.lastIndexOf("[user]") + 6, before.lastIndexOf("[assistant]"))
                .toUpperCase(Locale.ROOT);
    }

    @Test
    void keepsTheConversationAndComputesOnlyWhatIsNew() {
        ScriptedModel script = ScriptedModel.answering(512, ChatSessionTest::echo);
        try (LanguageModel model = script.open(1000, 1000, ScriptedModel.TEMPLATE);
                ChatSession chat = model.chat(ChatOptions.defaults().withSystem("Be brief."))) {
            Reply first = chat.send("hi");
            assertThat(first.text()).isEqualTo("HI");
            assertThat(first.tokens().cached()).isZero();
            int before = script.steps.stream().mapToInt(i -> i).sum();

            List<String> pieces = new ArrayList<>();
            Reply second = chat.send("more", chunk -> pieces.add(chunk.text()));
            assertThat(second.text()).isEqualTo("MORE");
            assertThat(String.join("", pieces)).isEqualTo("MORE");
            String kept = "[system]Be brief.[user]hi[assistant]HI";
            assertThat(second.tokens().cached()).isEqualTo(kept.length());
            assertThat(second.tokens().prompt()).isEqualTo((kept + "[user]more[assistant]").length());
            int computed = script.steps.stream().mapToInt(i -> i).sum() - before;
            assertThat(computed).isEqualTo("[user]more[assistant]".length() + 4);
            assertThat(chat.messages())
                    .containsExactly(
                            ChatMessage.system("Be brief."),
                            ChatMessage.user("hi"),
                            ChatMessage.assistant("HI"),
                            ChatMessage.user("more"),
                            ChatMessage.assistant("MORE"));
        }
    }

    @Test
    void callsOfToolsAreNoText() {
        String call = "<tool_call>\n{\"name\": \"time\", \"arguments\": {\"zone\": 1}}\n</tool_call>";
        ScriptedModel script =
                ScriptedModel.answering(512, before -> before.contains("noon") ? "It is noon." : "I look.\n" + call);
        ToolDefinition time = new ToolDefinition("time", "Now", Map.of());
        ChatOptions options = ChatOptions.defaults().withTools(List.of(time.variables()));
        try (LanguageModel model = script.open(4000, 4000, ScriptedModel.TEMPLATE);
                ChatSession chat = model.chat(options)) {
            List<String> pieces = new ArrayList<>();
            Reply reply = chat.send("When?", chunk -> pieces.add(chunk.text()));
            assertThat(reply.text()).isEqualTo("I look.");
            assertThat(String.join("", pieces)).isEqualTo("I look.");
            ToolCall asked = reply.toolCalls().getFirst();
            assertThat(asked.name()).isEqualTo("time");
            assertThat(asked.arguments()).isEqualTo("{\"zone\": 1}");
            assertThat(chat.messages().getLast()).isEqualTo(ChatMessage.assistant("I look.", null, List.of(asked)));

            Reply next = chat.send(
                    List.of(ChatMessage.tool(asked.id(), "time", "noon")), GenerateOptions.defaults(), chunk -> {});
            assertThat(next.text()).isEqualTo("It is noon.");
            assertThat(next.toolCalls()).isEmpty();
            assertThat(next.tokens().cached()).isGreaterThan(reply.tokens().prompt());
        }
    }

    @Test
    void separatesThinkingAndLeavesItOutOfTheNextPrompt() {
        ScriptedModel script = ScriptedModel.answering(512, before -> "\u0001Hm.\n\u0002\nYes");
        try (LanguageModel model = script.open(1000, 1000, ScriptedModel.TEMPLATE + "{# <think> </think> #}");
                ChatSession chat = model.chat(ChatOptions.defaults())) {
            StringBuilder thinking = new StringBuilder();
            Reply reply = chat.send("really?", chunk -> thinking.append(chunk.reasoning()));
            assertThat(reply.text()).isEqualTo("Yes");
            assertThat(reply.reasoning()).isEqualTo("Hm.");
            assertThat(thinking).hasToString("Hm.");
            assertThat(chat.messages().getLast()).isEqualTo(ChatMessage.assistant("Yes", "Hm."));
            Reply again = chat.send("sure?");
            assertThat(again.text()).isEqualTo("Yes");
            assertThat(again.tokens().cached()).isEqualTo("[user]really?[assistant]".length());
        }
    }

    @Test
    void aTemplateMayOpenTheThinking() {
        String template = ScriptedModel.TEMPLATE.replace("[assistant]", "[assistant]{# </think> #}{{ '<think>\n' }}");
        ScriptedModel opened = new ScriptedModel(512, text -> {
            String said = text.substring(text.lastIndexOf("<think>\n") + 8);
            String answer = "Hm.\u0002Yes";
            return said.length() < answer.length() ? answer.substring(said.length(), said.length() + 1) : "";
        });
        try (LanguageModel model = opened.open(1000, 1000, template);
                ChatSession chat = model.chat(ChatOptions.defaults())) {
            Reply reply = chat.send("really?");
            assertThat(reply.reasoning()).isEqualTo("Hm.");
            assertThat(reply.text()).isEqualTo("Yes");
        }
    }

    @Test
    void whatALimitCutIsPartOfTheConversation() {
        try (LanguageModel model =
                        ScriptedModel.answering(512, ChatSessionTest::echo).open(1000, 1000, ScriptedModel.TEMPLATE);
                ChatSession chat = model.chat(ChatOptions.defaults()
                        .withGeneration(GenerateOptions.defaults().withMaxTokens(2)))) {
            assertThat(chat.send("hello").text()).isEqualTo("HE");
            assertThat(chat.messages().getLast().content()).isEqualTo("HE");
            assertThat(chat.contextTokens()).isPositive();
            chat.clear();
            assertThat(chat.messages()).isEmpty();
        }
    }

    @Test
    void aFullContextLeavesTheConversationAsItWas() {
        try (LanguageModel model =
                        ScriptedModel.answering(512, ChatSessionTest::echo).open(64, 64, ScriptedModel.TEMPLATE);
                ChatSession chat = model.chat(ChatOptions.defaults())) {
            chat.send("hi");
            Reply reply = chat.send("x".repeat(60));
            assertThat(reply.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
            assertThat(reply.message()).contains("the context holds 64");
            assertThat(chat.messages()).hasSize(2);
            assertThat(chat.send("ho").text()).isEqualTo("HO");
        }
    }

    @Test
    void cancelEndsTheRunningReplyOnly() throws Exception {
        try (LanguageModel model =
                        ScriptedModel.answering(512, b -> "x".repeat(500)).open(1000, 1000, ScriptedModel.TEMPLATE);
                ChatSession chat = model.chat(ChatOptions.defaults())) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch cancelled = new CountDownLatch(1);
            CompletableFuture<Reply> reply = CompletableFuture.supplyAsync(() -> chat.send("go", chunk -> {
                begun.countDown();
                try {
                    cancelled.await(20, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
            assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
            chat.cancel();
            cancelled.countDown();
            assertThat(reply.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(chat.messages().getLast().content()).isEqualTo("x");
            assertThat(chat.send("again").text()).hasSize(500);
        }
    }

    @Test
    void aFailingListenerLeavesTheConversationAsItWas() {
        try (LanguageModel model =
                        ScriptedModel.answering(512, ChatSessionTest::echo).open(1000, 1000, ScriptedModel.TEMPLATE);
                ChatSession chat = model.chat(ChatOptions.defaults())) {
            assertThatThrownBy(() -> chat.send("hello", chunk -> {
                        throw new ArithmeticException("listener");
                    }))
                    .isInstanceOf(ArithmeticException.class);
            assertThat(chat.messages()).isEmpty();
            assertThat(chat.send("hello").text()).isEqualTo("HELLO");
        }
    }

    @Test
    void callsFromItsOwnListenerAndAfterCloseAreRefusedInWords() {
        try (LanguageModel model =
                ScriptedModel.answering(512, ChatSessionTest::echo).open(1000, 1000, ScriptedModel.TEMPLATE)) {
            ChatSession chat = model.chat(ChatOptions.defaults());
            assertThatThrownBy(() -> chat.send("a", chunk -> chat.send("b"))).hasMessageContaining("listener");
            assertThatThrownBy(() -> chat.send("a", chunk -> chat.close())).hasMessageContaining("listener");
            chat.close();
            chat.close();
            assertThatThrownBy(() -> chat.send("a")).hasMessage("the chat session is closed");
        }
    }

    @Test
    void sessionsShareAModelAndOutliveNothing() {
        ScriptedModel script = ScriptedModel.answering(512, ChatSessionTest::echo);
        LanguageModel model = script.open(500, 2000, ScriptedModel.TEMPLATE);
        ChatSession one = model.chat(ChatOptions.defaults());
        ChatSession two = model.chat(ChatOptions.defaults());
        assertThat(one.send("one").text()).isEqualTo("ONE");
        assertThat(two.send("two").text()).isEqualTo("TWO");
        assertThat(one.send("three").text()).isEqualTo("THREE");
        model.close();
        assertThatThrownBy(() -> one.send("four")).hasMessage("the model is closed");
        one.close();
        two.close();
    }
}
