package dev.jerboa.train.task;

/** The language of a question, and of the words in its answer. */
public enum Language {
    ENGLISH,
    ARABIC
}
