package dev.jerboa.gateway.dialect.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.EndpointRequest;
import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.UntranslatableException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Particular requests in the words of the other dialects: goldens, and what cannot be said. */
class RequestsTest {
    private static final String HI = "'messages':[{'role':'user','content':'hi'}]";

    private static Map<String, @Nullable Object> withParameters(
            ClientForm from, WireDialect to, String text, String... parameters) {
        return Talk.object(Talk.translation(from, to)
                .request(Talk.request(from, text), new RequestOptions("up", 8192, Set.of(parameters)))
                .body());
    }

    private static String sent(ClientForm from, WireDialect to, String text, String field) {
        return String.valueOf(Talk.sent(from, to, text).get(field));
    }

    @Test
    void chatToAnthropic() {
        EndpointRequest sent = Talk.send(ClientForm.CHAT, WireDialect.ANTHROPIC, """
                {'model':'x','temperature':1.5,'stop':['a','b'],'user':'u1','seed':5,'stream':true,'parallel_tool_calls':false,
                 'messages':[
                  {'role':'system','content':'Be brief.'},
                  {'role':'user','content':[{'type':'text','text':'Look','cache_control':{'type':'ephemeral'}},{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}},{'type':'image_url','image_url':{'url':'https://x/y.png'}}]},
                  {'role':'assistant','content':null,'tool_calls':[{'id':'functions.look:0','type':'function','function':{'name':'look','arguments':'{\\\"q\\\":1}'}}]},
                  {'role':'tool','tool_call_id':'functions.look:0','content':'found'},
                  {'role':'developer','content':'Later.'},
                  {'role':'user','content':'and?'}],
                 'tools':[{'type':'function','function':{'name':'look','description':'Looks.','parameters':{'type':'object'},'strict':true}}],
                 'tool_choice':'required'}""");
        assertThat(sent.path()).isEqualTo("/v1/messages");
        assertThat(Talk.object(sent.body())).isEqualTo(Talk.object("""
                        {'model':'up/model','max_tokens':4096,
                         'system':[{'type':'text','text':'Be brief.'},{'type':'text','text':'Later.'}],
                         'messages':[
                          {'role':'user','content':[{'type':'text','text':'Look','cache_control':{'type':'ephemeral'}},{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AAAA'}},{'type':'image','source':{'type':'url','url':'https://x/y.png'}}]},
                          {'role':'assistant','content':[{'type':'tool_use','id':'functions_look_0','name':'look','input':{'q':1}}]},
                          {'role':'user','content':[{'type':'tool_result','tool_use_id':'functions_look_0','content':[{'type':'text','text':'found'}]},{'type':'text','text':'and?'}]}],
                         'tools':[{'name':'look','description':'Looks.','input_schema':{'type':'object'},'strict':true}],
                         'tool_choice':{'type':'any','disable_parallel_tool_use':true},
                         'temperature':1,'stop_sequences':['a','b'],'metadata':{'user_id':'u1'},'stream':true}"""));
        assertThat(sent.warnings()).hasSize(3);
        assertThat(String.join("\n", sent.warnings()))
                .contains("temperature: was lowered to 1", "seed: was left out", "messages: instructions within");
    }

