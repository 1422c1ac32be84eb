package dev.jerboa.gateway.dialect.translation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.money.Usage;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of usage fields, row by row, and each complaint about counts that other gateways had, by its number. */
class UsageTableTest {
    /** What a chunk's or a body's usage of OpenAI's chat means; asserted to be the same whole, streamed, and passed through. */
    private static @Nullable Usage chat(String usage) {
        String body = Talk.json(
                "{'id':'x','model':'m','choices':[{'index':0,'message':{'role':'assistant','content':'hi'},'finish_reason':'stop'}],'usage':"
                        + usage + "}");
        Usage whole = used(Talk.read(WireDialect.OPENAI, false, Talk.bytes(body), 1000));
        byte[] stream = Talk.events(
                "{'id':'x','model':'m','choices':[{'index':0,'delta':{'content':'hi'},'finish_reason':'stop'}]}",
                "{'id':'x','model':'m','choices':[],'usage':" + usage + "}",
                "[DONE]");
        assertThat(used(Talk.read(WireDialect.OPENAI, true, stream, 1000))).isEqualTo(whole);
        for (boolean streamed : new boolean[] {true, false}) {
            Talk.Passed passed = Talk.pass(
                    Talk.asking(ClientForm.CHAT, streamed),
                    streamed ? stream : Talk.bytes(body),
                    50,
                    OptionalLong.empty());
            assertThat(passed.tally().usage().orElse(null)).isEqualTo(whole);
        }
        return whole;
    }

    private static @Nullable Usage used(List<ReplyPiece> pieces) {
        List<ReplyPiece.Used> all = pieces.stream()
                .filter(ReplyPiece.Used.class::isInstance)
                .map(ReplyPiece.Used.class::cast)
                .toList();
        assertThat(all).hasSize(1);
        return all.getFirst().usage();
    }

    private static @Nullable Usage responses(String status, String usage) {
        byte[] stream =
                Talk.named("{'type':'response." + status + "','response':{'id':'r','model':'m','status':'" + status
                        + "','error':{'message':'m','code':'server_error'},'incomplete_details':{'reason':'max_output_tokens'},'usage':"
                        + usage + "}}");
        Usage read = used(Talk.read(WireDialect.RESPONSES, true, stream, 1000));
        assertThat(Talk.pass(Talk.asking(ClientForm.RESPONSES, true), stream, 50, OptionalLong.empty())
                        .tally()
                        .usage()
                        .orElse(null))
                .isEqualTo(read);
        return read;
    }

    private static @Nullable Usage messages(String start, String... deltas) {
        String[] events = new String[deltas.length + 2];
        events[0] = "{'type':'message_start','message':{'id':'m','model':'c','usage':" + start + "}}";
        for (int i = 0; i < deltas.length; i++) {
            events[i + 1] = "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':" + deltas[i] + "}";
        }
        events[deltas.length + 1] = "{'type':'message_stop'}";
        byte[] stream = Talk.named(events);
        Usage read = used(Talk.read(WireDialect.ANTHROPIC, true, stream, 1000));
        assertThat(Talk.pass(Talk.asking(ClientForm.MESSAGES, true), stream, 50, OptionalLong.empty())
                        .tally()
                        .usage()
                        .orElse(null))
                .isEqualTo(read);
        return read;
    }

    @Test
    void openAiChatHasCachedWithinPromptAndReasoningWithinCompletion() {
        assertThat(
                        chat(
                                "{'prompt_tokens':1000,'completion_tokens':300,'total_tokens':1300,'prompt_tokens_details':{'cached_tokens':600,'cache_write_tokens':100},'completion_tokens_details':{'reasoning_tokens':200}}"))
                .isEqualTo(new Usage(300, 600, 100, 0, 100, 200));
    }

    @ParameterizedTest
    @ValueSource(strings = {"completed", "incomplete", "failed"})
    void responsesTellUsageAtAnyEnd(String status) {
        assertThat(
                        responses(
                                status,
                                "{'input_tokens':1000,'input_tokens_details':{'cached_tokens':600},'output_tokens':300,'output_tokens_details':{'reasoning_tokens':200},'total_tokens':1300}"))
                .isEqualTo(new Usage(400, 600, 0, 0, 100, 200));
    }

