package dev.jerboa.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.GatewayFile;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.PriceReader;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.upstream.Estimates;
import dev.jerboa.testkit.upstream.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What providers charge for beside tokens: service tiers, their own tools, and attempts that brought nothing. */
@Timeout(60)
class ServiceTest {
    /** A million times what a token costs is in dollars: input 1, output 4. */
    private static final Schedule PRICES = prices("""
            prices:
              - input: 1
                output: 4
                service_tiers:
                  flex: {factor: 0.5}
                  priority: {input: 2, output: 8}
                  fast: {factor: 6}
                tools: {web_search: 10, file_search: 2.5}
            """);

    private static Schedule prices(String text) {
        return GatewayFile.parse(
                text, "prices.yaml", section -> new PriceReader(Map.of()).read(section, "prices", MachineCost.NONE));
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String events(String... events) {
        StringBuilder text = new StringBuilder();
        for (String event : events) {
            text.append("data: ").append(json(event)).append("\n\n");
        }
        return text.toString();
    }

    /** A reply of 100 tokens in and 10 out, word by word, of each form, with what it says beside. */
    private static String reply(String kind, String beside, String usage) {
        return switch (kind) {
            case "openai" ->
                json("{'id':'x','model':'m'" + beside
                        + ",'choices':[{'index':0,'message':{'role':'assistant','content':'hi'},'finish_reason':'stop'}],'usage':{'prompt_tokens':100,'completion_tokens':10"
                        + usage + "}}");
            case "openai-stream" ->
                events(
                        "{'id':'x','model':'m','service_tier':'auto','choices':[{'index':0,'delta':{'content':'hi'}}]}",
                        "{'id':'x','model':'m'" + beside
                                + ",'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}",
                        "{'id':'x','model':'m'" + beside
                                + ",'choices':[],'usage':{'prompt_tokens':100,'completion_tokens':10" + usage + "}}",
                        "[DONE]");
            case "responses" ->
                json("{'id':'r','object':'response','status':'completed','model':'m'" + beside
                        + ",'output':[{'type':'message','content':[{'type':'output_text','text':'hi'}]}],'usage':{'input_tokens':100,'output_tokens':10"
                        + usage + "}}");
            case "responses-stream" ->
                events(
                        "{'type':'response.created','response':{'id':'r','model':'m','service_tier':'auto'}}",
                        "{'type':'response.output_text.delta','output_index':0,'delta':'hi'}",
                        "{'type':'response.completed','response':{'id':'r','status':'completed','model':'m'" + beside
                                + ",'usage':{'input_tokens':100,'output_tokens':10" + usage + "}}}");
            case "anthropic" ->
                json(
                        "{'id':'m','type':'message','role':'assistant','model':'c','content':[{'type':'text','text':'hi'}],'stop_reason':'end_turn','usage':{'input_tokens':100,'output_tokens':10"
                                + usage + "}}");
            case "anthropic-stream" ->
                events(
                        "{'type':'message_start','message':{'id':'m','model':'c','usage':{'input_tokens':100,'output_tokens':1"
                                + usage + "}}}",
                        "{'type':'content_block_start','index':0,'content_block':{'type':'text','text':''}}",
                        "{'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'hi'}}",
                        "{'type':'content_block_stop','index':0}",
                        "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':{'output_tokens':10}}",
                        "{'type':'message_stop'}");
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static String request(ClientForm form, String model, boolean stream, String more) {
        String text = form == ClientForm.RESPONSES
                ? "'input':'hello'"
                : "'max_tokens':100,'messages':[{'role':'user','content':'hello'}]";
        return json("{'model':'lab/" + model + "','stream':" + stream + "," + text + more + "}");
    }

    private static UsageEvent served(ClientForm form, String dialect, boolean stream, String more, String reply) {
        try (Scene scene = new Scene(Admission.OPEN, PRICES)) {
            scene.when("a-" + dialect, Script.saying(reply));
            RecordedClient client = scene.ask(form, request(form, dialect, stream, more));
            assertThat(client.status()).as(client.text()).isEqualTo(200);
            assertThat(client.text()).contains("hi");
            UsageEvent event = scene.event();
            assertThat(event.usage()).isEqualTo(Usage.of(100, 10));
            assertThat(event.quality()).isEqualTo(Quality.PROVIDER);
            return event;
        }
    }

    /** The reply's word decides, whatever was asked for; each form of client, also where the reply is translated. */
    @ParameterizedTest
    @CsvSource({
        "CHAT, openai, flex, 70000",
        "CHAT, openai, priority, 280000",
        "CHAT, openai, default, 140000",
        "MESSAGES, openai, flex, 70000",
        "RESPONSES, openai, priority, 280000",
        "RESPONSES, responses, flex, 70000",
        "RESPONSES, responses, Priority, 280000",
        "CHAT, responses, flex, 70000",
        "MESSAGES, anthropic, priority, 280000",
        "MESSAGES, anthropic, standard, 140000",
        "CHAT, anthropic, priority, 280000"
    })
    void theTierOfTheReplyIsCharged(ClientForm form, String dialect, String tier, long nanos) {
        String beside = dialect.equals("anthropic") ? "" : ",'service_tier':'" + tier + "'";
        String usage = dialect.equals("anthropic") ? ",'service_tier':'" + tier + "'" : "";
        for (boolean stream : new boolean[] {false, true}) {
            UsageEvent event = served(
                    form,
                    dialect,
                    stream,
                    ",'service_tier':'auto'",
                    reply(dialect + (stream ? "-stream" : ""), beside, usage));
            assertThat(event.service().tier()).isEqualTo(tier.toLowerCase(Locale.ROOT));
            assertThat(event.costNanos()).isEqualTo(nanos);
            assertThat(event.unpriced()).isEmpty();
        }
    }

    @Test
    void fastModeIsATierOfItsOwn() {
        for (boolean stream : new boolean[] {false, true}) {
            UsageEvent event = served(
                    ClientForm.MESSAGES,
                    "anthropic",
                    stream,
                    ",'speed':'fast'",
                    reply(stream ? "anthropic-stream" : "anthropic", "", ",'service_tier':'standard','speed':'fast'"));
            assertThat(event.service().tier()).isEqualTo("fast");
            assertThat(event.costNanos()).isEqualTo(840_000);
        }
    }

    /** Never free, and never in silence. */
    @Test
    void aTierWithoutAPriceCostsTheUsualOneAndSaysSo() {
        UsageEvent event = served(ClientForm.CHAT, "openai", false, "", reply("openai", ",'service_tier':'scale'", ""));
        assertThat(event.service().tier()).isEqualTo("scale");
        assertThat(event.costNanos()).isEqualTo(140_000);
        assertThat(event.unpriced()).isEqualTo("service_tier");
    }

    /** What is no word is no tier, and no place for texts of strangers. */
    @Test
    void whatIsNoWordIsNoTier() {
        for (String odd : List.of("'x y'", "'" + "a".repeat(33) + "'", "7", "null", "{'a':1}", "''")) {
            UsageEvent event =
                    served(ClientForm.CHAT, "openai", true, "", reply("openai-stream", ",'service_tier':" + odd, ""));
            assertThat(event.service().tier()).as(odd).isIn("", "auto");
            assertThat(event.costNanos()).isEqualTo(140_000);
            assertThat(event.unpriced()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Anthropic tells sums, in several events; OpenRouter tells searches among its calls
                "MESSAGES | anthropic | ,'server_tool_use':{'web_search_requests':3,'web_fetch_requests':0} | 3",
                "CHAT | anthropic | ,'server_tool_use':{'web_search_requests':2} | 2",
                "CHAT | openai | ,'server_tool_use':{'web_search_requests':2,'tool_calls_requested':5,'tool_calls_executed':4} | 2",
                "CHAT | openai | ,'server_tool_use':null | 0",
                "CHAT | openai | ,'server_tool_use':{'web_search_requests':-1} | 0",
                "CHAT | openai | ,'server_tool_use':{'web_search_requests':1e15} | 0",
                "CHAT | openai | ,'server_tool_use':{'web_search_requests':'many'} | 0"
            })
    void toolsOfTheProviderCostByTheUse(ClientForm form, String dialect, String usage, long searches) {
        for (boolean stream : new boolean[] {false, true}) {
            UsageEvent event = served(form, dialect, stream, "", reply(dialect + (stream ? "-stream" : ""), "", usage));
            assertThat(event.service().tools()).isEqualTo(new ToolUses(searches, 0, 0));
            assertThat(event.costNanos()).isEqualTo(140_000 + searches * 10_000_000);
            assertThat(event.unpriced()).isEmpty();
            assertThat(event.toolCalls()).isZero();
        }
    }

    @Test
    void aToolWithoutAPriceIsTold() {
        UsageEvent event = served(
                ClientForm.MESSAGES,
                "anthropic",
                false,
                "",
                reply("anthropic", "", ",'server_tool_use':{'web_search_requests':1,'web_fetch_requests':4}"));
        assertThat(event.service()).isEqualTo(new Service("", new ToolUses(1, 4, 0)));
        assertThat(event.costNanos()).isEqualTo(140_000 + 10_000_000);
        assertThat(event.unpriced()).isEqualTo("web_fetch");
    }

    /** What is charged for by the container or by another model's tokens is told, as nothing is charged for it here. */
    @Test
    void whatIsNotCountedIsTold() {
        String items =
                "{'type':'image_generation_call','id':'i1','status':'completed','result':'aGk='},{'type':'image_generation_call','id':'i2','status':'completed','result':'aGk='},"
                        + "{'type':'code_interpreter_call','id':'c1','status':'completed','container_id':'cntr_1','code':'1'}";
        String failed = "{'type':'image_generation_call','id':'i1','status':'failed'}";
        for (boolean stream : new boolean[] {false, true}) {
            for (String[] each : new String[][] {{items, "code_interpreter,image_generation"}, {failed, ""}}) {
                String done = "{'id':'r','object':'response','status':'completed','model':'m','output':[" + each[0]
                        + ",{'type':'message','content':[{'type':'output_text','text':'hi'}]}],'usage':{'input_tokens':100,'output_tokens':10}}";
                List<String> events = new ArrayList<>();
                events.add("{'type':'response.created','response':{'id':'r','model':'m'}}");
                int index = 0;
                for (String item : each[0].split("(?<=}),(?=\\{'type')")) {
                    events.add("{'type':'response.image_generation_call.partial_image','output_index':" + index
                            + ",'partial_image_b64':'aGk='}");
                    events.add(
                            "{'type':'response.output_item.done','output_index':" + index++ + ",'item':" + item + "}");
                }
                events.add("{'type':'response.output_text.delta','output_index':9,'delta':'hi'}");
                events.add("{'type':'response.completed','response':" + done + "}");
                UsageEvent event = served(
                        ClientForm.RESPONSES,
                        "responses",
                        stream,
                        "",
                        stream ? events(events.toArray(String[]::new)) : json(done));
                assertThat(event.unpriced()).isEqualTo(each[1]);
                assertThat(event.service()).isEqualTo(Service.NONE);
                assertThat(event.costNanos()).isEqualTo(140_000);
            }
        }
    }

    /** Of a response's calls, searches are charged for; opening a page that was found is not, and neither is what failed. */
    @Test
    void callsAmongTheItemsOfAResponseAreCounted() {
        String items =
                "{'type':'web_search_call','id':'w1','status':'completed','action':{'type':'search','query':'q'}},"
                        + "{'type':'web_search_call','id':'w2','status':'completed','action':{'type':'open_page','url':'u'}},"
                        + "{'type':'web_search_call','id':'w3','status':'failed','action':{'type':'search','query':'q'}},"
                        + "{'type':'web_search_call','id':'w4','status':'completed'},"
                        + "{'type':'file_search_call','id':'f1','status':'completed','queries':['q']},"
                        + "{'type':'function_call','call_id':'c','name':'f','arguments':'{}'}";
        String usage = "'usage':{'input_tokens':100,'output_tokens':10}";
        String whole = json("{'id':'r','object':'response','status':'completed','model':'m','output':[" + items
                + ",{'type':'message','content':[{'type':'output_text','text':'hi'}]}]," + usage + "}");
        List<String> events = new ArrayList<>();
        events.add("{'type':'response.created','response':{'id':'r','model':'m'}}");
        int index = 0;
        for (String item : items.split("(?<=}),(?=\\{'type')")) {
            events.add("{'type':'response.output_item.added','output_index':" + index + ",'item':" + item + "}");
            events.add("{'type':'response.output_item.done','output_index':" + index++ + ",'item':" + item + "}");
        }
        events.add("{'type':'response.output_text.delta','output_index':" + index + ",'delta':'hi'}");
        events.add("{'type':'response.completed','response':{'id':'r','status':'completed','model':'m','output':["
                + items + "]," + usage + "}}");
        for (ClientForm form : List.of(ClientForm.RESPONSES, ClientForm.CHAT)) {
            for (boolean stream : new boolean[] {false, true}) {
                UsageEvent event =
                        served(form, "responses", stream, "", stream ? events(events.toArray(String[]::new)) : whole);
                assertThat(event.service().tools()).isEqualTo(new ToolUses(2, 0, 1));
                assertThat(event.costNanos()).isEqualTo(140_000 + 2 * 10_000_000 + 2_500_000);
                assertThat(event.toolCalls()).isEqualTo(1);
            }
        }
    }

    /** What a request may be given is held back: the prompt's tokens at two bytes each and 100 of reply at their tier's price, and tools. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // without a word, the provider's project decides: the dearest with a price
                "CHAT | openai | | 2 | 0",
                "CHAT | openai | ,'service_tier':'auto' | 2 | 0",
                "CHAT | openai | ,'service_tier':'priority' | 2 | 0",
                "CHAT | openai | ,'service_tier':'fast' | 6 | 0",
                "CHAT | openai | ,'service_tier':'default' | 1 | 0",
                "CHAT | openai | ,'service_tier':'flex' | 1 | 0",
                // not told to the endpoint, as it has no price: the project decides
                "CHAT | openai | ,'service_tier':'ultrafast' | 2 | 0",
                "CHAT | anthropic | ,'service_tier':'default' | 1 | 0",
                "CHAT | anthropic | ,'service_tier':'flex' | 2 | 0",
                "CHAT | anthropic | ,'service_tier':'auto' | 2 | 0",
                "CHAT | responses | ,'service_tier':'priority' | 2 | 0",
                "CHAT | responses | ,'service_tier':'default' | 1 | 0",
                "CHAT | ollama | ,'service_tier':'default' | 2 | 0",
                "MESSAGES | openai | ,'service_tier':'standard_only' | 1 | 0",
                "MESSAGES | responses | ,'service_tier':'auto' | 2 | 0",
                "MESSAGES | anthropic | ,'service_tier':'standard_only' | 1 | 0",
                "MESSAGES | anthropic | ,'service_tier':'standard_only','speed':'fast' | 6 | 0",
                "MESSAGES | anthropic | ,'tools':[{'type':'web_search_20250305','name':'web_search','max_uses':3}] | 2 | 3",
                "MESSAGES | anthropic | ,'tools':[{'type':'web_search_20250305','name':'web_search'}] | 2 | 10",
                "RESPONSES | responses | ,'tools':[{'type':'web_search'}],'max_tool_calls':4,'max_output_tokens':100 | 2 | 4",
                "CHAT | openai | ,'plugins':[{'id':'web','max_results':3}] | 2 | 1",
                "CHAT | openai | ,'tools':[{'type':'function','function':{'name':'web_search'}}] | 2 | 0"
            })
    void whatMayBeChargedIsHeldBack(ClientForm form, String dialect, String more, int factor, long searches) {
        List<Long> held = new ArrayList<>();
        Admission purse = (caller, at, tokens, nanos) -> {
            held.add(nanos);
            return (Admission.Admitted) (used, cost) -> {};
        };
        try (Scene scene = new Scene(purse, PRICES)) {
            String extra = more == null ? "" : more;
            scene.ask(form, request(form, dialect, false, extra));
            ClientRequest request = Scene.request(form, request(form, dialect, false, extra));
            long prompt = Estimates.prompt(request).mostTokens();
            assertThat(held).containsExactly(factor * (prompt * 1_000 + 100 * 4_000) + searches * 10_000_000L);
        }
    }

    @Test
    void aTierGoesOnWhereItsPriceIsKnown() {
        for (String[] each : new String[][] {
            {"flex", "yes"},
            {"priority", "yes"},
            {"fast", "yes"},
            {"default", "yes"},
            {"auto", "yes"},
            {"ultrafast", "no"}
        }) {
            try (Scene scene = new Scene(Admission.OPEN, PRICES)) {
                RecordedClient client = scene.ask(
                        ClientForm.CHAT,
                        request(ClientForm.CHAT, "openai", false, ",'service_tier':'" + each[0] + "'"));
                assertThat(scene.mock.served().getFirst().body().contains("service_tier"))
                        .as(each[0])
                        .isEqualTo(each[1].equals("yes"));
                assertThat(client.headers().getOrDefault("X-Jerboa-Warning", "").contains("service_tier"))
                        .isEqualTo(each[1].equals("no"));
            }
        }
    }

    /** Two attempts of 400 ms that brought nothing: nobody is charged for them, and what they may have cost is told. */
    /** What a client asks for is asked of endpoints of other dialects in their words, and what they say in the client's. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "CHAT | responses | flex | flex | 'service_tier':'flex' | \"service_tier\": \"flex\"",
                "CHAT | anthropic | default | standard_only | 'service_tier':'standard' | \"service_tier\": \"default\"",
                "CHAT | anthropic | auto | auto | 'service_tier':'priority' | \"service_tier\": \"priority\"",
                "CHAT | anthropic | flex | | 'service_tier':'standard' | \"service_tier\": \"default\"",
                "RESPONSES | openai | priority | priority | 'service_tier':'priority' | \"service_tier\": \"priority\"",
                "RESPONSES | anthropic | default | standard_only | 'service_tier':'standard' | \"service_tier\": \"default\"",
                "MESSAGES | openai | standard_only | default | 'service_tier':'default' | \"service_tier\": \"standard\"",
                "MESSAGES | responses | auto | auto | 'service_tier':'priority' | \"service_tier\": \"priority\"",
                "MESSAGES | responses | auto | auto | 'service_tier':'flex' | ",
                "CHAT | responses | scale | | 'service_tier':'default' | \"service_tier\": \"default\""
            })
    void tiersAreTranslated(ClientForm form, String dialect, String asked, String told, String served, String heard) {
        for (boolean stream : new boolean[] {false, true}) {
            try (Scene scene = new Scene(Admission.OPEN, PRICES)) {
                boolean inUsage = dialect.equals("anthropic");
                String kind = dialect + (stream ? "-stream" : "");
                scene.when(
                        "a-" + dialect,
                        Script.saying(reply(kind, inUsage ? "" : "," + served, inUsage ? "," + served : "")));
                String more = ",'service_tier':'" + asked + "'"
                        + (form == ClientForm.CHAT ? ",'stream_options':{'include_usage':true}" : "");
                RecordedClient client = scene.ask(form, request(form, dialect, stream, more));
                String sent = scene.mock.served().getFirst().body();
                if (told == null) {
                    assertThat(sent).doesNotContain("service_tier");
                    assertThat(client.headers().get("X-Jerboa-Warning")).contains("service_tier: was left out");
                } else {
                    assertThat(sent).contains("\"service_tier\": \"" + told + "\"");
                    assertThat(client.headers()).doesNotContainKey("X-Jerboa-Warning");
                }
                if (heard == null) {
                    assertThat(client.text()).doesNotContain("service_tier");
                } else {
                    assertThat(client.text()).contains(heard);
                }
            }
        }
    }

    @Test
    void attemptsThatBroughtNothingMayHaveCostSomething() {
        try (Scene scene = new Scene(Admission.OPEN, PRICES)) {
            scene.when("a-openai", Script.answer().withStall(Script.Stall.BEFORE_FIRST, 5_000));
            scene.ask(ClientForm.CHAT, request(ClientForm.CHAT, "openai", true, ",'service_tier':'flex'"));
            UsageEvent event = scene.event();
            assertThat(event.provider()).isEqualTo("b-openai");
            assertThat(event.costNanos()).isEqualTo(10 * 1_000 + 8 * 4_000);
            long most = event.attempts().getFirst().possibleCostNanos();
            assertThat(most).isGreaterThan(400_000).isLessThan(500_000); // 100 tokens of reply, and the prompt
            assertThat(event.attempts()).extracting(Attempt::possibleCostNanos).containsExactly(most, most, 0L);
            assertThat(event.possibleCostNanos()).isEqualTo(2 * most);
        }
    }

    @ParameterizedTest
    @CsvSource({"not json at all, 1", "{\"choices\": []}, 1", "'', 0"})
    void aReplyThatIsNoneMayHaveCostSomething(String body, int costs) {
        try (Scene scene = new Scene(Admission.OPEN, PRICES)) {
            Script first = body.isEmpty() ? Script.refusal(500, "out of order") : Script.saying(body);
            scene.when("a-openai", first);
            scene.ask(ClientForm.CHAT, request(ClientForm.CHAT, "openai", false, ""));
            UsageEvent event = scene.event();
            assertThat(event.provider()).isEqualTo("b-openai");
            assertThat(event.attempts().getFirst().possibleCostNanos() > 0).isEqualTo(costs == 1);
            assertThat(event.attempts().getLast().possibleCostNanos()).isZero();
        }
    }

    @Test
    void whereNobodyAnswersNothingIsChargedAndAllIsTold() {
        try (Scene scene = new Scene(Admission.OPEN, PRICES)) {
            scene.when("a-openai", Script.answer().withStall(Script.Stall.BEFORE_HEAD, 5_000));
            scene.when("b-openai", Script.refusal(500, "out of order"));
            scene.ask(ClientForm.CHAT, request(ClientForm.CHAT, "openai", true, ""));
            UsageEvent event = scene.event();
            assertThat(event.endpoint()).isEmpty();
            assertThat(event.costNanos()).isZero();
            assertThat(event.possibleCostNanos()).isPositive();
            assertThat(event.attempts().getLast().possibleCostNanos()).isZero();
        }
    }
}
