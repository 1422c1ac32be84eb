package dev.jerboa.engine.constrain.automaton;

/** What a network may be made of: the bytes that have a token of their own, and the special tokens by text. */
public interface Alphabet {
    /** All bytes, no special tokens: for networks that are only asked whether a text is in a language. */
    Alphabet BYTES = new Alphabet() {
        @Override
        public boolean has(int b) {
            return true;
        }

        @Override
        public int special(String text) {
            return -1;
        }
    };

    /** Whether a byte, 0 to 255, can be written by itself. */
    boolean has(int b);

    /** The special token that is written so, or −1. */
    int special(String text);
}