    @Test
    void anthropicCountsAreDisjointAndCumulative() {
        assertThat(messages(
                        "{'input_tokens':25,'cache_read_input_tokens':1000,'cache_creation_input_tokens':300,'cache_creation':{'ephemeral_5m_input_tokens':100,'ephemeral_1h_input_tokens':200},'output_tokens':1}",
                        "{'output_tokens':40}",
                        "{'output_tokens':89}"))
                .isEqualTo(new Usage(25, 1000, 100, 200, 89, 0));
    }

    @Test
    void anthropicInputThatIsToldAtTheEndOnly() {
        assertThat(messages(
                        "{'input_tokens':0,'output_tokens':0}",
                        "{'input_tokens':70,'cache_read_input_tokens':8,'output_tokens':9}"))
                .isEqualTo(new Usage(70, 8, 0, 0, 9, 0));
    }

    @Test
    void anthropicThinkingIsWithinOutput() {
        assertThat(messages(
                        "{'input_tokens':5,'output_tokens':1}",
                        "{'output_tokens':89,'output_tokens_details':{'thinking_tokens':60}}"))
                .isEqualTo(new Usage(5, 0, 0, 0, 29, 60));
    }

    @Test
    void deepSeekHasHitAndMiss() {
        assertThat(
                        chat(
                                "{'prompt_tokens':1000,'completion_tokens':300,'total_tokens':1300,'prompt_cache_hit_tokens':640,'prompt_cache_miss_tokens':360,'completion_tokens_details':{'reasoning_tokens':200}}"))
                .isEqualTo(new Usage(360, 640, 0, 0, 100, 200));
    }

    @Test
    void xAiHasReasoningBesideCompletionAndModalitiesThatOverlapTheCache() {
        // BerriAI/litellm#37407: text 12 and image 8 overlap cached 15; summing slices overbilled by 72 %
        assertThat(
                        chat(
                                "{'prompt_tokens':20,'completion_tokens':1,'total_tokens':407,'prompt_tokens_details':{'text_tokens':12,'image_tokens':8,'audio_tokens':0,'cached_tokens':15},'completion_tokens_details':{'reasoning_tokens':386}}"))
                .isEqualTo(new Usage(5, 15, 0, 0, 1, 386));
    }

    @Test
    void geminiTellsReasoningInItsTotalOnly() {
        assertThat(chat("{'prompt_tokens':20,'completion_tokens':198,'total_tokens':623}"))
                .isEqualTo(new Usage(20, 0, 0, 0, 198, 405));
        assertThat(
                        chat(
                                "{'prompt_tokens':21,'completion_tokens':0,'total_tokens':81,'completion_tokens_details':{'reasoning_tokens':60}}"))
                .isEqualTo(new Usage(21, 0, 0, 0, 0, 60));
    }

    @Test
    void ollamaHasPromptAndReply() {
        assertThat(used(Talk.read(WireDialect.OLLAMA, true, Streams.OLLAMA, 1000)))
                .isEqualTo(Usage.of(26, 298));
    }

    @Test
    void moonshotTellsUsageWithinTheChoiceAndGroqInAPlaceOfItsOwn() {
        byte[] moonshot = Talk.events(
                "{'id':'x','model':'kimi','choices':[{'index':0,'delta':{},'finish_reason':'stop','usage':{'prompt_tokens':8,'completion_tokens':2,'total_tokens':10,'cached_tokens':3}}]}",
                "[DONE]");
        byte[] groq = Talk.events(
                "{'id':'x','model':'g','choices':[{'index':0,'delta':{},'finish_reason':'stop'}],'x_groq':{'id':'r','usage':{'prompt_tokens':8,'completion_tokens':2,'total_tokens':10}}}",
                "[DONE]");
        assertThat(used(Talk.read(WireDialect.OPENAI, true, moonshot, 9))).isEqualTo(new Usage(5, 3, 0, 0, 2, 0));
        assertThat(used(Talk.read(WireDialect.OPENAI, true, groq, 9))).isEqualTo(Usage.of(8, 2));
        for (byte[] stream : List.of(moonshot, groq)) {
            assertThat(Talk.pass(Talk.asking(ClientForm.CHAT, true), stream, 9, OptionalLong.empty())
                            .tally()
                            .usage()
                            .orElseThrow()
                            .total())
                    .isEqualTo(10);
        }
    }

    // --- what others were complained to about

