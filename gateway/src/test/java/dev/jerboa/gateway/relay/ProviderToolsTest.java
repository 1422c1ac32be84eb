package dev.jerboa.gateway.relay;

import static dev.jerboa.gateway.relay.ServiceReplies.events;
import static dev.jerboa.gateway.relay.ServiceReplies.json;
import static dev.jerboa.gateway.relay.ServiceReplies.reply;
import static dev.jerboa.gateway.relay.ServiceReplies.served;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Uses of a provider's own tools, as replies tell them, and what they cost. */
@Timeout(60)
class ProviderToolsTest {
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
            assertThat(event.used().service().tools()).isEqualTo(new ToolUses(searches, 0, 0));
            assertThat(event.cost().nanos()).isEqualTo(140_000 + searches * 10_000_000);
            assertThat(event.cost().unpriced()).isEmpty();
            assertThat(event.reply().toolCalls()).isZero();
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
        assertThat(event.used().service()).isEqualTo(new Service("", new ToolUses(1, 4, 0)));
        assertThat(event.cost().nanos()).isEqualTo(140_000 + 10_000_000);
        assertThat(event.cost().unpriced()).isEqualTo("web_fetch");
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
                assertThat(event.cost().unpriced()).isEqualTo(each[1]);
                assertThat(event.used().service()).isEqualTo(Service.NONE);
                assertThat(event.cost().nanos()).isEqualTo(140_000);
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
                assertThat(event.used().service().tools()).isEqualTo(new ToolUses(2, 0, 1));
                assertThat(event.cost().nanos()).isEqualTo(140_000 + 2 * 10_000_000 + 2_500_000);
                assertThat(event.reply().toolCalls()).isEqualTo(1);
            }
        }
    }
}
