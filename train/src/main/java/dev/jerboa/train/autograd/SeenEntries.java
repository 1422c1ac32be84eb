package dev.jerboa.train.autograd;

/** Which entries of its sequence each token of a batch sees; known after their maker's forward. */
public interface SeenEntries {
    /** How many. */
    int count(int token);

    /** The number of the i-th, from 0 on. */
    int entry(int token, int i);
}