    @Test
    void anthropicToChat() {
        EndpointRequest sent = Talk.send(ClientForm.MESSAGES, WireDialect.OPENAI, """
                {'model':'x','max_tokens':100,'stop_sequences':['z'],'metadata':{'user_id':'u1'},'service_tier':'auto',
                 'system':[{'type':'text','text':'A','cache_control':{'type':'ephemeral'}},{'type':'text','text':'B'}],
                 'messages':[
                  {'role':'user','content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AAAA'}},{'type':'text','text':'see'}]},
                  {'role':'assistant','content':[{'type':'thinking','thinking':'hm','signature':'S'},{'type':'text','text':'ok'},{'type':'tool_use','id':'toolu_1','name':'look','input':{'q':1}}]},
                  {'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_1','content':[{'type':'text','text':'found'}],'is_error':true},{'type':'text','text':'note'}]}],
                 'tools':[{'name':'look','input_schema':{'type':'object'}}],
                 'tool_choice':{'type':'tool','name':'look','disable_parallel_tool_use':true},
                 'output_config':{'format':{'type':'json_schema','schema':{'type':'object'}}}}""");
        assertThat(Talk.object(sent.body())).isEqualTo(Talk.object("""
                        {'model':'up/model',
                         'messages':[
                          {'role':'system','content':[{'type':'text','text':'A'},{'type':'text','text':'B'}]},
                          {'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}},{'type':'text','text':'see'}]},
                          {'role':'assistant','content':'ok','reasoning_content':'hm','tool_calls':[{'id':'toolu_1','type':'function','function':{'name':'look','arguments':'{\\\"q\\\": 1}'}}]},
                          {'role':'tool','tool_call_id':'toolu_1','content':'found'},
                          {'role':'user','content':'note'}],
                         'tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'}}}],
                         'tool_choice':{'type':'function','function':{'name':'look'}},
                         'parallel_tool_calls':false,
                         'response_format':{'type':'json_schema','json_schema':{'name':'answer','schema':{'type':'object'},'strict':true}},
                         'max_tokens':100,'stop':['z'],'user':'u1'}"""));
        assertThat(String.join("\n", sent.warnings())).contains("cache_control", "is_error", "service_tier");
    }

    @Test
    void responsesToChat() {
        assertThat(Talk.sent(ClientForm.RESPONSES, WireDialect.OPENAI, """
                        {'model':'x','instructions':'Be brief.','max_output_tokens':50,'reasoning':{'effort':'high','summary':'auto'},
                         'text':{'format':{'type':'json_schema','name':'a','schema':{'type':'object'},'strict':true},'verbosity':'low'},
                         'input':[
                          {'role':'developer','content':'D'},
                          {'type':'message','role':'user','content':[{'type':'input_text','text':'hi'},{'type':'input_image','image_url':'https://x/y','detail':'low'}]},
                          {'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'hm'}],'encrypted_content':'E'},
                          {'type':'function_call','call_id':'c1','name':'look','arguments':'{}'},
                          {'type':'function_call','call_id':'c2','name':'go','arguments':'{}'},
                          {'type':'function_call_output','call_id':'c1','output':'1'},
                          {'type':'function_call_output','call_id':'c2','output':[{'type':'input_text','text':'2'}]}],
                         'tools':[{'type':'function','name':'look','parameters':{'type':'object'},'strict':false}],
                         'tool_choice':{'type':'function','name':'look'},'store':false,'include':['reasoning.encrypted_content']}""")).isEqualTo(Talk.object("""
                        {'model':'up/model',
                         'messages':[
                          {'role':'system','content':'Be brief.'},
                          {'role':'system','content':'D'},
                          {'role':'user','content':[{'type':'text','text':'hi'},{'type':'image_url','image_url':{'url':'https://x/y','detail':'low'}}]},
                          {'role':'assistant','content':null,'reasoning_content':'hm','tool_calls':[{'id':'c1','type':'function','function':{'name':'look','arguments':'{}'}},{'id':'c2','type':'function','function':{'name':'go','arguments':'{}'}}]},
                          {'role':'tool','tool_call_id':'c1','content':'1'},
                          {'role':'tool','tool_call_id':'c2','content':'2'}],
                         'tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'},'strict':false}}],
                         'tool_choice':{'type':'function','function':{'name':'look'}},
                         'response_format':{'type':'json_schema','json_schema':{'name':'a','schema':{'type':'object'},'strict':true}},
                         'reasoning_effort':'high','max_tokens':50,'verbosity':'low'}"""));
    }

