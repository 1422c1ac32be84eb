package dev.jerboa.server.reply;

import dev.jerboa.engine.generate.AskListener;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.schedule.Pick;
import dev.jerboa.server.http.ClientGoneException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where the scheduler's thread puts pieces of replies, and the request's thread takes all that there are at once: whoever reads slowly
 * gets fewer, larger pieces, and holds nobody up. Bounded by the tokens that were ordered, and in time by the patience of writes. Thread-safe.
 */
public final class Inbox {
    /** A piece of the reply of one choice. */
    public record Item(int choice, ReplyEvent event) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private List<Item> items = new ArrayList<>();
    private boolean left;

    /** Puts the pieces of one choice's reply here. Text is put once a token. */
    AskListener ear(int choice, boolean tokens) {
        return new Ear(choice, tokens);
    }

    private final class Ear implements AskListener {
        private final int choice;
        private final boolean tokens;
        private final List<ReplyEvent> held = new ArrayList<>();

        Ear(int choice, boolean tokens) {
            this.choice = choice;
            this.tokens = tokens;
        }

        @Override
        public void token(Pick pick, boolean thinking, String text) {
            if (tokens) {
                held.add(new ReplyEvent.Token(pick, thinking, text));
            }
        }

        @Override
        public void answer(CharSequence text) {
            held.add(new ReplyEvent.Answer(text.toString()));
        }

        @Override
        public void reasoning(CharSequence text) {
            held.add(new ReplyEvent.Reasoning(text.toString()));
        }

        @Override
        public void callStarted(int index, String id, String name) {
            held.add(new ReplyEvent.CallStarted(index, id, name));
        }

        @Override
        public void callArguments(int index, CharSequence json) {
            held.add(new ReplyEvent.CallArguments(index, json.toString()));
        }

        @Override
        public void told() {
            put();
        }

        @Override
        public void ended(Outcome outcome) {
            held.add(new ReplyEvent.Ended(outcome));
            put();
        }

        @Override
        public void failed(RuntimeException cause) {
            held.add(new ReplyEvent.Failed(cause));
            put();
        }

        private void put() {
            if (held.isEmpty()) {
                return;
            }
            lock.lock();
            try {
                for (ReplyEvent event : held) {
                    items.add(new Item(choice, event));
                }
                arrived.signal();
            } finally {
                lock.unlock();
                held.clear();
            }
        }
    }

    /** The client is gone: whoever waits here is told. */
    void leave() {
        lock.lock();
        try {
            left = true;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * All pieces that have come since the last call, in order; waits for one, and returns none after {@code millis}.
     *
     * @throws ClientGoneException after {@link #leave}
     */
    List<Item> take(long millis) throws InterruptedException {
        lock.lock();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (items.isEmpty() && !left && nanos > 0) {
                nanos = arrived.awaitNanos(nanos);
            }
            if (left) {
                throw new ClientGoneException("the client went away before its reply had ended");
            }
            List<Item> taken = items;
            items = new ArrayList<>();
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
