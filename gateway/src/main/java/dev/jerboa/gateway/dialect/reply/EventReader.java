package dev.jerboa.gateway.dialect.reply;

import dev.jerboa.gateway.dialect.ReplyPiece;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads one reply of a dialect, as JSON. One thread. It takes what it is given: what is not as it should be, it passes over. */
public interface EventReader {
    /** Reads an event of a stream. */
    void event(Map<String, ? extends @Nullable Object> event, Consumer<ReplyPiece> out);

    /** Reads a whole reply. */
    void whole(Map<String, ? extends @Nullable Object> body, Consumer<ReplyPiece> out);

    /** Hears of data that is not JSON: {@code [DONE]}. */
    void marker(String data);

    /** Whether the reply has said that nothing more comes. */
    boolean isOver();

    /** Whether a reply whose bytes end here has said all: not every provider ends a stream as it should. */
    default boolean mayEnd() {
        return isOver();
    }

    /** What was used, as far as it was told. */
    ReplyPiece.Used used();
}
