package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.dialect.EndpointRequest;
import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.UntranslatableException;
import dev.jerboa.gateway.dialect.translation.Translation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a remote endpoint. It belongs to the request's thread; {@link #leave} and {@link #look} may be called from any.
 *
 * <pre>
 * request in the endpoint's dialect → a connection that rested, or a new one → head → 200: Relaying | otherwise: Refused
 * </pre>
 */
final class Call {
    /** Of an answer that is not a reply, so much is read. */
    private static final int MOST_ERROR_BYTES = 64 << 10;

    private static final int BUFFER_BYTES = 4 << 10;
    /** A stream that has said its end may keep its connection for so long, to be used again. */
    private static final int LINGER_MILLIS = 50;

    private final RemoteCaller caller;
    private final ClientRequest request;
    private final String id;
    private final Endpoint endpoint;
    private final Provider provider;
    private final int key;
    private final ReplySink sink;
    private final Ended ended;
    private final Patience patience;
    private volatile boolean left;
    private volatile @Nullable Wire wire;
    /** Held by whoever sends to the client, or ends the call. */
    private final ReentrantLock turn = new ReentrantLock();
    // guarded by turn
    private @Nullable Relaying relaying;
    private boolean over;

    private volatile Patience.@Nullable UpException up;

    Call(
            RemoteCaller caller,
            ClientRequest request,
            String id,
            Endpoint endpoint,
            Provider provider,
            int key,
            ReplySink sink) {
        this.caller = caller;
        this.request = request;
        this.id = id;
        this.endpoint = endpoint;
        this.provider = provider;
        this.key = key;
        this.sink = sink;
        this.patience = new Patience(caller.timeouts());
        this.ended = new Ended(endpoint.id(), request, patience);
    }

    CallResult run() {
        Optional<Translation> translation = Translation.of(request.form(), provider.dialect());
        if (translation.isEmpty()) {
            return ended.refused(
                    FailureKind.NOT_HERE, Translation.refusal(request.form(), provider.dialect()), 0, "refused");
        }
        URI base = provider.base().orElse(null);
        if (base == null) {
            return ended.refused(FailureKind.NOT_HERE, "the provider has no address", 0, "refused");
        }
        try {
            return ask(translation.get(), base);
        } catch (UntranslatableException e) {
            return ended.refused(FailureKind.NOT_HERE, String.valueOf(e.getMessage()), 400, "refused");
        } catch (MalformedRequestException e) {
            return ended.refused(FailureKind.INVALID, String.valueOf(e.getMessage()), 400, "invalid");
        } catch (GatewayException e) { // the provider's key is not there: not for the client's eyes
            return ended.refused(FailureKind.KEY, "the gateway has no key for the provider", 0, "auth");
        }
    }

    private CallResult ask(Translation translation, URI base) {
        EndpointRequest outgoing = translation.request(
                request,
                new RequestOptions(
                        endpoint.upstreamName(),
                        endpoint.maxOutput(),
                        endpoint.parameters(),
                        endpoint.prices().serviceTiers()));
        Origin origin = caller.origin(provider, base);
        String secret = caller.secret(provider, key);
        String path = RequestHead.path(base, provider.dialect(), outgoing.path());
        byte[] head = RequestHead.of(origin, path, provider.dialect(), secret, outgoing.body().length, request);
        Relaying way = new Relaying(
                translation,
                request,
                new Answerer(id, endpoint.model(), provider.name()),
                outgoing.warnings(),
                sink,
                ended,
                patience);
        begin(way);
        try {
            ReplyHead answer = exchange(origin, head, outgoing.body());
            CallResult result;
            if (answer.status() / 100 == 2) { // some answer 201, as to every other POST
                read(answer, way);
                end();
                result = way.ended(null);
            } else {
                result = ended.refused(answer.status(), Refused.of(answer, error(answer), secret));
                end();
            }
            Wire used = wire;
            if (used != null && !left) {
                wire = null;
                caller.give(origin, used);
            }
            return result;
        } catch (ToClient.GoneException e) {
            end();
            return way.gone();
        } catch (IOException e) {
            end();
            Patience.UpException late = up;
            return left ? way.gone() : way.ended(late == null ? e : late);
        } finally {
            end(); // also where something else is thrown
            caller.underWay().end(this);
            sink.whenGone(null);
            Wire open = wire;
            if (open != null) {
                open.close();
            }
        }
    }

