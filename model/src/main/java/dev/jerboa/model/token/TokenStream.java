package dev.jerboa.model.token;

/** Decodes a growing sequence of tokens; holds back bytes until they complete a UTF-8 character. One thread. */
public interface TokenStream {
    /** The text that {@code id} completes, perhaps empty. */
    String next(int id);

    /** What is held back at the end: incomplete bytes become U+FFFD. */
    String finish();
}
