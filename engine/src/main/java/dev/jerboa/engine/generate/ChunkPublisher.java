package dev.jerboa.engine.generate;

import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Replies as {@link Flow}: one generation a subscription, on a virtual thread, as fast as the subscriber asks. */
final class ChunkPublisher implements Flow.Publisher<Chunk> {
    /** Generates with this listener until the end or the cancellation. */
    interface Source {
        Reply generate(Consumer<Chunk> listener, Cancellation cancellation);
    }

    private final Source source;

    ChunkPublisher(Source source) {
        this.source = source;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super Chunk> subscriber) {
        Subscription subscription = new Subscription(subscriber);
        subscriber.onSubscribe(subscription);
        Thread.ofVirtual().name("jerboa-publisher").start(() -> subscription.run(source));
    }

    private static final class Subscription implements Flow.Subscription {
        private final Flow.Subscriber<? super Chunk> subscriber;
        private final Semaphore wanted = new Semaphore(0);
        private final Cancellation cancellation = new Cancellation();
        private final AtomicBoolean refused = new AtomicBoolean();

        Subscription(Flow.Subscriber<? super Chunk> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                refused.set(true);
                wanted.release();
                return;
            }
            // More than the semaphore can count is as good as without end.
            wanted.release((int)
                    Math.min(n, Integer.MAX_VALUE / 2 - Math.min(wanted.availablePermits(), Integer.MAX_VALUE / 2)));
        }

        @Override
        public void cancel() {
            cancellation.cancel();
            wanted.release();
        }

        void run(Source source) {
            try {
                source.generate(this::deliver, cancellation);
                if (!cancellation.isCancelled()) {
                    subscriber.onComplete();
                }
            } catch (RuntimeException | Error e) {
                if (!cancellation.isCancelled()) {
                    subscriber.onError(e);
                }
            }
        }

        private void deliver(Chunk chunk) {
            wanted.acquireUninterruptibly();
            if (refused.get()) {
                throw new IllegalArgumentException("request of less than 1 element");
            }
            if (!cancellation.isCancelled()) {
                subscriber.onNext(chunk);
            }
        }
    }
}
