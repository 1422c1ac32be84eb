package dev.jerboa.server.reply;

import dev.jerboa.engine.generate.Ask;
import dev.jerboa.server.model.Models;
import java.util.List;

/**
 * What a request orders, whatever its dialect.
 *
 * @param target the model and its adaptation
 * @param ask the reply; of several choices, that of the first: the others have seeds of their own
 * @param choices how many replies
 * @param warnings what was ignored, in sentences
 */
public record ReplyOrder(Models.Target target, Ask ask, int choices, List<String> warnings) {
    public ReplyOrder {
        warnings = List.copyOf(warnings);
    }
}
