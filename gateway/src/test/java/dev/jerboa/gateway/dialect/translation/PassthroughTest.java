package dev.jerboa.gateway.dialect.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.EndpointRequest;
import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.Surface;
import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and replies that go through as they are. */
class PassthroughTest {
    private static EndpointRequest send(ClientForm form, String raw, String name, String... parameters) {
        ClientRequest request = new ClientRequest(form, Talk.bytes(raw), Talk.object(raw));
        return Talk.translation(form, form.dialect()).request(request, new RequestOptions(name, 0, Set.of(parameters)));
    }

    private static String sent(ClientForm form, String text, String... parameters) {
        return Talk.text(send(form, Talk.json(text), "up", parameters).body());
    }

    @Test
    void whereNothingMustChangeTheBytesAreTheSameArray() {
        byte[] raw = Talk.bytes("{ \"model\" : \"up\",\n \"messages\" : [1.50, 1e2, \"\\u00e9\"]}");
        ClientRequest request = new ClientRequest(ClientForm.CHAT, raw, Talk.object(raw));
        EndpointRequest sent = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .request(request, new RequestOptions("up", 0, Set.of()));
        assertThat(sent.body()).isSameAs(raw);
        assertThat(sent.path()).isEqualTo("/v1/chat/completions");
        assertThat(sent.warnings()).isEmpty();
    }

    @Test
    void onlyWhatMustChangeIsChanged() {
        assertThat(sent(ClientForm.CHAT, "{'messages': [ {'content':'model'} ], 'model' :'a/b', 'seed':1.50}"))
                .isEqualTo(Talk.json("{'messages': [ {'content':'model'} ], 'model' :'up', 'seed':1.50}"));
        assertThat(
                        sent(
                                ClientForm.CHAT,
                                "{'models':['x'], 'model':'up', 'provider':{'order':['z']}, 'n':1, 'route':'fallback', 'transforms':[], 'usage':{'include':true}}"))
                .isEqualTo(Talk.json("{'model':'up', 'n':1}"));
        assertThat(sent(ClientForm.MESSAGES, "{'model':'a','max_tokens':5,'provider':{}}"))
                .isEqualTo(Talk.json("{'model':'up', 'max_tokens':5}"));
        assertThat(sent(ClientForm.OLLAMA_CHAT, "{'model':'a','messages':[]}"))
                .isEqualTo(Talk.json("{'model':'up', 'messages':[]}"));
    }

    @Test
    void usageIsAskedForInStreams() {
        assertThat(sent(ClientForm.CHAT, "{'model':'up','stream':true}"))
                .isEqualTo(Talk.json("{'model':'up', 'stream':true, 'stream_options': {'include_usage': true}}"));
        assertThat(sent(ClientForm.COMPLETIONS, "{'model':'up','stream':true,'stream_options':null}"))
                .isEqualTo(Talk.json("{'model':'up', 'stream':true, 'stream_options':{'include_usage': true}}"));
        assertThat(
                        sent(
                                ClientForm.CHAT,
                                "{'model':'up','stream':true,'stream_options':{'include_obfuscation':false,'include_usage':false}}"))
                .isEqualTo(
                        Talk.json(
                                "{'model':'up', 'stream':true, 'stream_options':{'include_usage': true, 'include_obfuscation':false}}"));
        String asked = Talk.json("{'model':'up','stream':true,'stream_options':{ 'include_usage' : true}}");
        assertThat(sent(ClientForm.CHAT, asked)).isEqualTo(asked);
        assertThat(sent(ClientForm.CHAT, "{'model':'up','stream':false}"))
                .isEqualTo(Talk.json("{'model':'up','stream':false}"));
        assertThat(sent(ClientForm.MESSAGES, "{'model':'up','stream':true}"))
                .isEqualTo(Talk.json("{'model':'up','stream':true}"));
    }

    @Test
    void aRouterKeepsWhatIsForRouters() {
        assertThat(sent(
                        ClientForm.CHAT,
                        "{'model':'a','provider':{'sort':'price'},'models':['b']}",
                        "provider",
                        "usage"))
                .isEqualTo(Talk.json("{'model':'up', 'provider':{'sort':'price'}}"));
    }

    @Test
    void whatAnEndpointDoesNotHonourIsLeftOutWithAWarning() {
        EndpointRequest sent = send(
                ClientForm.CHAT, Talk.json("{'model':'up','temperature':1,'top_k':5,'tools':[]}"), "up", "temperature");
        assertThat(Talk.text(sent.body())).isEqualTo(Talk.json("{'model':'up', 'temperature':1, 'tools':[]}"));
        assertThat(sent.warnings()).singleElement().asString().startsWith("top_k:");
    }

