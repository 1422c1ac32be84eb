package dev.jerboa.gateway.dialect.embedding;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.chat.ChatErrors;
import dev.jerboa.gateway.dialect.chat.ChatReplyWriter;
import dev.jerboa.gateway.dialect.ollama.OllamaReplyWriter;
import dev.jerboa.gateway.dialect.reply.ReplyHead;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.money.Usage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes vectors in OpenAI's form or in Ollama's. One reply. */
public final class EmbeddingWriter implements ReplyWriter {
    private final ReplyHead head;
    private final boolean ollama;
    private final boolean base64;
    private List<float[]> vectors = List.of();

    /** @param base64 whether OpenAI's form is asked for vectors as bytes */
    public EmbeddingWriter(ReplyHead head, boolean ollama, boolean base64) {
        this.head = head;
        this.ollama = ollama;
        this.base64 = base64;
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public void piece(ReplyPiece piece, ByteSink out) {
        if (piece instanceof ReplyPiece.Vectors(List<float[]> told)) {
            vectors = told;
        }
    }

    @Override
    public void keepAlive(ByteSink out) {}

    @Override
    public byte[] end(Ending ending) {
        return Out.json(ollama ? ollama(ending) : openAi(ending));
    }

    private Map<String, @Nullable Object> ollama(Ending ending) {
        List<Object> lists = new ArrayList<>();
        vectors.forEach(vector -> lists.add(list(vector)));
        return map(
                "model",
                head.model(),
                "embeddings",
                lists,
                "total_duration",
                ending.durationNanos(),
                "load_duration",
                0,
                "prompt_eval_count",
                ending.usage().orElse(Usage.NONE).prompt());
    }

    private Map<String, @Nullable Object> openAi(Ending ending) {
        List<Object> data = new ArrayList<>();
        for (float[] vector : vectors) {
            data.add(map(
                    "object", "embedding", "index", data.size(), "embedding", base64 ? bytes(vector) : list(vector)));
        }
        Map<String, @Nullable Object> body = map("object", "list", "data", data, "model", head.model());
        ending.usage().ifPresent(usage -> {
            Map<String, @Nullable Object> told = map("prompt_tokens", usage.prompt(), "total_tokens", usage.total());
            put(
                    told,
                    "cost",
                    ending.costNanos().isPresent()
                            ? ChatReplyWriter.dollars(ending.costNanos().getAsLong())
                            : null);
            body.put("usage", told);
        });
        return body;
    }

    private static List<@Nullable Object> list(float[] vector) {
        List<@Nullable Object> list = new ArrayList<>(vector.length);
        for (float x : vector) {
            list.add(Float.isFinite(x) ? x : null);
        }
        return list;
    }

    private static String bytes(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float x : vector) {
            bytes.putFloat(x);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    @Override
    public byte[] failed(ReplyError error) {
        return Out.json(ollama ? OllamaReplyWriter.errorBody(error.message()) : ChatErrors.body(error, head.surface()));
    }
}
