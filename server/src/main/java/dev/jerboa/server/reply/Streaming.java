package dev.jerboa.server.reply;

import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.server.http.ClientGoneException;
import dev.jerboa.server.http.EventStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends replies piece by piece in a dialect. The stream begins with the first piece, so what goes wrong before is an ordinary error;
 * what goes wrong after is told in the stream. One thread.
 */
public final class Streaming implements ReplyWriter {
    /** How a dialect writes what comes. One thread. */
    public interface Dialect {
        /** Begins the stream, with what comes before all pieces. */
        EventStream open();

        /** Writes a piece of a choice's reply; never {@link ReplyEvent.Failed}. */
        void piece(EventStream out, int choice, ReplyEvent event);

        /** Writes something that clients pass over. */
        default void quiet(EventStream out) {
            out.keepAlive();
        }

        /** Writes what went wrong, as the last thing. */
        void error(EventStream out, RuntimeException error);

        /** Writes what comes after all pieces. */
        default void end(EventStream out, List<Outcome> outcomes) {}
    }

    private final Dialect dialect;
    private @Nullable EventStream out;

    private Streaming(Dialect dialect) {
        this.dialect = dialect;
    }

    /** Has an order written and sends it; the client is told of all errors but those before the first piece, which are thrown. */
    public static void follow(Replies replies, ReplyOrder order, Dialect dialect) {
        new Streaming(dialect).follow(replies, order);
    }

    private void follow(Replies replies, ReplyOrder order) {
        List<Outcome> outcomes;
        try {
            outcomes = replies.follow(order, this);
        } catch (ClientGoneException e) {
            throw e; // nobody is left to be told
        } catch (RuntimeException e) {
            EventStream begun = out;
            if (begun == null) {
                throw e;
            }
            dialect.error(begun, e);
            begun.flush();
            begun.close();
            return;
        }
        dialect.end(stream(), outcomes);
        stream().flush();
        stream().close();
    }

    private EventStream stream() {
        if (out == null) {
            out = dialect.open();
        }
        return out;
    }

    @Override
    public void piece(int choice, ReplyEvent event) {
        if (event instanceof ReplyEvent.Failed(RuntimeException cause)) {
            throw cause;
        }
        dialect.piece(stream(), choice, event);
    }

    @Override
    public void flush() {
        stream().flush();
    }

    @Override
    public void quiet() {
        dialect.quiet(stream());
    }
}
