package dev.jerboa.server.reply;

import dev.jerboa.engine.generate.Outcome;
import java.util.List;

/** Sees orders come and go, to count them. Thread-safe. */
public interface ReplyObserver {
    /** An order has come. */
    Watch begin(ReplyOrder order);

    /** One order's fate. */
    interface Watch {
        /** A piece of a reply has come. */
        default void piece(ReplyEvent event) {}

        /** All of its replies have ended. */
        void ended(List<Outcome> outcomes);

        /** It was not served to its end. */
        void failed();
    }
}