    @Test
    void chatToResponses() {
        EndpointRequest sent = Talk.send(ClientForm.CHAT, WireDialect.RESPONSES, """
                {'model':'x','max_completion_tokens':50,'reasoning_effort':'low','stream':true,'top_p':0.5,
                 'messages':[
                  {'role':'system','content':'S'},
                  {'role':'user','content':[{'type':'text','text':'hi'},{'type':'file','file':{'filename':'a.pdf','file_data':'data:application/pdf;base64,AA'}}]},
                  {'role':'assistant','content':'t','tool_calls':[{'id':'c1','type':'function','function':{'name':'look','arguments':'{}'}}]},
                  {'role':'tool','tool_call_id':'c1','content':'1'}],
                 'tools':[{'type':'function','function':{'name':'look'}}],'response_format':{'type':'json_object'}}""");
        assertThat(sent.path()).isEqualTo("/v1/responses");
        assertThat(Talk.object(sent.body())).isEqualTo(Talk.object("""
                        {'model':'up/model',
                         'input':[
                          {'type':'message','role':'system','content':[{'type':'input_text','text':'S'}]},
                          {'type':'message','role':'user','content':[{'type':'input_text','text':'hi'},{'type':'input_file','filename':'a.pdf','file_data':'data:application/pdf;base64,AA'}]},
                          {'type':'message','role':'assistant','content':[{'type':'output_text','text':'t','annotations':[]}]},
                          {'type':'function_call','call_id':'c1','name':'look','arguments':'{}'},
                          {'type':'function_call_output','call_id':'c1','output':'1'}],
                         'tools':[{'type':'function','name':'look','parameters':{'type':'object','properties':{}},'strict':false}],
                         'text':{'format':{'type':'json_object'}},
                         'include':['reasoning.encrypted_content'],'reasoning':{'effort':'low','summary':'auto'},
                         'max_output_tokens':50,'top_p':0.5,'store':false,'stream':true}"""));
    }

    @Test
    void chatToOllama() {
        EndpointRequest sent = Talk.send(ClientForm.CHAT, WireDialect.OLLAMA, """
                {'model':'x','max_tokens':50,'seed':1,'repetition_penalty':1.1,'min_p':0.1,'stop':'z','reasoning':{'effort':'xhigh'},
                 'messages':[
                  {'role':'user','content':[{'type':'text','text':'hi'},{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}]},
                  {'role':'assistant','content':'t','reasoning':'hm','tool_calls':[{'id':'c1','type':'function','function':{'name':'look','arguments':'{\\\"q\\\":1}'}}]},
                  {'role':'tool','tool_call_id':'c1','content':'1'}],
                 'tools':[{'type':'function','function':{'name':'look','description':'L','parameters':{'type':'object'}}}],
                 'response_format':{'type':'json_schema','json_schema':{'name':'a','schema':{'type':'object'}}}}""");
        assertThat(sent.path()).isEqualTo("/api/chat");
        assertThat(Talk.object(sent.body())).isEqualTo(Talk.object("""
                        {'model':'up/model',
                         'messages':[
                          {'role':'user','content':'hi','images':['AAAA']},
                          {'role':'assistant','content':'t','thinking':'hm','tool_calls':[{'id':'c1','function':{'name':'look','arguments':{'q':1}}}]},
                          {'role':'tool','content':'1','tool_name':'look','tool_call_id':'c1'}],
                         'tools':[{'type':'function','function':{'name':'look','description':'L','parameters':{'type':'object'}}}],
                         'format':{'type':'object'},'think':'high',
                         'options':{'num_predict':50,'min_p':0.1,'seed':1,'stop':['z'],'repeat_penalty':1.1},
                         'stream':false}"""));
        assertThat(sent.warnings()).isEmpty();
    }

