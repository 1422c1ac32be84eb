package dev.jerboa.gateway.dialect.embedding;

import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.reply.ErrorReader;
import dev.jerboa.gateway.dialect.reply.EventReader;
import dev.jerboa.gateway.dialect.usage.Counts;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Usage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads vectors in OpenAI's form or in Ollama's. One reply. */
public final class EmbeddingReader implements EventReader {
    private final boolean ollama;
    private boolean over;
    private @Nullable Usage usage;
    private @Nullable Long costNanos;

    public EmbeddingReader(boolean ollama) {
        this.ollama = ollama;
    }

    @Override
    public void event(Map<String, ? extends @Nullable Object> event, Consumer<ReplyPiece> out) {
        whole(event, out);
    }

    @Override
    public void whole(Map<String, ? extends @Nullable Object> body, Consumer<ReplyPiece> out) {
        String place = ollama ? "embeddings" : "data";
        if (!(body.get(place) instanceof List<?>)) {
            out.accept(ErrorReader.failed(body));
            return;
        }
        usage = ollama ? Counts.ollama(body) : Counts.chat(Tree.object(body, "usage"));
        costNanos = Counts.costNanos(Tree.object(body, "usage"));
        over = true;
        out.accept(new ReplyPiece.Begun(Tree.text(body, "id"), Tree.text(body, "model")));
        List<float[]> vectors = new ArrayList<>();
        for (Object element : Tree.list(body, place)) {
            float[] vector = vector(ollama ? element : Tree.object(element).get("embedding"));
            if (vector.length == 0) {
                out.accept(new ReplyPiece.Failed(ErrorKind.SERVER, "a vector of the endpoint's reply cannot be read"));
                return;
            }
            vectors.add(vector);
        }
        out.accept(new ReplyPiece.Vectors(vectors));
        out.accept(new ReplyPiece.Finished(0, "stop", "", null));
    }

    private static float[] vector(@Nullable Object value) {
        if (value instanceof String base64) {
            try {
                ByteBuffer bytes =
                        ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
                float[] vector = new float[bytes.remaining() / Float.BYTES];
                bytes.asFloatBuffer().get(vector);
                return vector;
            } catch (IllegalArgumentException e) {
                return new float[0];
            }
        }
        List<?> list = value instanceof List<?> numbers ? numbers : List.of();
        float[] vector = new float[list.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = list.get(i) instanceof Number number ? number.floatValue() : 0;
        }
        return vector;
    }

    @Override
    public void marker(String data) {}

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public ReplyPiece.Used used() {
        return new ReplyPiece.Used(usage, costNanos);
    }
}
