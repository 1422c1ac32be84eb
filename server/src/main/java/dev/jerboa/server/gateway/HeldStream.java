package dev.jerboa.server.gateway;

import dev.jerboa.gateway.dialect.translation.Passage;
import dev.jerboa.gateway.money.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * A reply of this server's on its way to the client, which learns from it what the replies of other endpoints say too: the model's id, and
 * what it cost. From a moment on it is held back, and it is not ended by the one who writes it. One thread.
 */
final class HeldStream extends OutputStream {
    private final OutputStream out;
    private final Passage passage;
    private final BooleanSupplier held;
    private final ByteArrayOutputStream tail = new ByteArrayOutputStream();
    private boolean sent;

    /**
     * @param passage the way of the reply's bytes
     * @param held whether what is written now is the end of the reply
     */
    HeldStream(OutputStream out, Passage passage, BooleanSupplier held) {
        this.out = out;
        this.passage = passage;
        this.held = held;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            passage.take(bytes, offset, length, this::pass);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void pass(byte[] bytes, int offset, int length) {
        if (held.getAsBoolean()) {
            tail.write(bytes, offset, length);
            return;
        }
        sent = true;
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void flush() throws IOException {
        if (sent) {
            out.flush();
        }
    }

    /** Only whoever has the stream below ends the reply. */
    @Override
    public void close() {}

    /** Where the rest of the reply goes. */
    OutputStream below() {
        return out;
    }

    /** Nothing more is written: what is held back is all that is left. */
    void end() {
        passage.end(tail::write);
    }

    /** Tokens that the reply tells, when it has ended. */
    Optional<Usage> usage() {
        return passage.tally().usage();
    }

    /** @param costNanos what the reply says that it cost; empty where it does not */
    byte[] tail(OptionalLong costNanos) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(tail.toByteArray());
        all.writeBytes(passage.tail(costNanos));
        return all.toByteArray();
    }

    /** Whether anything has gone to the client. */
    boolean hasSent() {
        return sent;
    }
}
