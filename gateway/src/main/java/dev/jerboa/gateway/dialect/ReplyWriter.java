package dev.jerboa.gateway.dialect;

/**
 * Writes one reply in a client's form: piece by piece where the client takes it so, as a whole otherwise. One thread.
 *
 * <p>The last bytes are given apart from the others, so that they can wait until accounts are settled.
 */
public interface ReplyWriter {
    /** The type of the body. */
    String contentType();

    /** Takes a piece. {@link ReplyPiece.Used} is passed over: {@link #end} has the counts. */
    void piece(ReplyPiece piece, ByteSink out);

    /** What clients pass over, so that nobody thinks that the stream is dead; nothing where the form has none. */
    void keepAlive(ByteSink out);

    /** The end of a reply that was not cut: the whole reply where it is not streamed. */
    byte[] end(Ending ending);

    /** The end of a reply that failed after it had begun: an error in the form's own shape. */
    byte[] failed(ReplyError error);
}
