package dev.jerboa.gateway.relay;

import static dev.jerboa.gateway.relay.ServiceReplies.PRICES;
import static dev.jerboa.gateway.relay.ServiceReplies.reply;
import static dev.jerboa.gateway.relay.ServiceReplies.request;
import static dev.jerboa.gateway.relay.ServiceReplies.served;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.upstream.Estimates;
import dev.jerboa.testkit.upstream.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What providers charge for beside tokens: service tiers, and attempts that brought nothing. */
@Timeout(60)
class ServiceTest {
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
            assertThat(event.used().service().tier()).isEqualTo(tier.toLowerCase(Locale.ROOT));
            assertThat(event.cost().nanos()).isEqualTo(nanos);
            assertThat(event.cost().unpriced()).isEmpty();
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
            assertThat(event.used().service().tier()).isEqualTo("fast");
            assertThat(event.cost().nanos()).isEqualTo(840_000);
        }
    }

    /** Never free, and never in silence. */
    @Test
    void aTierWithoutAPriceCostsTheUsualOneAndSaysSo() {
        UsageEvent event = served(ClientForm.CHAT, "openai", false, "", reply("openai", ",'service_tier':'scale'", ""));
        assertThat(event.used().service().tier()).isEqualTo("scale");
        assertThat(event.cost().nanos()).isEqualTo(140_000);
        assertThat(event.cost().unpriced()).isEqualTo("service_tier");
    }

    /** What is no word is no tier, and no place for texts of strangers. */
    @Test
    void whatIsNoWordIsNoTier() {
        for (String odd : List.of("'x y'", "'" + "a".repeat(33) + "'", "7", "null", "{'a':1}", "''")) {
            UsageEvent event =
                    served(ClientForm.CHAT, "openai", true, "", reply("openai-stream", ",'service_tier':" + odd, ""));
            assertThat(event.used().service().tier()).as(odd).isIn("", "auto");
            assertThat(event.cost().nanos()).isEqualTo(140_000);
            assertThat(event.cost().unpriced()).isEmpty();
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

    /** Two attempts of 400 ms that brought nothing: nobody is charged for them, and what they may have cost is told. */
    @Test
    void attemptsThatBroughtNothingMayHaveCostSomething() {
        try (Scene scene = new Scene(Admission.OPEN, PRICES)) {
            scene.when("a-openai", Script.answer().withStall(Script.Stall.BEFORE_FIRST, 5_000));
            scene.ask(ClientForm.CHAT, request(ClientForm.CHAT, "openai", true, ",'service_tier':'flex'"));
            UsageEvent event = scene.event();
            assertThat(event.offer().provider()).isEqualTo("b-openai");
            assertThat(event.cost().nanos()).isEqualTo(10 * 1_000 + 8 * 4_000);
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
            assertThat(event.offer().provider()).isEqualTo("b-openai");
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
            assertThat(event.offer().endpoint()).isEmpty();
            assertThat(event.cost().nanos()).isZero();
            assertThat(event.possibleCostNanos()).isPositive();
            assertThat(event.attempts().getLast().possibleCostNanos()).isZero();
        }
    }
}
