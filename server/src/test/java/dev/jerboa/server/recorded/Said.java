package dev.jerboa.server.recorded;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says in whichever dialect, whole or streamed.
 *
 * @param input tokens of the prompt; −1 where the answer does not tell them
 * @param output tokens of the reply; −1 where the answer does not tell them
 */
record Said(List<Choice> choices, long input, long output) {
    Said {
        choices = List.copyOf(choices);
    }

    /** One of its replies. */
    record Choice(String text, String thinking, List<Call> calls, String finish, List<String> tokens) {
        Choice {
            calls = List.copyOf(calls);
            tokens = List.copyOf(tokens);
        }
    }

    /**
     * A call of a tool.
     *
     * @param arguments the value, or the text where the reply was cut within it
     */
    record Call(String name, @Nullable Object arguments) {
        static Call of(String name, String arguments) {
            try {
                return new Call(name, Json.parse(arguments, "arguments"));
            } catch (ModelException e) {
                return new Call(name, arguments);
            }
        }
    }

    /** Collects a reply that comes in pieces. */
    static final class Building {
        final StringBuilder text = new StringBuilder();
        final StringBuilder thinking = new StringBuilder();
        final List<String> callNames = new ArrayList<>();
        final List<StringBuilder> callArguments = new ArrayList<>();
        final List<String> tokens = new ArrayList<>();
        String finish = "";

        void call(String name) {
            callNames.add(name);
            callArguments.add(new StringBuilder());
        }

        Choice choice() {
            List<Call> calls = new ArrayList<>();
            for (int i = 0; i < callNames.size(); i++) {
                calls.add(Call.of(callNames.get(i), callArguments.get(i).toString()));
            }
            return new Choice(text.toString(), thinking.toString(), calls, finish, tokens);
        }
    }
}
