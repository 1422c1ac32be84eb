package dev.jerboa.gateway.dialect.reply;

/**
 * What a writer is told of its reply before it begins.
 *
 * @param stream whether it is taken piece by piece
 * @param id from which the reply's ids are made
 * @param model what has answered
 * @param created when, in seconds since 1970
 * @param usage whether a stream tells the counts, where that is a choice
 * @param hidden whether reasoning is not shown
 */
public record ReplyHead(boolean stream, String id, String model, long created, boolean usage, boolean hidden) {
    /** An id where an endpoint gave none. */
    public String orOwn(String theirs, String prefix, int number) {
        return theirs.isEmpty() ? prefix + id + "_" + number : theirs;
    }
}
