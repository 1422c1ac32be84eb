package dev.jerboa.engine.schedule;

/** Guesses what one sequence goes on with. One thread: the scheduler's. */
interface Drafter extends AutoCloseable {
    /**
     * Puts guesses for the tokens after {@code known} ones of {@code tokens} into {@code into}. The known ones are those of the last
     * call and what was confirmed or picked since.
     *
     * @return how many, at most {@code room}
     */
    int guess(int[] tokens, int known, int[] into, int room);

    /** Of the {@code guessed} tokens of the last call the first {@code right} were confirmed. */
    void learn(int guessed, int right);

    /** The drafter that guesses where this one has nothing to say; itself where there is none. */
    default Drafter underneath() {
        return this;
    }

    /** Gives back what it holds; it may guess again, from the beginning. */
    @Override
    void close();
}