    private void begin(Relaying way) {
        turn.lock();
        try {
            relaying = way;
        } finally {
            turn.unlock();
        }
        sink.whenGone(this::leave);
        caller.underWay().begin(this);
    }

    /** From here on nobody else closes the connection or sends to the client. */
    private void end() {
        turn.lock();
        try {
            over = true;
        } finally {
            turn.unlock();
        }
    }

    /** Ends the call where its time is up, and has the client told that somebody is there where nothing has come for a while. */
    void look(long now) {
        Patience.UpException late = patience.up(now);
        if (late != null) {
            giveUp(late);
        } else if (patience.wantsSign(now)) {
            Thread.ofVirtual().name("jerboa-keep-alive").start(this::sign);
        }
    }

    /** Something that is just being sent to the client is let through: the endpoint is not waited for then. */
    private void giveUp(Patience.UpException late) {
        if (!turn.tryLock()) {
            return;
        }
        try {
            Wire open = wire;
            if (!over && open != null) {
                up = late;
                open.close();
            }
        } finally {
            turn.unlock();
        }
    }

    private void sign() {
        if (!turn.tryLock()) {
            return;
        }
        try {
            Relaying way = relaying;
            if (!over && way != null) {
                way.waiting();
            }
        } catch (ToClient.GoneException e) {
            leave();
        } finally {
            turn.unlock();
        }
    }

    /** The client is gone: the endpoint is not read any more, and sees that at once. */
    private void leave() {
        left = true;
        Wire open = wire;
        if (open != null) {
            open.close();
        }
    }

    /** Sends the request and reads the head of the answer. A connection that had been closed while it rested is not an attempt. */
    private ReplyHead exchange(Origin origin, byte[] head, byte[] body) throws IOException {
        Wire rested = caller.resting(origin);
        if (rested != null) {
            try {
                return exchange(rested, head, body);
            } catch (Wire.StaleException e) {
                rested.close();
                Patience.UpException late = up;
                if (late != null) { // it was not the endpoint that closed it
                    throw late;
                }
            }
        }
        return exchange(connect(origin), head, body);
    }

    private Wire connect(Origin origin) throws IOException {
        try {
            return caller.connect(origin);
        } catch (IOException e) {
            throw new Patience.UpException("connect", "the provider could not be reached");
        }
    }

    private ReplyHead exchange(Wire over, byte[] head, byte[] body) throws IOException {
        wire = over;
        if (left) {
            over.close();
        }
        over.send(head, body);
        patience.sent();
        return over.head();
    }

    private EndpointError error(ReplyHead head) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER_BYTES];
        while (body.size() < MOST_ERROR_BYTES) {
            int count = read(buffer);
            if (count < 0) {
                break;
            }
            body.write(buffer, 0, count);
        }
        return Translation.error(head.status(), body.toByteArray());
    }

    /** Reads the reply and sends it on, to its end or where it breaks off. */
    private void read(ReplyHead head, Relaying way) throws IOException {
        long length = Objects.requireNonNull(wire).length();
        byte[] buffer = new byte[length > 0 ? (int) Math.min(length, BUFFER_BYTES) : BUFFER_BYTES];
        turn.lock();
        try {
            way.begin(head);
        } finally {
            turn.unlock();
        }
        while (!way.isOver()) {
            int count = read(buffer);
            if (count < 0) {
                return;
            }
            turn.lock();
            try {
                way.take(buffer, count);
            } finally {
                turn.unlock();
            }
        }
        linger(buffer);
    }

    /** Reads the last of a stream that has said its end, so that its connection can be used again. */
    private void linger(byte[] buffer) {
        Wire open = Objects.requireNonNull(wire);
        patience.linger(LINGER_MILLIS);
        try {
            int count = 0;
            for (int i = 0; i < 8 && count >= 0; i++) {
                count = open.read(buffer, 0, buffer.length);
            }
        } catch (IOException e) {
            open.close();
        }
    }

    private int read(byte[] buffer) throws IOException {
        int count = Objects.requireNonNull(wire).read(buffer, 0, buffer.length);
        patience.heard();
        return count;
    }
}
