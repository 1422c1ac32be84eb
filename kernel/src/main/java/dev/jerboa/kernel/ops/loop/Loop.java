package dev.jerboa.kernel.ops.loop;

/**
 * A loop of a {@link LoopSpec}, ready to run. Thread-safe: each thread has a call of its own.
 *
 * <p>Memory is given by address; the caller answers for its life and size. It needs no alignment.
 */
public interface Loop {
    /** This thread's next call, to be filled in and run before another one of any loop. */
    Call call();

    /** What a loop runs on. Everything that the description names is to be set, each time. */
    interface Call {
        /**
         * Where a pointer's first row begins, and bytes from a row to the next.
         *
         * @param strideBytes may be 0 or negative
         */
        Call at(int pointer, long address, long strideBytes);

        /** How many elements each row has, from 0. */
        default Call count(int count, long elements) {
            return count(count, elements, 0);
        }

        /** How many elements the first row has, and how many more each row after it. */
        Call count(int count, long elements, long more);

        /** A number. */
        Call scalar(int index, float value);

        /** Runs so many rows; none where that is not positive. */
        void run(int rows);
    }
}