    @Test
    void ollamaToChat() {
        EndpointRequest sent = Talk.send(ClientForm.OLLAMA_CHAT, WireDialect.OPENAI, """
                {'model':'x','think':true,'format':'json','keep_alive':'5m','options':{'num_predict':9,'num_ctx':4096,'temperature':0,'mirostat':1},
                 'messages':[
                  {'role':'user','content':'hi','images':['iVBORw0K']},
                  {'role':'assistant','content':'','tool_calls':[{'function':{'name':'look','arguments':{'q':1}}},{'function':{'name':'go','arguments':{}}}]},
                  {'role':'tool','tool_name':'go','content':'2'},
                  {'role':'tool','content':'1'}]}""");
        assertThat(Talk.object(sent.body())).isEqualTo(Talk.object("""
                        {'model':'up/model',
                         'messages':[
                          {'role':'user','content':[{'type':'text','text':'hi'},{'type':'image_url','image_url':{'url':'data:image/png;base64,iVBORw0K'}}]},
                          {'role':'assistant','content':null,'tool_calls':[{'id':'call_0','type':'function','function':{'name':'look','arguments':'{\\\"q\\\": 1}'}},{'id':'call_1','type':'function','function':{'name':'go','arguments':'{}'}}]},
                          {'role':'tool','tool_call_id':'call_1','content':'2'},
                          {'role':'tool','tool_call_id':'call_0','content':'1'}],
                         'response_format':{'type':'json_object'},'reasoning_effort':'medium',
                         'max_tokens':9,'temperature':0,'stream':true,'stream_options':{'include_usage':true}}"""));
        assertThat(sent.warnings()).singleElement().asString().startsWith("options.mirostat:");
    }

