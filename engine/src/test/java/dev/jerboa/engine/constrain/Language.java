package dev.jerboa.engine.constrain;

import dev.jerboa.engine.constrain.automaton.Alphabet;
import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.automaton.State;
import dev.jerboa.engine.constrain.grammar.Expression;
import java.nio.charset.StandardCharsets;

/** Which texts an expression has. */
public record Language(Automaton automaton) {
    public static Language of(Expression expression) {
        return new Language(Automaton.of(expression, Alphabet.BYTES));
    }

    public boolean has(String text) {
        return automaton.matches(text.getBytes(StandardCharsets.UTF_8));
    }

    public boolean begins(String text) {
        State state = automaton.next(automaton.start(), text.getBytes(StandardCharsets.UTF_8));
        return !state.dead();
    }
}
