package dev.jerboa.gateway.dialect.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.dialect.ErrorKind;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What endpoints say where they do not answer, in the shapes of many. */
class ErrorsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "400 | {'error':{'message':'This model s maximum context length is 8 tokens','type':'invalid_request_error','code':'context_length_exceeded'}} | CONTEXT_LENGTH",
                "400 | {'type':'error','error':{'type':'invalid_request_error','message':'prompt is too long: 9 tokens > 8 maximum'}} | CONTEXT_LENGTH",
                "400 | {'error':{'message':'no','code':'content_filter'}} | CONTENT_POLICY",
                "403 | {'error':{'code':403,'message':'Your chosen model requires moderation and your input was flagged'}} | CONTENT_POLICY",
                "400 | {'error':{'message':'Content Exists Risk','type':'invalid_request_error'}} | CONTENT_POLICY",
                "400 | {'code':'data_inspection_failed','message':'Input data may contain inappropriate content.'} | CONTENT_POLICY",
                "429 | {'error':{'message':'You exceeded your current quota','type':'insufficient_quota','code':'insufficient_quota'}} | QUOTA",
                "402 | {'error':{'message':'Insufficient Balance','type':'unknown_error','code':'invalid_request_error'}} | QUOTA",
                "400 | {'type':'error','error':{'type':'invalid_request_error','message':'Your credit balance is too low to access the API'}} | QUOTA",
                "401 | {'error':{'message':'Incorrect API key provided','code':'invalid_api_key'}} | AUTHENTICATION",
                "429 | {'type':'error','error':{'type':'rate_limit_error','message':'slow'}} | RATE_LIMIT",
                "429 | [{'error':{'code':429,'message':'Resource exhausted','status':'RESOURCE_EXHAUSTED'}}] | RATE_LIMIT",
                "529 | {'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}} | OVERLOADED",
                "404 | {'error':'model \\'x\\' not found'} | NOT_FOUND",
                "422 | {'detail':[{'loc':['body'],'msg':'field required'}]} | INVALID",
                "400 | {'object':'error','message':'bad','code':400} | INVALID",
                "200 | {'base_resp':{'status_code':1008,'status_msg':'insufficient balance'}} | QUOTA",
                "500 | <html><body>nginx</body></html> | SERVER",
                "502 | upstream connect error | SERVER",
                "504 |  | TIMEOUT"
            })
    void kinds(int status, String body, ErrorKind kind) {
        String said = body == null ? "" : body.replace("\\'", "`").replace('\'', '"');
        EndpointError error = Translation.error(status, Talk.bytes(said));
        assertThat(error.kind()).isEqualTo(kind);
        assertThat(error.message()).isNotBlank().doesNotContain("<");
    }

    @Test
    void aModerationSaysWhy() {
        EndpointError routed = Translation.error(
                403,
                Talk.bytes(
                        Talk.json(
                                "{'error':{'code':403,'message':'your input was flagged','metadata':{'reasons':['violence',7],'flagged_input':'how to...','provider_name':'OpenAI'}}}")));
        assertThat(routed.kind()).isEqualTo(ErrorKind.CONTENT_POLICY);
        assertThat(routed.reasons()).containsExactly("violence");
        assertThat(routed.flaggedInput()).isEqualTo("how to...");
        EndpointError filtered = Translation.error(
                400,
                Talk.bytes(
                        Talk.json(
                                "{'error':{'message':'filtered','code':'content_filter','innererror':{'code':'ResponsibleAIPolicyViolation','content_filter_result':{'hate':{'filtered':true,'severity':'high'},'violence':{'filtered':false}}}}}")));
        assertThat(filtered.reasons()).containsExactly("hate");
        assertThat(filtered.flaggedInput()).isEmpty();
    }

    @Test
    void theMessageIsTheEndpointsOwn() {
        EndpointError error = Translation.error(
                400,
                Talk.bytes(
                        Talk.json(
                                "{'error':{'message':'Provider returned error','code':400,'metadata':{'raw':'temperature\\nmust be < 2','provider_name':'X'}}}")));
        assertThat(error.message()).isEqualTo("Provider returned error: temperature must be < 2");
        assertThat(Translation.error(503, new byte[0]).message())
                .isEqualTo("the endpoint answered with the status 503");
        assertThat(Translation.error(400, Talk.bytes(Talk.json("{'error':{'message':'m','type':'t','code':'c'}}")))
                        .code())
                .isEqualTo("c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sk-proj-abcdEFGH1234567890",
                "sk-ant-api03-abc_DEF-123456",
                "AIzaSyA1234567890abcdefg",
                "gsk_abcdefghijklmnop",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123",
                "0123456789abcdef0123456789abcdef"
            })
    void keysNeverPass(String key) {
        for (String message : new String[] {
            "Incorrect API key provided: " + key + ". You can find it",
            "header Authorization: Bearer " + key + " refused",
            "{\\\"api_key\\\": \\\"" + key + "\\\"}",
            "key=" + key
        }) {
            EndpointError error = Translation.error(401, Talk.bytes("{\"error\":{\"message\":\"" + message + "\"}}"));
            assertThat(error.message())
                    .doesNotContain(key)
                    .doesNotContain(key.substring(key.length() - 8))
                    .contains("…");
        }
    }

    @Test
    void namesOfModelsPass() {
        String message =
                "The model claude-sonnet-4-5-20250929 or deepseek-r1-distill-qwen-32b-instruct-fp8 does not exist; max_tokens: 4096";
        assertThat(Translation.error(404, Talk.bytes("{\"error\":{\"message\":\"" + message + "\"}}"))
                        .message())
                .isEqualTo(message);
    }

    @Property(tries = 300)
    void anythingHasAMessage(@ForAll byte[] body, @ForAll short status) {
        EndpointError error = Translation.error(status, body);
        assertThat(error.message()).isNotEmpty();
        assertThat(error.message().length()).isLessThanOrEqualTo(501);
        assertThat(error.message().chars()).noneMatch(c -> c < ' ');
    }
}
