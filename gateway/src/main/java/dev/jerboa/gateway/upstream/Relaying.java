package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ErrorOrigin;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyReader;
import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.dialect.translation.Passage;
import dev.jerboa.gateway.dialect.translation.Translation;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The way of one reply, as bytes through a passage or piece by piece through a reader and a writer. One thread. */
final class Relaying {
    /** A whole reply is not longer; a stream may be, it is not kept. */
    private static final long MOST_WHOLE_BYTES = 64L << 20;

    /** So much text of a reply that is translated is kept, for forms that repeat it at their end. */
    private static final long MOST_TEXT_BYTES = 64L << 20;

    /** Servers and clients do not take longer lines of a head. */
    private static final int MOST_WARNING_CHARS = 2000;

    private static final byte[] COMMENT = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);

    private final ClientRequest request;
    private final Answerer answerer;
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
            Answerer answerer,
            List<String> warnings,
            ReplySink sink,
            Ended ended,
            Patience patience) {
        this.request = request;
        this.answerer = answerer;
        this.out = new ToClient(sink);
        this.ended = ended;
        this.patience = patience;
        this.writer = Writers.of(request, answerer);
        this.passage = translation.isPassthrough() ? translation.passage(request, answerer) : null;
        this.reader = translation.isPassthrough() ? null : translation.reader(request);
        this.tally = passage == null ? new ReplyTally() : passage.tally();
        headers.put("Content-Type", writer.contentType());
        headers.put("X-Generation-Id", answerer.id());
        if (request.stream()) {
            headers.put("Cache-Control", "no-store");
            headers.put("X-Accel-Buffering", "no");
        }
        if (!warnings.isEmpty()) {
            headers.put("X-Jerboa-Warning", line(warnings));
        }
        out.headers(headers);
    }

    /** Warnings as a header can hold them: names of fields are the client's own, and may be anything. */
    static String line(List<String> warnings) {
        StringBuilder line = new StringBuilder();
        for (String warning : warnings) {
            line.append(line.isEmpty() ? "" : "; ");
            for (int i = 0; i < warning.length() && line.length() < MOST_WARNING_CHARS; i++) {
                char c = warning.charAt(i);
                line.append(c < ' ' || c > '~' ? '?' : c);
            }
            if (line.length() >= MOST_WARNING_CHARS) {
                return line.append("...").toString();
            }
        }
        return line.toString();
    }

    /** The endpoint has begun to reply. */
    void begin(ReplyHead head) throws IOException {
        begun = true;
        if (!head.header("content-encoding").isEmpty() && !head.has("content-encoding", "identity")) {
            throw new ProtocolException("the provider compressed its reply, which it was asked not to");
        }
        if (passage != null && head.contentType().equals("application/json")) {
            headers.put("Content-Type", "application/json"); // in one piece, also where a stream was asked for
        }
        patience.heard();
        if (!request.stream()) {
            patience.content(); // what comes as a whole has begun with its head
        }
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
            if (tally.textBytes() > MOST_TEXT_BYTES) {
                throw new ProtocolException("the reply has more than " + MOST_TEXT_BYTES + " bytes of text");
            }
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

    /** The endpoint's bytes have ended, as they should or by an exception. */
    CallResult ended(@Nullable IOException cause) {
        if (!begun && cause != null) {
            return broken(outcome(cause), message(cause));
        }
        boolean failed = tally.failure().isPresent();
        boolean over = isOver();
        if (passage != null) {
            passage.end(cause == null ? out : Relaying::dropped);
            over |= passage.isOver();
        } else if (reader != null) {
            reader.end(this::piece);
            over |= reader.isOver();
        }
        Optional<ReplyPiece.Failed> failure = tally.failure();
        if (failure.isPresent() && (failed || cause == null)) {
            return failed(failure.get());
        }
        if (!over || failure.isPresent()) { // what was cut cannot be read
            return cause == null
                    ? broken("cut", "the provider's reply broke off")
                    : broken(outcome(cause), message(cause));
        }
        if (request.stream() && isEmpty()) {
            return broken("cut", "the provider's reply was empty");
        }
        progress();
        out.commit();
        return ended.answered(FailureKind.NONE, "ok", tally, "", tail());
    }

    /** Whether a stream ended without a word, a reason or a count: it has begun nowhere, and another endpoint may do better. */
    private boolean isEmpty() {
        return !tally.hasContent() && tally.finish().isEmpty() && tally.usage().isEmpty();
    }

    private static void dropped(byte[] bytes, int offset, int length) {}

    private static String outcome(IOException cause) {
        return cause instanceof Patience.UpException up ? up.outcome() : "cut";
    }

    private static String message(IOException cause) {
        return cause instanceof Patience.UpException || cause instanceof ProtocolException
                ? String.valueOf(cause.getMessage())
                : "the connection to the provider broke off";
    }

    private Tail tail() {
        if (passage != null) {
            return passage::tail;
        }
        long duration = patience.elapsedNanos();
        long first = Math.max(0, TimeUnit.MICROSECONDS.toNanos(patience.firstTokenMicros()));
        return cost -> writer.end(
                new Ending(tally.usage(), cost, duration, first, tally.service().tier()));
    }

    /** The endpoint says within its reply that it failed: before any content that means what it means as an answer. */
    private CallResult failed(ReplyPiece.Failed failure) {
        Refused refused = Refused.of(new EndpointError(failure.kind(), failure.message(), ""), -1);
        return out.isCommitted() || refused.kind() == FailureKind.SERVER
                ? broken("server_error", failure.message())
                : ended.refused(failure.kind().status(), refused);
    }

    private CallResult broken(String outcome, String message) {
        if (!out.isCommitted()) {
            return ended.silent(outcome, tally, message);
        }
        Passage way = passage;
        boolean own = request.surface() == Surface.OPENROUTER && request.form().dialect() == WireDialect.OPENAI;
        Tail tail = way != null && tally.failure().isPresent() && !own
                ? cost -> way.tail(OptionalLong.empty()) // in the endpoint's own words, which were held back
                : cost -> writer.failed(error(outcome, message));
        return ended.answered(FailureKind.CUT, outcome, tally, message, tail);
    }

    /** What a client is told within a reply that it has the beginning of. */
    private ReplyError error(String outcome, String message) {
        Optional<ReplyPiece.Failed> failure = tally.failure();
        if (failure.isEmpty()) {
            boolean late = outcome.equals("idle") || outcome.equals("timeout");
            return new ReplyError(late ? ErrorKind.TIMEOUT : ErrorKind.SERVER, message, ErrorOrigin.said(answerer, ""));
        }
        Refused refused =
                Refused.of(new EndpointError(failure.get().kind(), failure.get().message(), ""), -1);
        ErrorKind kind = refused.kind() == FailureKind.KEY
                ? ErrorKind.SERVER
                : failure.get().kind();
        return new ReplyError(kind, refused.message(), ErrorOrigin.said(answerer, refused.told()));
    }

    /** The client is gone: what is known is accounted. */
    CallResult gone() {
        if (!begun) {
            return ended.abandoned();
        }
        endQuietly();
        return ended.answered(FailureKind.CLIENT_GONE, "client_gone", tally, "", Tail.NONE);
    }

    /** Has what was read so far become accounts; nothing goes to the client any more. */
    private void endQuietly() {
        if (passage != null) {
            passage.end(Relaying::dropped);
        } else if (reader != null) {
            reader.end(tally::see);
        }
    }
}
