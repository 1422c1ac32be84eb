package dev.jerboa.server.reply;

/** Writes a reply as it comes, in a dialect. One thread. Throws {@link dev.jerboa.server.http.ClientGoneException} where the client is gone. */
public interface ReplyWriter {
    /** A piece of a choice's reply. */
    void piece(int choice, ReplyEvent event);

    /** What was written so far is to be sent. */
    void flush();

    /** Nothing has come for some time. */
    void quiet();
}
