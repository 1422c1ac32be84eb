package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyReader;
import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.translation.Passage;
import dev.jerboa.gateway.dialect.translation.Translation;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The way of one reply, as bytes through a passage or piece by piece through a reader and a writer. One thread. */
final class Relaying {
    /** A whole reply is not longer; a stream may be, it is not kept. */
    private static final long MOST_WHOLE_BYTES = 64L << 20;

    private static final byte[] COMMENT = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);

    private final ClientRequest request;
    private final ToClient out;
    private final Ended ended;
    private final Patience patience;
    private final ReplyWriter writer;
    private final @Nullable Passage passage;
    private final @Nullable ReplyReader reader;
    private final ReplyTally tally;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private long bytes;
    private boolean begun;

    Relaying(
            Translation translation,
            ClientRequest request,
            String id,
            String model,
            List<String> warnings,
            ReplySink sink,
            Ended ended,
            Patience patience) {
        this.request = request;
        this.out = new ToClient(sink);
        this.ended = ended;
        this.patience = patience;
        this.writer = translation.writer(request, id, model);
        this.passage = translation.isPassthrough() ? translation.passage(request) : null;
        this.reader = translation.isPassthrough() ? null : translation.reader(request);
        this.tally = passage == null ? new ReplyTally() : passage.tally();
        headers.put("Content-Type", writer.contentType());
        headers.put("X-Generation-Id", id);
        if (request.stream()) {
            headers.put("Cache-Control", "no-store");
            headers.put("X-Accel-Buffering", "no");
        }
        if (!warnings.isEmpty()) {
            headers.put("X-Jerboa-Warning", String.join("; ", warnings));
        }
        out.headers(headers);
    }

    /** The endpoint has begun to reply. */
    void begin(ReplyHead head) throws IOException {
        begun = true;
        if (!head.header("content-encoding").isEmpty() && !head.has("content-encoding", "identity")) {
            throw new ProtocolException("the provider compressed its reply, which it was asked not to");
        }
        boolean stream = !head.contentType().equals("application/json");
        if (request.stream() && !stream) {
            throw new ProtocolException("the provider answered in one piece where a stream was asked for");
        }
        patience.heard();
    }

    /** Takes bytes of the reply, and sends on what is complete by them. */
    void take(byte[] buffer, int count) throws IOException {
        bytes += count;
        if (!request.stream() && bytes > MOST_WHOLE_BYTES) {
            throw new ProtocolException("the reply is longer than " + MOST_WHOLE_BYTES + " bytes");
        }
        if (passage != null) {
            passage.take(buffer, 0, count, out);
        } else if (reader != null) {
            reader.take(buffer, 0, count, this::piece);
        }
        progress();
    }

    private void piece(ReplyPiece piece) {
        tally.see(piece);
        if (!(piece instanceof ReplyPiece.Failed)) {
            writer.piece(piece, out);
        }
    }

    private void progress() {
        if (tally.hasContent()) {
            patience.content();
            if (request.stream() && tally.failure().isEmpty()) {
                out.commit();
            }
        }
        out.flush();
    }

    /** Whether the reply has said its end, or that it failed. */
    boolean isOver() {
        return tally.failure().isPresent()
                || (passage != null && passage.isOver())
                || (reader != null && reader.isOver());
    }

    /** Nothing has come for a while: the client is told that somebody is there. */
    void waiting() {
        if (!request.stream()) {
            return;
        }
        if (headers.get("Content-Type") instanceof String type && type.startsWith("text/event-stream")) {
            out.waiting(COMMENT);
        }
    }

    /** The endpoint's bytes have ended. */
    CallResult ended() {
        boolean over = isOver();
        if (passage != null) {
            passage.end(out);
            over |= passage.isOver();
        } else if (reader != null) {
            reader.end(this::piece);
            over |= reader.isOver();
        }
        Optional<ReplyPiece.Failed> failure = tally.failure();
        if (failure.isPresent()) {
            return broken("server_error", failure.get().message());
        }
        if (!over) {
            return broken("cut", "the provider's reply broke off");
        }
        progress();
        out.commit();
        return ended.answered(FailureKind.NONE, "ok", out.isCommitted(), tally, "", tail());
    }

    private Tail tail() {
        if (passage != null) {
            return passage::tail;
        }
        long duration = patience.elapsedNanos();
        long first = Math.max(0, TimeUnit.MICROSECONDS.toNanos(patience.firstTokenMicros()));
        return cost -> writer.end(new Ending(tally.usage(), cost, duration, first));
    }

    /** Reading failed. */
    CallResult failed(IOException e) {
        if (begun) {
            endQuietly();
        }
        if (e instanceof Patience.UpException up) {
            return broken(up.outcome(), String.valueOf(up.getMessage()));
        }
        return broken(
                "cut",
                e instanceof ProtocolException
                        ? String.valueOf(e.getMessage())
                        : "the connection to the provider broke off");
    }

    private CallResult broken(String outcome, String message) {
        if (!out.isCommitted()) {
            return ended.silent(outcome, message);
        }
        ErrorKind kind = outcome.equals("idle") || outcome.equals("timeout") ? ErrorKind.TIMEOUT : ErrorKind.SERVER;
        return ended.answered(FailureKind.CUT, outcome, true, tally, message, cost -> writer.failed(kind, message));
    }

    /** The client is gone: what is known is accounted. */
    CallResult gone() {
        if (!begun) {
            return ended.abandoned();
        }
        endQuietly();
        return ended.answered(FailureKind.CLIENT_GONE, "client_gone", out.isCommitted(), tally, "", Tail.NONE);
    }

    /** Has what was read so far become accounts; nothing goes to the client any more. */
    private void endQuietly() {
        if (passage != null) {
            passage.end((some, offset, length) -> {});
        } else if (reader != null) {
            reader.end(tally::see);
        }
    }
}
