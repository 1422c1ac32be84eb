package dev.jerboa.engine.generate;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.kernel.memory.FloatRows;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs the steps of all sessions of a model, one at a time and in the order they come (a fair lock, on which virtual threads
 * wait without holding a carrier). Thread-safe.
 */
final class Steps implements AutoCloseable {
    /** What to do with a step's logits while they are valid. */
    interface Reader {
        /** Reads row {@code row}, the prediction after the step's last token. */
        int read(FloatRows logits, int row);
    }

    private final StepModel model;
    private final KvCache cache;
    private final ReentrantLock lock = new ReentrantLock(true);
    private boolean closed;

    Steps(StepModel model, KvCache cache) {
        this.model = model;
        this.cache = cache;
    }

    int vocabularySize() {
        return model.vocabularySize();
    }

    int maxStepTokens() {
        return model.maxStepTokens();
    }

    KvCache cache() {
        return cache;
    }

    /**
     * Runs {@code count} tokens from {@code from} as the next positions of {@code sequence}, whose pages are reserved, and
     * lets {@code reader} read the logits of the last one.
     *
     * @return what the reader returned
     */
    int runAndRead(int[] tokens, int from, int count, Sequence sequence, Reader reader) {
        lock.lock();
        try {
            return reader.read(run(tokens, from, count, sequence, true), 0);
        } finally {
            lock.unlock();
        }
    }

    /** Runs tokens whose logits nobody wants. */
    void run(int[] tokens, int from, int count, Sequence sequence) {
        lock.lock();
        try {
            run(tokens, from, count, sequence, false);
        } finally {
            lock.unlock();
        }
    }

    private FloatRows run(int[] tokens, int from, int count, Sequence sequence, boolean wantLast) {
        requireOpen();
        model.clear();
        for (int i = 0; i < count; i++) {
            boolean want = wantLast && i == count - 1;
            model.add(tokens[from + i], sequence.length() + i, sequence.pages(), want);
        }
        FloatRows logits = model.run(cache.layers());
        sequence.advance(count);
        return logits;
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Throws where the model is closed. */
    void requireOpen() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the model is closed");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the running step, then frees everything. Closing twice does nothing. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                try {
                    model.close();
                } finally {
                    cache.close();
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
