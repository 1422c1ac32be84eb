package dev.jerboa.model.template;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A sequence that is computed as it is read, once, such as the result of {@code map} or {@code select}. */
final class Generator implements Iterator<@Nullable Object> {
    /** What Python calls the type. */
    final String type;

    private final Iterator<? extends @Nullable Object> source;
    private final Budget budget;

    Generator(String type, Iterator<? extends @Nullable Object> source, Budget budget) {
        this.type = type;
        this.source = source;
        this.budget = budget;
    }

    @Override
    public boolean hasNext() {
        budget.step();
        budget.descend();
        try {
            return source.hasNext();
        } finally {
            budget.ascend();
        }
    }

    @Override
    public @Nullable Object next() {
        budget.descend();
        try {
            return source.next();
        } finally {
            budget.ascend();
        }
    }

    /** An iterator that finds its next element on demand. */
    abstract static class Lookahead implements Iterator<@Nullable Object> {

        private @Nullable Object ahead;
        private boolean known;

        /** The next element or, at the end, {@link Absent}. */
        abstract @Nullable Object advance();

        @Override
        public final boolean hasNext() {
            if (!known) {
                ahead = advance();
                known = true;
            }
            return !(ahead instanceof Absent);
        }

        @Override
        public final @Nullable Object next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Object next = ahead;
            known = false;
            ahead = null;
            return next;
        }
    }
}