    @Test
    void namesThatAreWrittenWithEscapesAreFound() {
        assertThat(sent(ClientForm.CHAT, "{'mod\\u0065l':'a','pr\\u006fvider':1,'x':2}"))
                .isEqualTo(Talk.json("{'mod\\u0065l':'up', 'x':2}"));
    }

    /** The last of a name is the one that was read here: what the endpoint is sent says that, and it alone. */
    @Test
    void whatIsThereTwiceIsSentOnce() {
        assertThat(sent(ClientForm.CHAT, "{'mod\\u0065l':'a','model':'b','n':1,'x':2,'n':3}"))
                .isEqualTo(Talk.json("{'model': 'up', 'n': 3, 'x': 2}"));
    }

    @Test
    void namesAreWrittenAsJson() {
        assertThat(Talk.text(
                        send(ClientForm.CHAT, "{\"model\":\"a\"}", "a\"b\\\n").body()))
                .isEqualTo("{\"model\":\"a\\\"b\\\\\\n\"}");
    }

    @Test
    void whatIsNotAnObjectIsRefused() {
        ClientRequest request = new ClientRequest(ClientForm.CHAT, Talk.bytes("[1]"), Map.of());
        assertThatThrownBy(() ->
                        Talk.translation(ClientForm.CHAT, WireDialect.OPENAI).request(request, Talk.OPTIONS))
                .isInstanceOf(MalformedRequestException.class);
    }

