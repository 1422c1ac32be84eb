package dev.jerboa.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.GatewayFile;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.PriceReader;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.testkit.upstream.Script;
import java.util.Map;

/** Replies of every dialect that say what their provider did beside, and the events that come of them. */
final class ServiceReplies {
    /** A million times what a token costs is in dollars: input 1, output 4. */
    static final Schedule PRICES = prices("""
            prices:
              - input: 1
                output: 4
                service_tiers:
                  flex: {factor: 0.5}
                  priority: {input: 2, output: 8}
                  fast: {factor: 6}
                tools: {web_search: 10, file_search: 2.5}
            """);

    private ServiceReplies() {}

    private static Schedule prices(String text) {
        return GatewayFile.parse(
                text, "prices.yaml", section -> new PriceReader(Map.of()).read(section, "prices", MachineCost.NONE));
    }

    static String json(String text) {
        return text.replace('\'', '"');
    }

    static String events(String... events) {
        StringBuilder text = new StringBuilder();
        for (String event : events) {
            text.append("data: ").append(json(event)).append("\n\n");
        }
        return text.toString();
    }

    /** A reply of 100 tokens in and 10 out, word by word, of each form, with what it says beside. */
    static String reply(String kind, String beside, String usage) {
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

    static String request(ClientForm form, String model, boolean stream, String more) {
        String text = form == ClientForm.RESPONSES
                ? "'input':'hello'"
                : "'max_tokens':100,'messages':[{'role':'user','content':'hello'}]";
        return json("{'model':'lab/" + model + "','stream':" + stream + "," + text + more + "}");
    }

    static UsageEvent served(ClientForm form, String dialect, boolean stream, String more, String reply) {
        try (Scene scene = new Scene(Admission.OPEN, PRICES)) {
            scene.when("a-" + dialect, Script.saying(reply));
            RecordedClient client = scene.ask(form, request(form, dialect, stream, more));
            assertThat(client.status()).as(client.text()).isEqualTo(200);
            assertThat(client.text()).contains("hi");
            UsageEvent event = scene.event();
            assertThat(event.used().tokens()).isEqualTo(Usage.of(100, 10));
            assertThat(event.used().quality()).isEqualTo(Quality.PROVIDER);
            return event;
        }
    }
}
