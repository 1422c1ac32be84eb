package dev.jerboa.server.reply;

import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.Asked;
import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.schedule.OverloadedException;
import dev.jerboa.server.http.ClientGoneException;
import dev.jerboa.server.http.ClientWatch;
import dev.jerboa.server.http.HttpError;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Has orders written, and follows the writing on the request's thread. Thread-safe. */
public final class Replies {
    /** After so long without a piece the writer is told. */
    private static final long QUIET_MILLIS = 10_000;

    private final ReplyObserver observer;

    public Replies(ReplyObserver observer) {
        this.observer = observer;
    }

    /** The replies to an order, one a choice. */
    public List<WholeReply> whole(ReplyOrder order) {
        List<WholeReply> replies = new ArrayList<>();
        for (int i = 0; i < order.choices(); i++) {
            replies.add(new WholeReply());
        }
        follow(order, new ReplyWriter() {
            @Override
            public void piece(int choice, ReplyEvent event) {
                replies.get(choice).add(event);
            }

            @Override
            public void flush() {}

            @Override
            public void quiet() {}
        });
        return replies;
    }

    /**
     * Follows the replies to an order to their ends. Where the client goes away or the writer throws, they are cancelled: their pages are
     * free within a step.
     *
     * @return how the choices ended, in their order
     * @throws ClientGoneException where the client has gone away
     * @throws HttpError where too many requests wait, or where time was up before the first token
     */
    public List<Outcome> follow(ReplyOrder order, ReplyWriter writer) {
        Inbox inbox = new Inbox();
        List<Asked> asked = new ArrayList<>();
        ReplyObserver.Watch watch = observer.begin(order);
        @Nullable Outcome[] outcomes = new Outcome[order.choices()];
        int ended = 0;
        try (ClientWatch ignored = ClientWatch.begin(inbox::leave)) {
            submit(order, inbox, asked);
            while (ended < order.choices()) {
                List<Inbox.Item> items = inbox.take(QUIET_MILLIS);
                if (items.isEmpty()) {
                    writer.quiet();
                    writer.flush();
                    continue;
                }
                for (Inbox.Item item : items) {
                    if (item.event() instanceof ReplyEvent.Ended(Outcome outcome)) {
                        requireServed(outcome);
                        outcomes[item.choice()] = outcome;
                        ended++;
                    }
                    watch.piece(item.event());
                    writer.piece(item.choice(), item.event());
                }
                writer.flush();
            }
            List<Outcome> all = Stream.of(outcomes).map(Objects::requireNonNull).toList();
            watch.ended(all);
            return all;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
        } catch (OverloadedException e) {
            throw HttpError.of(HttpError.Kind.OVERLOADED, String.valueOf(e.getMessage()));
        } finally {
            if (ended < order.choices()) {
                asked.forEach(Asked::cancel);
                watch.failed();
            }
        }
    }

    private static void submit(ReplyOrder order, Inbox inbox, List<Asked> asked) {
        for (Ask ask : order.asks()) {
            int choice = asked.size();
            asked.add(order.target().served().model().ask(ask, inbox.ear(choice, ask.likeliest() >= 0), choice > 0));
        }
    }

    private static void requireServed(Outcome outcome) {
        if (outcome.tokens().generated() == 0) {
            if (outcome.reason() == FinishReason.CONTEXT_FULL) {
                throw HttpError.of(HttpError.Kind.PROMPT_TOO_LONG, outcome.message());
            }
            if (outcome.reason() == FinishReason.DEADLINE) {
                throw HttpError.of(HttpError.Kind.TIMEOUT, "the time was up before the first token");
            }
        }
        if (outcome.reason() == FinishReason.CANCELLED) {
            throw HttpError.of(HttpError.Kind.OVERLOADED, "the model is being closed");
        }
    }
}