    @Test
    void litellm6215_11364_14874_34801_cachedTokensAreNotCountedTwice() {
        @Nullable
        Usage usage = chat(
                "{'prompt_tokens':1000,'completion_tokens':10,'total_tokens':1010,'prompt_tokens_details':{'cached_tokens':900}}");
        assertThat(usage).isEqualTo(new Usage(100, 900, 0, 0, 10, 0));
        assertThat(requireNonNull(usage).total()).isEqualTo(1010);
        Usage anthropic = messages(
                "{'input_tokens':100,'cache_read_input_tokens':900,'output_tokens':1}", "{'output_tokens':10}");
        assertThat(anthropic).isEqualTo(usage);
    }

    @Test
    void newApi6144_cacheHitsThatTheClientSeesAreWhatIsCounted() {
        String usage =
                "{'prompt_tokens':50,'completion_tokens':5,'total_tokens':55,'prompt_tokens_details':{'cached_tokens':32},'prompt_cache_hit_tokens':32,'prompt_cache_miss_tokens':18}";
        byte[] stream = Talk.events(
                "{'id':'x','model':'m','choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'stop'}]}",
                "{'id':'x','model':'m','choices':[],'usage':" + usage + "}",
                "[DONE]");
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, true), stream, 30, OptionalLong.empty());
        assertThat(passed.tail()).contains("\"cached_tokens\":32");
        assertThat(passed.tally().usage()).contains(new Usage(18, 32, 0, 0, 5, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'prompt_tokens':10,'completion_tokens':5,'prompt_tokens_details':{'cached_tokens':11}}",
                "{'prompt_tokens':-1,'completion_tokens':5}",
                "{'prompt_tokens':10,'completion_tokens':-5}",
                "{'prompt_tokens':10,'completion_tokens':5,'completion_tokens_details':{'reasoning_tokens':6}}",
                "{'prompt_tokens':9223372036854775807,'completion_tokens':5}",
                "{'prompt_tokens':1e300,'completion_tokens':5}",
                "{'prompt_tokens':1.5,'completion_tokens':5}",
                "{'prompt_tokens':'10','completion_tokens':5}",
                "{'prompt_tokens':6,'completion_tokens':5,'prompt_tokens_details':{'cached_tokens':4,'cache_write_tokens':4}}",
                "{}",
                "null"
            })
    void newApi5003_countsThatCannotBeAreRefusedAndNeverNegative(String usage) {
        assertThat(chat(usage)).isNull();
    }

    @Test
    void newApi2249_cacheWritesOfFiveMinutesAndOfAnHourAreToldApart() {
        assertThat(messages(
                        "{'input_tokens':1,'cache_creation_input_tokens':300,'output_tokens':1}",
                        "{'output_tokens':2}"))
                .isEqualTo(new Usage(1, 0, 300, 0, 2, 0));
        assertThat(messages(
                        "{'input_tokens':1,'cache_creation':{'ephemeral_5m_input_tokens':0,'ephemeral_1h_input_tokens':300},'cache_creation_input_tokens':300,'output_tokens':1}",
                        "{'output_tokens':2}"))
                .isEqualTo(new Usage(1, 0, 0, 300, 2, 0));
        assertThat(messages(
                        "{'input_tokens':1,'cache_creation':{'ephemeral_5m_input_tokens':7,'ephemeral_1h_input_tokens':5},'output_tokens':1}",
                        "{'output_tokens':2}"))
                .isEqualTo(new Usage(1, 0, 7, 5, 2, 0));
    }

    @Test
    void newApi7241_usageOfAnIncompleteResponseCounts() {
        assertThat(responses("incomplete", "{'input_tokens':7,'output_tokens':9,'total_tokens':16}"))
                .isEqualTo(Usage.of(7, 9));
    }

    @Test
    void newApi5289_errorTextIsNotCountedAsOutput() {
        byte[] stream = Talk.events(
                "{'id':'x','model':'m','choices':[{'index':0,'delta':{'content':'four'}}]}",
                "{'error':{'message':'the upstream broke and says so at length','code':502}}");
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, true), stream, 30, OptionalLong.empty());
        assertThat(passed.tally().textBytes()).isEqualTo(4);
        assertThat(passed.tally().failure()).isPresent();
        assertThat(passed.body()).doesNotContain("broke");
        assertThat(passed.tail()).contains("broke");
        assertThat(passed.over()).isFalse();
    }

    @Test
    void litellm37992_anExplicitZeroStaysZero() {
        assertThat(chat("{'prompt_tokens':0,'completion_tokens':0,'total_tokens':0}"))
                .isEqualTo(Usage.NONE);
        assertThat(messages("{'input_tokens':0,'output_tokens':0}", "{'output_tokens':0}"))
                .isEqualTo(Usage.NONE);
    }

    @Test
    void bitrouter537_promptTokensAreKnownWhenTheClientGoes() {
        byte[] begun = Talk.named(
                "{'type':'message_start','message':{'id':'m','model':'c','usage':{'input_tokens':700,'output_tokens':1}}}");
        assertThat(Talk.pass(Talk.asking(ClientForm.MESSAGES, true), begun, 30, OptionalLong.empty())
                        .tally()
                        .usage())
                .contains(Usage.of(700, 0)); // the one token is a place holder
    }

    @Test
    void whatAMessageDoesNotTellInTheEndIsNotKnown() {
        assertThat(messages("{'input_tokens':700,'output_tokens':1}", "{}")).isNull();
        assertThat(messages("{'service_tier':'standard'}", "{'service_tier':'standard'}"))
                .isNull();
        assertThat(chat("{'prompt_tokens':null,'completion_tokens':null,'total_tokens':null}"))
                .isNull();
    }

    @Test
    void openAce3422_textIsCountedAlsoWhereTheLastChunkIsNotReadAndLlmKube1852_whereNoneCounts() {
        byte[] stream = Talk.events(
                "{'id':'x','model':'m','choices':[{'index':0,'delta':{'content':'Grüß'},'finish_reason':null}]}",
                "{'id':'x','model':'m','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}",
                "[DONE]");
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, true), stream, 30, OptionalLong.empty());
        assertThat(passed.tally().usage()).isEmpty();
        assertThat(passed.tally().textBytes()).isEqualTo(6);
        assertThat(passed.over()).isTrue();
    }

    @Test
    void severalUsageChunksHaveTheirLastWord() {
        byte[] stream = Talk.events(
                "{'id':'x','model':'m','choices':[{'index':0,'delta':{'content':'a'},'finish_reason':null}],'usage':{'prompt_tokens':9,'completion_tokens':1,'total_tokens':10}}",
                "{'id':'x','model':'m','choices':[{'index':0,'delta':{'content':'b'},'finish_reason':'stop'}],'usage':{'prompt_tokens':9,'completion_tokens':2,'total_tokens':11}}",
                "{'id':'x','model':'m','choices':[],'usage':{'prompt_tokens':9,'completion_tokens':3,'total_tokens':12}}",
                "[DONE]");
        assertThat(used(Talk.read(WireDialect.OPENAI, true, stream, 7))).isEqualTo(Usage.of(9, 3));
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, true), stream, 7, OptionalLong.empty());
        assertThat(passed.tally().usage()).contains(Usage.of(9, 3));
        assertThat(passed.body()).contains("\"a\"").doesNotContain("\"b\"");
        assertThat(passed.body() + passed.tail()).isEqualTo(Talk.text(stream));
    }

    @Test
    void newApi4128_whatTheProviderSaysItCostIsReadExactly() {
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':9.26}"))
                .isEqualTo(9_260_000_000L);
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':0.000024}"))
                .isEqualTo(24_000L);
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':1.5e-9}"))
                .isEqualTo(2L);
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':2.5e-9}"))
                .isEqualTo(2L);
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':0}")).isZero();
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':0.0123456785}"))
                .isEqualTo(12_345_678L);
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':'0.1'}"))
                .isEqualTo(100_000_000L);
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost_details':{'upstream_inference_cost':0.002}}"))
                .isEqualTo(2_000_000L);
        assertThat(
                        cost(
                                "{'prompt_tokens':1,'completion_tokens':1,'cost':0.0001,'is_byok':true,'cost_details':{'upstream_inference_cost':0.002}}"))
                .isEqualTo(2_100_000L);
        assertThat(
                        cost(
                                "{'prompt_tokens':1,'completion_tokens':1,'cost':0.002,'is_byok':false,'cost_details':{'upstream_inference_cost':0.002}}"))
                .isEqualTo(2_000_000L);
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':-1}")).isNull();
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':1e99}"))
                .isNull();
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':'1e999999999'}"))
                .isNull();
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1,'cost':null}"))
                .isNull();
        assertThat(cost("{'prompt_tokens':1,'completion_tokens':1}")).isNull();
    }

    private static @Nullable Long cost(String usage) {
        byte[] stream = Talk.events("{'id':'x','model':'m','choices':[],'usage':" + usage + "}", "[DONE]");
        ReplyPiece last = Talk.read(WireDialect.OPENAI, true, stream, 9).getLast();
        return ((ReplyPiece.Used) last).costNanos();
    }
}