    @Test
    void aPromptOfOllamaIsAChat() {
        assertThat(Talk.sent(
                        ClientForm.OLLAMA_GENERATE,
                        WireDialect.ANTHROPIC,
                        "{'model':'x','prompt':'hi','system':'S','stream':false}"))
                .isEqualTo(
                        Talk.object(
                                "{'model':'up/model','max_tokens':4096,'system':[{'type':'text','text':'S'}],'messages':[{'role':'user','content':[{'type':'text','text':'hi'}]}]}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "CHAT | ANTHROPIC | 'n':2 | n",
                "CHAT | RESPONSES | 'n':2 | n",
                "CHAT | OLLAMA | 'n':2 | n",
                "CHAT | ANTHROPIC | 'logprobs':true | logprobs",
                "CHAT | RESPONSES | 'top_logprobs':3 | top_logprobs",
                "CHAT | OLLAMA | 'logprobs':true | logprobs",
                "CHAT | RESPONSES | 'stop':'x' | stop",
                "MESSAGES | RESPONSES | 'stop_sequences':['x'] | stop_sequences",
                "CHAT | ANTHROPIC | 'response_format':{'type':'json_object'} | response_format",
                "CHAT | OLLAMA | 'tool_choice':'required' | tool_choice",
                "MESSAGES | OLLAMA | 'tool_choice':{'type':'tool','name':'x'} | tool_choice",
                "CHAT | ANTHROPIC | 'functions':[{}] | functions",
                "CHAT | ANTHROPIC | 'tools':[{'type':'web_search'}] | tools[0].type",
                "MESSAGES | OPENAI | 'tools':[{'type':'bash_20250124','name':'bash'}] | tools[0].type",
                "MESSAGES | OPENAI | 'mcp_servers':[{}] | mcp_servers",
                "RESPONSES | OPENAI | 'input':'x','previous_response_id':'r' | previous_response_id",
                "RESPONSES | OPENAI | 'input':[{'type':'item_reference','id':'r'}] | input[0].type",
                "RESPONSES | ANTHROPIC | 'input':'x','include':['message.output_text.logprobs'] | include",
                "RESPONSES | OPENAI | 'input':'x','tools':[{'type':'custom','name':'x'}] | tools[0].type",
                "OLLAMA_GENERATE | OPENAI | 'prompt':'x','suffix':'y' | suffix",
                "OLLAMA_GENERATE | OPENAI | 'prompt':'x','raw':true | raw",
                "OLLAMA_CHAT | OPENAI | 'logprobs':true | logprobs",
                "CHAT | OLLAMA | 'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'https://x'}}]}] | messages",
                "MESSAGES | OPENAI | 'messages':[{'role':'user','content':[{'type':'document','source':{'type':'url','url':'https://x'}}]}] | messages",
                "CHAT | ANTHROPIC | 'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'A','format':'wav'}}]}] | messages",
                "CHAT | ANTHROPIC | 'messages':[{'role':'user','content':[{'type':'file','file':{'file_id':'f'}}]}] | messages",
                "CHAT | ANTHROPIC | 'messages':[{'role':'user','content':[{'type':'video_url'}]}] | messages[0].content[0].type",
                "EMBEDDINGS | OLLAMA | 'input':[1,2] | input"
            })
    void whatWouldChangeTheMeaningIsRefusedByName(ClientForm from, WireDialect to, String fields, String field) {
        boolean talks = from == ClientForm.CHAT || from == ClientForm.MESSAGES || from == ClientForm.OLLAMA_CHAT;
        String start = talks && !fields.contains("messages'") ? HI + "," : "";
        assertThatThrownBy(() -> Talk.send(from, to, "{'model':'x'," + start + fields + "}"))
                .isInstanceOfSatisfying(
                        UntranslatableException.class,
                        e -> assertThat(e.field()).isEqualTo(field));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "CHAT | ANTHROPIC | 'messages':[] | messages",
                "CHAT | ANTHROPIC | 'messages':'x' | messages",
                "CHAT | ANTHROPIC | 'messages':[{'role':'robot','content':'x'}] | messages[0].role",
                "CHAT | ANTHROPIC | 'messages':[{'role':'user','content':7}] | messages[0].content",
                "CHAT | ANTHROPIC | 'messages':[{'role':'user','content':'x'}],'max_tokens':'y' | max_tokens",
                "CHAT | ANTHROPIC | 'messages':[{'role':'user','content':'x'}],'max_tokens':1.5 | max_tokens",
                "CHAT | ANTHROPIC | 'messages':[{'role':'user','content':'x'}],'tool_choice':'x' | tool_choice",
                "RESPONSES | OPENAI | 'input':[] | input",
                "MESSAGES | OPENAI | 'messages':[{'role':'user','content':[{'type':'image'}]}] | messages[0].content[0].source",
                "OLLAMA_CHAT | OPENAI | 'messages':[{'role':'user','content':'x'}],'format':7 | format",
                "OLLAMA_GENERATE | OPENAI | 'prompt':'' | prompt",
                "EMBEDDINGS | OLLAMA | 'x':1 | input"
            })
    void whatIsNoRequestIsMalformed(ClientForm from, WireDialect to, String fields, String field) {
        assertThatThrownBy(() -> Talk.send(from, to, "{'model':'x'," + fields + "}"))
                .isInstanceOfSatisfying(
                        MalformedRequestException.class,
                        e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void completionsAndEmbeddingsGoWhereTheyCan() {
        assertThat(Translation.of(ClientForm.COMPLETIONS, WireDialect.OPENAI)).isPresent();
        assertThat(Translation.of(ClientForm.COMPLETIONS, WireDialect.LOCAL)).isPresent();
        for (WireDialect other : List.of(WireDialect.ANTHROPIC, WireDialect.RESPONSES, WireDialect.OLLAMA)) {
            assertThat(Translation.of(ClientForm.COMPLETIONS, other)).isEmpty();
            assertThat(Translation.refusal(ClientForm.COMPLETIONS, other)).contains(other.text());
        }
        assertThat(Translation.of(ClientForm.EMBEDDINGS, WireDialect.ANTHROPIC)).isEmpty();
        assertThat(Translation.of(ClientForm.EMBEDDINGS, WireDialect.OLLAMA)).isPresent();
        assertThat(Translation.of(ClientForm.OLLAMA_EMBED, WireDialect.OPENAI)).isPresent();
        assertThat(Talk.send(
                                ClientForm.EMBEDDINGS,
                                WireDialect.OLLAMA,
                                "{'model':'x','input':['a','b'],'dimensions':8,'encoding_format':'base64'}")
                        .path())
                .isEqualTo("/api/embed");
        assertThat(Talk.sent(
                        ClientForm.EMBEDDINGS,
                        WireDialect.OLLAMA,
                        "{'model':'x','input':['a','b'],'dimensions':8,'encoding_format':'base64'}"))
                .isEqualTo(Talk.object("{'model':'up/model','input':['a','b'],'dimensions':8}"));
        assertThat(Talk.sent(ClientForm.OLLAMA_EMBED, WireDialect.OPENAI, "{'model':'x','input':'a','keep_alive':0}"))
                .isEqualTo(Talk.object("{'model':'up/model','input':'a'}"));
    }

    // --- thinking

    @Test
    void thinkingIsSaidAsTheEndpointTakesIt() {
        String effort = "{'model':'x'," + HI + ",'max_tokens':10000,'reasoning_effort':'high'}";
        assertThat(withParameters(ClientForm.CHAT, WireDialect.ANTHROPIC, effort))
                .containsEntry("thinking", Map.of("type", "adaptive"))
                .containsEntry("output_config", Map.of("effort", "high"));
        assertThat(withParameters(ClientForm.CHAT, WireDialect.ANTHROPIC, effort, "thinking"))
                .containsEntry("thinking", Map.of("type", "enabled", "budget_tokens", 8000L))
                .doesNotContainKey("output_config");
        assertThat(withParameters(ClientForm.CHAT, WireDialect.OLLAMA, effort)).containsEntry("think", "high");
        String budget =
                "{'model':'x'," + HI + ",'max_tokens':10000,'thinking':{'type':'enabled','budget_tokens':2000}}";
        assertThat(withParameters(ClientForm.MESSAGES, WireDialect.OPENAI, budget))
                .containsEntry("reasoning_effort", "low");
        assertThat(withParameters(ClientForm.MESSAGES, WireDialect.OPENAI, budget, "reasoning"))
                .containsEntry("reasoning", Map.of("max_tokens", 2000L));
        assertThat(withParameters(ClientForm.MESSAGES, WireDialect.OPENAI, budget, "thinking"))
                .containsEntry("thinking", Map.of("type", "enabled"))
                .doesNotContainKey("reasoning_effort");
        assertThat(withParameters(ClientForm.MESSAGES, WireDialect.OPENAI, budget, "temperature"))
                .doesNotContainKeys("thinking", "reasoning", "reasoning_effort");
        String off = "{'model':'x'," + HI + ",'reasoning':{'enabled':false}}";
        assertThat(withParameters(ClientForm.CHAT, WireDialect.OLLAMA, off)).containsEntry("think", false);
        assertThat(withParameters(ClientForm.CHAT, WireDialect.ANTHROPIC, off)).doesNotContainKey("thinking");
    }

    @Test
    void aRequiredCallAndThinkingDoNotGoTogetherAtAnthropic() {
        EndpointRequest sent = Talk.send(
                ClientForm.CHAT,
                WireDialect.ANTHROPIC,
                "{'model':'x'," + HI
                        + ",'reasoning_effort':'high','tools':[{'type':'function','function':{'name':'a'}}],'tool_choice':'required'}");
        assertThat(Talk.object(sent.body())).doesNotContainKey("thinking");
        assertThat(sent.warnings()).singleElement().asString().startsWith("thinking:");
    }

    @Test
    void callsOfToolsThatAreNotDefinedAnyMoreAreKnownToAnthropic() {
        Map<String, @Nullable Object> sent = Talk.sent(
                ClientForm.CHAT,
                WireDialect.ANTHROPIC,
                "{'model':'x','messages':[{'role':'user','content':'hi'},{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'look','arguments':''}}]},{'role':'tool','tool_call_id':'a','content':''}]}");
        assertThat(sent)
                .containsEntry("tools", List.of(Map.of("name", "look", "input_schema", Map.of("type", "object"))))
                .containsEntry("tool_choice", Map.of("type", "none"));
    }

    @Test
    void deepSeekHasItsReasoningBackWithinATurnAndNotAfter() {
        String turn =
                "{'role':'assistant','content':[{'type':'thinking','thinking':'T1','signature':''},{'type':'tool_use','id':'a','name':'x','input':{}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'a','content':'r'}]}";
        String within = "{'model':'x','max_tokens':9,'messages':[{'role':'user','content':'q'}," + turn + ","
                + turn.replace("T1", "T2").replace("'a'", "'b'") + "]}";
        assertThat(sent(ClientForm.MESSAGES, WireDialect.OPENAI, within, "messages"))
                .asString()
                .contains("reasoning_content=T1", "reasoning_content=T2");
        String after = within.substring(0, within.length() - 2)
                + ",{'role':'assistant','content':'done'},{'role':'user','content':'next'}]}";
        assertThat(sent(ClientForm.MESSAGES, WireDialect.OPENAI, after, "messages"))
                .asString()
                .doesNotContain("reasoning_content");
    }

    @Test
    void proofsComeBackThroughClientsOfOtherForms() {
        // Anthropic's signature through OpenRouter's details
        assertThat(sent(
                        ClientForm.CHAT,
                        WireDialect.ANTHROPIC,
                        "{'model':'x','messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a','reasoning_details':[{'type':'reasoning.text','text':'T','index':0},{'type':'reasoning.text','text':'U','signature':'S','format':'anthropic-claude-v1','index':0},{'type':'reasoning.encrypted','data':'R','format':'anthropic-claude-v1','index':1}]},{'role':'user','content':'q'}]}",
                        "messages"))
                .asString()
                .contains(
                        "{type=thinking, thinking=TU, signature=S}, {type=redacted_thinking, data=R}, {type=text, text=a}");
        // the encrypted content of responses through Anthropic's signature
        assertThat(sent(
                        ClientForm.MESSAGES,
                        WireDialect.RESPONSES,
                        "{'model':'x','max_tokens':99,'messages':[{'role':'user','content':'q'},{'role':'assistant','content':[{'type':'thinking','thinking':'T','signature':'jerboa:encrypted:rs_1:E:E'},{'type':'text','text':'a'}]},{'role':'user','content':'q'}]}",
                        "input"))
                .asString()
                .contains("{type=reasoning, id=rs_1, summary=[{type=summary_text, text=T}], encrypted_content=E:E}");
        // nobody else's proof goes to Anthropic
        assertThat(sent(
                        ClientForm.RESPONSES,
                        WireDialect.ANTHROPIC,
                        "{'model':'x','input':[{'role':'user','content':'q'},{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'T'}],'encrypted_content':'E'},{'role':'assistant','content':'a'},{'role':'user','content':'q'}]}",
                        "messages"))
                .asString()
                .doesNotContain("thinking");
        // Anthropic's own through responses
        assertThat(sent(
                        ClientForm.RESPONSES,
                        WireDialect.ANTHROPIC,
                        "{'model':'x','input':[{'role':'user','content':'q'},{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'T'}],'encrypted_content':'jerboa:signature::S'},{'role':'assistant','content':'a'},{'role':'user','content':'q'}]}",
                        "messages"))
                .asString()
                .contains("{type=thinking, thinking=T, signature=S}");
    }

    /** Requests that OpenAI takes and Anthropic answers with 400. */
    @Test
    void chatToAnthropicAsItsModelsTakeIt() {
        ClientForm chat = ClientForm.CHAT;
        WireDialect anthropic = WireDialect.ANTHROPIC;
        assertThat(sent(chat, anthropic, "{'messages':[{'role':'system','content':'Say hi.'}]}", "messages"))
                .isEqualTo("[{role=user, content=[{type=text, text=Say hi.}]}]");
        assertThat(Talk.sent(chat, anthropic, "{'messages':[{'role':'system','content':'Say hi.'}]}"))
                .doesNotContainKey("system");
        assertThat(sent(chat, anthropic, "{" + HI + ",'stop':['','END']}", "stop_sequences"))
                .isEqualTo("[END]");
        assertThatThrownBy(() -> Talk.sent(chat, anthropic, "{" + HI + ",'stop':'\\n'}"))
                .isInstanceOf(UntranslatableException.class)
                .hasMessageStartingWith("stop: ");
        assertThat(sent(
                        chat,
                        anthropic,
                        "{" + HI + ",'tools':[{'type':'function','function':{'name':'now','parameters':{}}}]}",
                        "tools"))
                .isEqualTo("[{name=now, input_schema={type=object}}]");
        assertThat(sent(
                        chat,
                        anthropic,
                        "{'messages':[{'role':'user','content':[{'type':'text','text':' \\n'},{'type':'image_url','image_url':{'url':'data:image/jpg;base64,AA'}}]}]}",
                        "messages"))
                .isEqualTo(
                        "[{role=user, content=[{type=image, source={type=base64, media_type=image/jpeg, data=AA}}]}]");
    }

    /** Claude's models since 4.1 refuse a temperature beside top_p, which many clients send with the values that change nothing. */
    @Test
    void chatToAnthropicWithOneWayOfSampling() {
        Map<String, @Nullable Object> both =
                Talk.sent(ClientForm.CHAT, WireDialect.ANTHROPIC, "{" + HI + ",'temperature':1,'top_p':0.9}");
        assertThat(both).containsEntry("top_p", 0.9).doesNotContainKey("temperature");
        both = Talk.sent(ClientForm.CHAT, WireDialect.ANTHROPIC, "{" + HI + ",'temperature':0.5,'top_p':1}");
        assertThat(both).containsEntry("temperature", 0.5).doesNotContainKey("top_p");
        EndpointRequest sent =
                Talk.send(ClientForm.CHAT, WireDialect.ANTHROPIC, "{" + HI + ",'temperature':0.5,'top_p':0.9}");
        assertThat(Talk.object(sent.body())).containsEntry("temperature", 0.5).doesNotContainKey("top_p");
        assertThat(sent.warnings()).singleElement().asString().startsWith("top_p: was left out");
    }

    /** Who turns thinking off means it, also where an effort is said beside. */
    @Test
    void thinkingThatIsOffStaysOff() {
        String off = "{" + HI + ",'reasoning':{'enabled':false,'effort':'high'}}";
        assertThat(Talk.sent(ClientForm.CHAT, WireDialect.ANTHROPIC, off)).doesNotContainKey("thinking");
        assertThat(Talk.sent(ClientForm.CHAT, WireDialect.RESPONSES, off)).doesNotContainKey("reasoning");
        assertThat(sent(ClientForm.CHAT, WireDialect.OLLAMA, off, "think")).isEqualTo("false");
        assertThat(sent(
                        ClientForm.CHAT,
                        WireDialect.OLLAMA,
                        "{" + HI + ",'reasoning_effort':'low','reasoning':{'exclude':true}}",
                        "think"))
                .isEqualTo("low");
    }

    @Test
    void chatToResponsesAsOpenAiTakesIt() {
        assertThat(sent(
                        ClientForm.CHAT,
                        WireDialect.RESPONSES,
                        "{'messages':[{'role':'user','content':''},{'role':'user','content':'hi'}]}",
                        "input"))
                .startsWith("[{type=message, role=user, content=}");
        assertThatThrownBy(() -> Talk.sent(ClientForm.CHAT, WireDialect.RESPONSES, "{" + HI + ",'max_tokens':15}"))
                .isInstanceOf(UntranslatableException.class)
                .hasMessageStartingWith("max_tokens: ");
        assertThatThrownBy(() -> Talk.sent(
                        ClientForm.CHAT,
                        WireDialect.ANTHROPIC,
                        "{'messages':[{'role':'function','name':'f','content':'x'}]}"))
                .isInstanceOf(UntranslatableException.class); // another endpoint may take it
    }
}
