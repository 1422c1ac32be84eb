package dev.jerboa.gateway.dialect;

import java.util.function.Consumer;

/**
 * Reads one reply of an endpoint, however its bytes are split. One thread. Whatever the endpoint sends, it does not throw: what cannot be
 * read becomes {@link ReplyPiece.Failed}, and memory is bounded.
 */
public interface ReplyReader {
    /** Takes bytes of the body, and gives the pieces that are complete by them. */
    void take(byte[] bytes, int offset, int length, Consumer<ReplyPiece> out);

    /**
     * The body has ended: gives the rest, {@link ReplyPiece.Used} among it unless it was given; nothing more than
     * {@link ReplyPiece.Failed} and {@link ReplyPiece.Used} where it was cut.
     */
    void end(Consumer<ReplyPiece> out);

    /** Whether the reply has said that it is over: a body that ends before was cut. */
    boolean isOver();
}
