package dev.jerboa.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.model.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What is held back for a prompt is not less because the client writes it in an odd way. */
class EstimatesTest {
    private static final String LONG = "x".repeat(40_000);

    private static ClientRequest request(ClientForm form, String body) {
        String json = body.replace('\'', '"').replace("LONG", LONG);
        return new ClientRequest(
                form, json.getBytes(StandardCharsets.UTF_8), Json.asObject(Json.parse(json, "body"), "body"));
    }

    private static long most(ClientForm form, String body) {
        return Estimates.prompt(request(form, body)).mostTokens();
    }

    @Test
    void allThatModelsReadCounts() {
        for (String content : new String[] {
            "'LONG'", "'data:LONG'", "[{'type':'text','text':'data:LONG'}]", "[{'type':'text','text':'LONG','data':1}]"
        }) {
            assertThat(most(ClientForm.CHAT, "{'messages':[{'role':'user','content':" + content + "}]}"))
                    .as(content.substring(0, Math.min(40, content.length())))
                    .isBetween(20_000L, 20_100L);
        }
        assertThat(
                        most(
                                ClientForm.MESSAGES,
                                "{'messages':[{'role':'user','content':[{'type':'document','source':{'type':'text','media_type':'text/plain','data':'LONG'}}]}]}"))
                .isGreaterThan(20_000);
        assertThat(
                        most(
                                ClientForm.CHAT,
                                "{'messages':[],'tools':[{'type':'function','function':{'name':'f','parameters':{'properties':{'LONG':{}}}}}]}"))
                .isGreaterThan(20_000);
        assertThat(
                        most(
                                ClientForm.CHAT,
                                "{'messages':[],'response_format':{'type':'json_schema','json_schema':{'schema':{'properties':{'a':{'description':'LONG'}}}}}}"))
                .isGreaterThan(20_000);
        assertThat(most(ClientForm.COMPLETIONS, "{'prompt':[" + "7,".repeat(9_999) + "7]}"))
                .isGreaterThanOrEqualTo(10_000);
    }

    @Test
    void dataAreNotText() {
        for (String part : new String[] {
            "{'type':'image_url','image_url':{'url':'data:image/png;base64,LONG'}}",
            "{'type':'image_url','image_url':'data:image/png;base64,LONG'}",
            "{'type':'input_audio','input_audio':{'data':'LONG','format':'wav'}}",
            "{'type':'file','file':{'filename':'a.pdf','file_data':'LONG'}}"
        }) {
            ClientRequest request = request(ClientForm.CHAT, "{'messages':[{'role':'user','content':[" + part + "]}]}");
            assertThat(Estimates.promptTokens(request)).isBetween(1_600L, 1_700L);
            assertThat(Estimates.prompt(request).textBytes()).isLessThan(100);
        }
        assertThat(Estimates.promptTokens(request(ClientForm.OLLAMA_GENERATE, "{'prompt':'hi','images':['LONG']}")))
                .isEqualTo(1_601);
    }

    @Test
    void namesOfMembersAreNoTextOfTheClients() {
        assertThat(Estimates.prompt(
                                request(
                                        ClientForm.CHAT,
                                        "{'messages':[{'role':'user','content':'four'}],'tools':[{'type':'function','function':{'name':'look'}}]}"))
                        .textBytes())
                .isEqualTo(8);
    }
}
