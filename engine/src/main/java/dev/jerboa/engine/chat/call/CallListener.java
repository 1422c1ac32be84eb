package dev.jerboa.engine.chat.call;

/**
 * Gets what a reply's answer consists of, in order. Pieces of text and of arguments come as they become certain; how they are
 * cut has no meaning. A {@code CharSequence} is valid during the call only.
 */
public interface CallListener {
    /** The next piece of the answer's text. */
    void answer(CharSequence text);

    /**
     * A tool call begins.
     *
     * @param index counts the reply's calls from 0
     */
    void callStarted(int index, String id, String name);

    /** The next piece of the call's arguments: JSON text, an object as a whole, however the model writes arguments. */
    void callArguments(int index, CharSequence json);

    /**
     * The call ends.
     *
     * @param whole whether the arguments are complete; not, where the reply was cut or did not keep to the format
     */
    void callFinished(int index, boolean whole);
}
