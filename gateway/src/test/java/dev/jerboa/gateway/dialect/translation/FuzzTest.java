package dev.jerboa.gateway.dialect.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyReader;
import dev.jerboa.gateway.dialect.UntranslatableException;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever strangers send: nothing is thrown but what is said, memory is bounded, and a passage passes all. Bounded in time. */
class FuzzTest {
    private static final long NANOS = 1_500_000_000L;
    private static final List<ClientForm> FORMS =
            List.of(ClientForm.CHAT, ClientForm.RESPONSES, ClientForm.MESSAGES, ClientForm.OLLAMA_CHAT);
    private static final List<byte[]> SEEDS =
            List.of(Streams.CHAT, Streams.RESPONSES, Streams.MESSAGES, Streams.OLLAMA);
    private static final List<String> REQUESTS = List.of(
            "{'model':'x','messages':[{'role':'system','content':'a'},{'role':'user','content':[{'type':'text','text':'b'},{'type':'image_url','image_url':{'url':'data:image/png;base64,AA'}}]},{'role':'assistant','content':null,'reasoning_details':[{'type':'reasoning.text','text':'t','signature':'s'}],'tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':'d'}],'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}],'tool_choice':'auto','response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{}}},'reasoning':{'effort':'high'},'stop':['x'],'stream':true,'stream_options':{'include_usage':false}}",
            "{'model':'x','input':[{'role':'user','content':[{'type':'input_text','text':'b'}]},{'type':'reasoning','id':'r','summary':[{'type':'summary_text','text':'t'}],'encrypted_content':'e'},{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},{'type':'function_call_output','call_id':'c','output':'d'}],'tools':[{'type':'function','name':'f','parameters':{}}],'text':{'format':{'type':'text'}},'reasoning':{'effort':'low'},'stream':true}",
            "{'model':'x','max_tokens':5,'system':[{'type':'text','text':'a'}],'messages':[{'role':'user','content':[{'type':'text','text':'b'},{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AA'}}]},{'role':'assistant','content':[{'type':'thinking','thinking':'t','signature':'s'},{'type':'tool_use','id':'c','name':'f','input':{}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'c','content':[{'type':'text','text':'d'}]}]}],'tools':[{'name':'f','input_schema':{}}],'tool_choice':{'type':'auto'},'thinking':{'type':'enabled','budget_tokens':2000},'stream':true}",
            "{'model':'x','messages':[{'role':'user','content':'b','images':['AA']},{'role':'assistant','content':'','thinking':'t','tool_calls':[{'function':{'name':'f','arguments':{}}}]},{'role':'tool','tool_name':'f','content':'d'}],'tools':[{'type':'function','function':{'name':'f','parameters':{}}}],'options':{'temperature':0,'stop':['x']},'format':'json','think':true}");

    private static byte[] mutated(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        for (int i = random.nextInt(12); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 ->
                    bytes[at] =
                            "{}[]\",:\\\n0n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)[random.nextInt(11)];
                case 2 -> {
                    int length = Math.min(random.nextInt(40), bytes.length - at);
                    System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
                }
                case 3 -> bytes = java.util.Arrays.copyOf(bytes, Math.max(1, at));
                default -> bytes[at] = '\\';
            }
        }
        return bytes;
    }

    @Test
    void repliesOfAnyBytes() {
        long end = System.nanoTime() + NANOS;
        for (int run = 0; System.nanoTime() < end; run++) {
            Random random = new Random(run);
            int which = random.nextInt(FORMS.size());
            ClientForm form = FORMS.get(which);
            byte[] bytes = mutated(SEEDS.get(random.nextInt(4) == 0 ? random.nextInt(4) : which), random);
            boolean stream = random.nextInt(4) > 0;
            int part = 1 + random.nextInt(200);
            List<ReplyPiece> pieces = Talk.read(form.dialect(), stream, bytes, part);
            assertThat(pieces.stream().filter(ReplyPiece.Used.class::isInstance))
                    .as("run %d", run)
                    .hasSize(1);
            assertThat(pieces.stream()
                            .filter(ReplyPiece.Failed.class::isInstance)
                            .count())
                    .isLessThanOrEqualTo(1);
            Talk.Passed passed = Talk.pass(Talk.asking(form, stream), bytes, part, OptionalLong.empty());
            assertThat(Talk.bytes(passed.body() + passed.tail()))
                    .as("run %d", run)
                    .isEqualTo(Talk.bytes(Talk.text(bytes)));
            Talk.pass(Talk.asking(form, stream), bytes, part, OptionalLong.of(5));
            for (ClientForm client : FORMS) {
                Talk.write(Talk.asking(client, random.nextBoolean()), pieces, Usage.of(1, 1));
            }
        }
    }

    @Test
    void requestsOfAnyJson() {
        long end = System.nanoTime() + NANOS;
        int read = 0;
        for (int run = 0; System.nanoTime() < end; run++) {
            Random random = new Random(run);
            int which = random.nextInt(FORMS.size());
            byte[] bytes = mutated(Talk.bytes(Talk.json(REQUESTS.get(which))), random);
            Object value;
            try {
                value = Json.parse(Talk.text(bytes), "a request");
            } catch (ModelException e) {
                continue;
            }
            if (!(value instanceof Map<?, ?>)) {
                continue;
            }
            bytes = Talk.bytes(Talk.text(bytes));
            ClientRequest request = new ClientRequest(FORMS.get(which), bytes, Json.asObject(value, "a request"));
            for (WireDialect to :
                    List.of(WireDialect.OPENAI, WireDialect.RESPONSES, WireDialect.ANTHROPIC, WireDialect.OLLAMA)) {
                try {
                    byte[] body = Talk.translation(FORMS.get(which), to)
                            .request(request, Talk.OPTIONS)
                            .body();
                    assertThat(Talk.object(body)).as("run %d", run).containsEntry("model", "up/model");
                    read++;
                } catch (UntranslatableException | MalformedRequestException e) {
                    assertThat(e.getMessage()).isNotBlank();
                }
            }
        }
        assertThat(read).isPositive();
    }

    @Test
    void anEventWithoutAnEndIsGivenUp() {
        byte[] chunk = new byte[1 << 20];
        java.util.Arrays.fill(chunk, (byte) 'x');
        ReplyReader reader = Talk.reader(WireDialect.OPENAI, true);
        Passage passage =
                Talk.translation(ClientForm.CHAT, WireDialect.OPENAI).passage(Talk.asking(ClientForm.CHAT, true));
        long[] counts = new long[2];
        reader.take(Talk.bytes("data: {\"x\":\""), 0, 12, _ -> {});
        passage.take(Talk.bytes("data: {\"x\":\""), 0, 12, (_, _, length) -> counts[1] += length);
        for (int i = 0; i < 40; i++) {
            reader.take(chunk, 0, chunk.length, piece -> counts[0] += piece instanceof ReplyPiece.Failed ? 1 : 0);
            passage.take(chunk, 0, chunk.length, (_, _, length) -> counts[1] += length);
        }
        byte[] rest = Talk.bytes(
                "\"}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n");
        passage.take(rest, 0, rest.length, (_, _, length) -> counts[1] += length);
        passage.end((_, _, length) -> counts[1] += length);
        assertThat(counts[0]).isEqualTo(1);
        assertThat(counts[1]).isEqualTo(12 + 40L * chunk.length + rest.length);
        assertThat(passage.tally().textBytes()).isEqualTo(2);
    }
}