    @Property(tries = 200)
    void anyRequestMeansTheSameButForItsModel(
            @ForAll @Size(max = 8)
                    Map<@AlphaChars @StringLength(max = 6) String, @StringLength(max = 20) String> fields) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        fields.forEach((name, value) -> body.put(name.toLowerCase(Locale.ROOT), value));
        body.put("provider", Map.of("order", "x"));
        body.put("model", "mine");
        byte[] sent = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .request(Talk.request(ClientForm.CHAT, body), Talk.OPTIONS)
                .body();
        body.put("model", "up/model");
        body.remove("provider");
        assertThat(Talk.object(sent)).isEqualTo(body);
    }

    @Test
    void countsThatOnlyTheGatewayAskedForAreLeftOut() {
        ClientRequest silent = Talk.request(ClientForm.CHAT, "{'model':'m','stream':true}");
        Talk.Passed passed = Talk.pass(silent, Streams.CHAT, 33, OptionalLong.of(5));
        assertThat(passed.body() + passed.tail())
                .isEqualTo(Talk.text(Streams.CHAT).replaceAll("data: [^\n]*\"choices\":\\[\\][^\n]*\n\n", ""));
        assertThat(passed.tail()).isEqualTo("data: [DONE]\n\n");
        assertThat(passed.tally().usage()).isPresent();
    }

    @Test
    void theCostIsPutIntoTheUsageAndNothingElseChanges() {
        ClientRequest request = Talk.asking(ClientForm.CHAT, true);
        Talk.Passed passed = Talk.pass(request, Streams.CHAT, 33, OptionalLong.of(1_500));
        assertThat(passed.body() + passed.tail())
                .isEqualTo(Talk.text(Streams.CHAT).replace("\"cost\":0.00000123", "\"cost\":0.0000015"));
        byte[] without = Talk.events("{'choices':[],'usage':{'prompt_tokens':1,'completion_tokens':2}}", "[DONE]");
        assertThat(Talk.pass(request, without, 9, OptionalLong.of(0)).tail())
                .isEqualTo(
                        Talk.json(
                                "data: {'choices':[],'usage':{'prompt_tokens':1,'completion_tokens':2, 'cost': 0}}\n\ndata: [DONE]\n\n"));
        Talk.Passed responses =
                Talk.pass(Talk.asking(ClientForm.RESPONSES, true), Streams.RESPONSES, 100, OptionalLong.of(7));
        assertThat(responses.body() + responses.tail())
                .isEqualTo(Talk.text(Streams.RESPONSES)
                        .replace("\"total_tokens\":130}", "\"total_tokens\":130, \"cost\": 0.000000007}"));
        Talk.Passed messages =
                Talk.pass(Talk.asking(ClientForm.MESSAGES, true), Streams.MESSAGES, 100, OptionalLong.of(7));
        assertThat(messages.body() + messages.tail()).isEqualTo(Talk.text(Streams.MESSAGES));
    }

    /** The last events tell none then, and clients look for the cost where counts are told. */
    @ParameterizedTest
    @ValueSource(strings = {"data: [DONE]\n\n", ""})
    void countsThatDidNotComeLastAreToldAgainWithTheCost(String end) {
        String stream = Talk.text(Talk.events(
                        "{'id':'up-1','model':'up','choices':[{'index':0,'delta':{'content':'a'}}],'usage':{'prompt_tokens':3,'completion_tokens':1}}",
                        "{'id':'up-1','model':'up','choices':[{'index':0,'delta':{'content':'b'}}],'usage':{'prompt_tokens':3,'completion_tokens':2,'cost':0.5}}",
                        "{'id':'up-1','model':'up','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}"))
                + end;
        for (Surface surface : List.of(Surface.OPENAI, Surface.OPENROUTER)) {
            for (int part : new int[] {1, 7, 10_000}) {
                Passage passage = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                        .passage(Talk.asking(ClientForm.CHAT, true, surface), new Answerer("GEN1", "lab/m", "P"));
                String body = passed(passage, Talk.bytes(stream), part);
                String tail = Talk.text(passage.tail(OptionalLong.of(250)));
                assertThat(body).contains("\"lab/m\"").endsWith("}\n\n" + end); // without a cost: as it came
                assertThat(tail).startsWith("data: {").endsWith("}\n\n" + end);
                Map<String, @Nullable Object> told = Talk.object(Talk.bytes(tail.substring(6, tail.indexOf('\n'))));
                assertThat(told.get("id")).isEqualTo(surface == Surface.OPENROUTER ? "GEN1" : "up-1");
                assertThat(told.get("model")).isEqualTo("lab/m");
                assertThat(told.get("choices")).isEqualTo(List.of());
                assertThat(tail)
                        .contains("\"prompt_tokens\": 3", "\"completion_tokens\": 2", "\"cost\": 2.5E-7")
                        .satisfies(text -> assertThat(
                                        text.contains("\"cost_details\": {\"upstream_inference_cost\": 0.5}"))
                                .isEqualTo(surface == Surface.OPENROUTER));
            }
        }
    }

    @Test
    void countsAreNotToldAgainToWhoDoesNotWantThemOrWhereThereAreNone() {
        byte[] told = Talk.events(
                "{'choices':[{'index':0,'delta':{'content':'a'}}],'usage':{'prompt_tokens':3,'completion_tokens':1}}",
                "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}",
                "[DONE]");
        byte[] none = Talk.events("{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'stop'}]}", "[DONE]");
        ClientRequest silent = Talk.request(ClientForm.CHAT, "{'model':'m','stream':true}");
        ClientRequest asking = Talk.asking(ClientForm.CHAT, true);
        assertThat(tail(silent, told, OptionalLong.of(5))).isEqualTo("data: [DONE]\n\n");
        assertThat(tail(asking, told, OptionalLong.empty())).isEqualTo("data: [DONE]\n\n");
        assertThat(tail(asking, none, OptionalLong.of(5))).isEqualTo("data: [DONE]\n\n");
        assertThat(tail(asking, told, OptionalLong.of(5)))
                .contains("\"cost\": 5E-9")
                .endsWith("data: [DONE]\n\n");
    }

    private static String tail(ClientRequest request, byte[] bytes, OptionalLong cost) {
        Passage passage = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .passage(request, new Answerer("GEN1", "lab/m", "P"));
        passed(passage, bytes, 33);
        return Talk.text(passage.tail(cost));
    }

    @Test
    void aWholeReplyIsHeldAndReadAtItsEnd() {
        byte[] body = Talk.bytes(
                Talk.json(
                        "{'id':'x','model':'m','choices':[{'index':0,'message':{'role':'assistant','content':'hi','reasoning':'hm'},'finish_reason':'length'}],\n'usage':{}}"));
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, false), body, 10, OptionalLong.of(9));
        assertThat(passed.body()).isEmpty();
        assertThat(passed.tail())
                .isEqualTo(Talk.text(body).replace("\"usage\":{}", "\"usage\":{\"cost\": 0.000000009}"));
        assertThat(passed.tally().finish()).isEqualTo("length");
        assertThat(passed.tally().textBytes()).isEqualTo(4);
        assertThat(passed.over()).isTrue();
    }

    @Test
    void aReplyThatIsNotWhatWasAskedForIsStillRead() {
        byte[] whole = Talk.bytes(
                Talk.json(
                        "{'choices':[{'message':{'content':'hi'},'finish_reason':'stop'}],'usage':{'prompt_tokens':1,'completion_tokens':2}}"));
        assertThat(Talk.pass(Talk.asking(ClientForm.CHAT, true), whole, 10, OptionalLong.empty())
                        .tally()
                        .usage())
                .isPresent();
        Talk.Passed streamed = Talk.pass(Talk.asking(ClientForm.CHAT, false), Streams.CHAT, 10, OptionalLong.empty());
        assertThat(streamed.tally().usage()).isPresent();
        assertThat(streamed.body() + streamed.tail()).isEqualTo(Talk.text(Streams.CHAT));
    }

    @Test
    void commentsPassAtOnceAndOddEventsUnread() {
        byte[] stream = Talk.bytes(
                ": OPENROUTER PROCESSING\n\nid: 4\nretry: 5\n\ndata: not json\n\ndata: {\"choices\":[{\n\ndata: [DONE]\n\n");
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, true), stream, 1, OptionalLong.empty());
        assertThat(passed.body()).startsWith(": OPENROUTER PROCESSING\n\nid: 4");
        assertThat(passed.tail()).isEqualTo("data: [DONE]\n\n");
        assertThat(passed.body() + passed.tail()).isEqualTo(Talk.text(stream));
    }

    @Test
    void aLastEventWithoutItsBlankLineCounts() {
        String text = Talk.text(Streams.CHAT);
        byte[] stream = Talk.bytes(text.substring(0, text.indexOf("\n\ndata: [DONE]")));
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, true), stream, 50, OptionalLong.empty());
        assertThat(passed.tally().usage()).isPresent();
        assertThat(passed.over()).isTrue();
        assertThat(passed.body() + passed.tail()).isEqualTo(Talk.text(stream));
    }

    /** Readers that do not mind how a name is written would take these for the fields by which a request was let in. */
    @Test
    void fieldsInOtherLettersAreLeftOut() {
        EndpointRequest sent = send(
                ClientForm.OLLAMA_CHAT,
                Talk.json(
                        "{'model':'a','Model':'dearer','m\u017f':1,'\u017ftream':true,'MAX_TO\u212aENS':9,'messages':[],'Title':1}"),
                "up");
        assertThat(Talk.text(sent.body()))
                .isEqualTo(Talk.json("{'model':'up', 'm\u017f':1, 'messages':[], 'Title':1}"));
        assertThat(sent.warnings()).hasSize(3).first().asString().startsWith("Model: was left out");
    }

    /** OpenAI's reasoning models refuse max_tokens; others have never heard of max_completion_tokens, and would write on. */
    @Test
    void theLimitHasTheNameThatTheEndpointKnows() {
        assertThat(sent(ClientForm.CHAT, "{'model':'up','max_tokens':5}", "max_completion_tokens"))
                .isEqualTo(Talk.json("{'model':'up', 'max_completion_tokens': 5}"));
        assertThat(sent(ClientForm.CHAT, "{'model':'up','max_completion_tokens' : 5}", "max_tokens"))
                .isEqualTo(Talk.json("{'model':'up', 'max_tokens': 5}"));
        String both = "{'model':'up','max_completion_tokens':5,'max_tokens':5}";
        assertThat(sent(ClientForm.CHAT, both, "max_tokens")).isEqualTo(Talk.json(both));
        assertThat(sent(ClientForm.CHAT, "{'model':'up','max_tokens':5}"))
                .isEqualTo(Talk.json("{'model':'up','max_tokens':5}"));
        assertThat(sent(ClientForm.MESSAGES, "{'model':'up','max_tokens':5}", "max_completion_tokens"))
                .isEqualTo(Talk.json("{'model':'up','max_tokens':5}"));
    }

    @Test
    void theModelHasTheNameThatClientsKnow() {
        Map<ClientForm, byte[]> streams = Map.of(
                ClientForm.CHAT,
                Streams.CHAT,
                ClientForm.RESPONSES,
                Streams.RESPONSES,
                ClientForm.MESSAGES,
                Streams.MESSAGES,
                ClientForm.OLLAMA_CHAT,
                Streams.OLLAMA);
        streams.forEach((form, stream) -> {
            for (int part : new int[] {1, 33, 100_000}) {
                Passage passage = Talk.translation(form, form.dialect())
                        .passage(Talk.asking(form, true), new Answerer("GEN1", "lab/\u00e9", "P"));
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                for (int at = 0; at < stream.length; at += part) {
                    passage.take(stream, at, Math.min(part, stream.length - at), out::write);
                }
                passage.end(out::write);
                out.writeBytes(passage.tail(OptionalLong.empty()));
                assertThat(Talk.text(out.toByteArray()))
                        .as(form + " " + part)
                        .isEqualTo(Talk.text(stream).replaceAll("\"model\":\"[a-z0-9]*\"", "\"model\":\"lab/\u00e9\""))
                        .contains("lab/");
            }
        });
    }

    @Test
    void theModelAndTheCostOfAWholeReplyArePutWhereTheyLie() {
        byte[] body = Talk.bytes(
                Talk.json(
                        "{'choices':[{'message':{'content':'{\\'model\\':1}','model':'x'}}], 'usage':{'a':1},\n 'model' : 'up'}"));
        Passage passage = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .passage(Talk.asking(ClientForm.CHAT, false), new Answerer("GEN1", "lab/one", "P"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        passage.take(body, 0, body.length, out::write);
        passage.end(out::write);
        out.writeBytes(passage.tail(OptionalLong.of(1_000_000_000)));
        assertThat(Talk.text(out.toByteArray()))
                .isEqualTo(Talk.text(body)
                        .replace("\"model\" : \"up\"", "\"model\" : \"lab/one\"")
                        .replace("{\"a\":1}", "{\"a\":1, \"cost\": 1}"));
    }

    private static String passed(Passage passage, byte[] bytes, int part) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < bytes.length; at += part) {
            passage.take(bytes, at, Math.min(part, bytes.length - at), out::write);
        }
        passage.end(out::write);
        out.writeBytes(passage.tail(OptionalLong.empty()));
        return Talk.text(out.toByteArray());
    }

    @Test
    void clientsOfOpenRouterLearnWhoAnswersAndByWhichId() {
        Answerer answerer = new Answerer("GEN1", "lab/\u00e9", "The \"P\"");
        for (ClientForm form : new ClientForm[] {ClientForm.CHAT, ClientForm.COMPLETIONS}) {
            for (int part : new int[] {1, 33, 100_000}) {
                Passage passage = Talk.translation(form, form.dialect())
                        .passage(Talk.asking(form, true, Surface.OPENROUTER), answerer);
                assertThat(passed(passage, Streams.CHAT, part))
                        .isEqualTo(Talk.text(Streams.CHAT)
                                .replaceAll(
                                        "\"model\":\"[a-z0-9]*\"",
                                        "\"model\":\"lab/\u00e9\", \"provider\": \"The \\\\\"P\\\\\"\"")
                                .replace("\"id\":\"chatcmpl-1\"", "\"id\":\"GEN1\"")
                                .replace(
                                        "\"finish_reason\":\"tool_calls\"",
                                        "\"finish_reason\":\"tool_calls\", \"native_finish_reason\": \"tool_calls\""))
                        .contains("GEN1", "The ", "native_finish_reason");
            }
        }
        // a router behind the gateway names its own provider; ids and names within choices are others'
        String reply = Talk.json(
                "{'provider' : 'Other', 'choices':[{'id':'x','model':'y','provider':'z'}], 'id': 'gen-9', 'model':'up','x':{'id':1}}");
        Passage whole = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .passage(Talk.asking(ClientForm.CHAT, false, Surface.OPENROUTER), answerer);
        assertThat(passed(whole, Talk.bytes(reply), 7))
                .isEqualTo(reply.replace("\"Other\"", "\"The \\\"P\\\"\"")
                        .replace("gen-9", "GEN1")
                        .replace("\"up\"", "\"lab/\u00e9\""));
        // what is no reply stays as it is, and so do forms that OpenRouter adds nothing to
        Passage odd = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .passage(Talk.asking(ClientForm.CHAT, true, Surface.OPENROUTER), answerer);
        String noModel = "data: {\"id\":\"x\",\"choices\":[]}\n\ndata: 7\n\ndata: {\"id\":\n\n";
        assertThat(passed(odd, Talk.bytes(noModel), 5)).isEqualTo(noModel);
        Passage messages = Talk.translation(ClientForm.MESSAGES, WireDialect.ANTHROPIC)
                .passage(Talk.asking(ClientForm.MESSAGES, true, Surface.OPENROUTER), answerer);
        assertThat(passed(messages, Streams.MESSAGES, 50)).doesNotContain("GEN1", "provider");
    }

    /** Of each choice its own; what a router behind the gateway tells stays as it is. */
    @Test
    void clientsOfOpenRouterAreToldTheEndpointsOwnWordAndCost() {
        StringBuilder choices = new StringBuilder();
        StringBuilder told = new StringBuilder();
        for (int i = 0; i < 9; i++) {
            String before = (i == 0 ? "" : ", ") + "{'finish_reason' : 'weird " + i + "'";
            String after = ", 'index':" + i + ", 'message':{'content':'x','finish_reason':'no'}}";
            choices.append(before).append(after);
            told.append(before)
                    .append(", 'native_finish_reason': 'weird ")
                    .append(i)
                    .append('\'')
                    .append(after);
        }
        String kept =
                ", {'index':9,'native_finish_reason':'end_turn','finish_reason':'stop'}, {'finish_reason':null}, 7";
        String usage = "'usage':{'prompt_tokens':3,'completion_tokens':2,'cost' : 0.5,'is_byok':true}}";
        String costed =
                "'usage':{'prompt_tokens':3,'completion_tokens':2,'cost' : 0.25,'is_byok':true, 'cost_details': {'upstream_inference_cost': 0.5}}}";
        byte[] body = Talk.bytes(Talk.json("{'model':'up','choices':[" + choices + kept + "]," + usage));
        Passage passage = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .passage(Talk.asking(ClientForm.CHAT, false, Surface.OPENROUTER), new Answerer("GEN1", "m", "P"));
        passage.take(body, 0, body.length, (_, _, _) -> {});
        passage.end((_, _, _) -> {});
        assertThat(Talk.text(passage.tail(OptionalLong.of(250_000_000))))
                .isEqualTo(Talk.json("{'model':'m', 'provider': 'P','choices':[" + told + kept + "]," + costed));
        assertThat(passage.tally().finish()).isEqualTo("stop");
        assertThat(passage.tally().finishSaid()).isEqualTo("weird 0");
    }

    @Test
    void repliesOfMillionsOfChoicesAreTakenAsTheyAre() {
        String choices = "{'finish_reason':'s'},".repeat(500_000);
        byte[] body = Talk.bytes(Talk.json("{'model':'up','choices':[" + choices + "7],'usage':{'\\q':1}}"));
        Passage passage = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .passage(Talk.asking(ClientForm.CHAT, false, Surface.OPENROUTER), new Answerer("GEN1", "m", "P"));
        passage.take(body, 0, body.length, (_, _, _) -> {});
        passage.end((_, _, _) -> {});
        assertThat(Talk.text(passage.tail(OptionalLong.of(1))))
                .hasSizeLessThan(body.length + 50_000)
                .contains("7],\"usage\":{\"\\q\":1, \"cost\": 0.000000001, \"is_byok\": false");
    }

    /** OpenAI's priority and Anthropic's fast mode cost several times what the catalogue says. */
    @Test
    void whatHasOtherPricesIsLeftOutUnlessTheEndpointNamesIt() {
        EndpointRequest sent = send(ClientForm.CHAT, Talk.json("{'model':'up','service_tier':'priority','n':1}"), "up");
        assertThat(Talk.text(sent.body())).isEqualTo(Talk.json("{'model':'up', 'n':1}"));
        assertThat(sent.warnings()).singleElement().asString().startsWith("service_tier:");
        assertThat(sent(ClientForm.MESSAGES, "{'model':'up','speed':'fast'}")).isEqualTo(Talk.json("{'model':'up'}"));
        // written in other letters, some readers would take it all the same
        assertThat(sent(ClientForm.CHAT, "{'model':'up','Service_Tier':'priority'}"))
                .isEqualTo(Talk.json("{'model':'up'}"));
        assertThat(sent(ClientForm.CHAT, "{'model':'up','service_tier':'flex'}", "service_tier"))
                .isEqualTo(Talk.json("{'model':'up','service_tier':'flex'}"));
    }

    @Test
    void whatWouldBeAnsweredLaterIsRefused() {
        assertThatThrownBy(() -> sent(ClientForm.RESPONSES, "{'model':'up','background':true}"))
                .isInstanceOf(MalformedRequestException.class);
        assertThat(sent(ClientForm.RESPONSES, "{'model':'up','background':true,'stream':true}"))
                .contains("background");
    }
}
