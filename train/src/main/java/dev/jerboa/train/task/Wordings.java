package dev.jerboa.train.task;

/** Which of the wordings of a question are spoken: the line between them is drawn by the hash of a pattern's text. */
public enum Wordings {
    /** Those that training reads. */
    TRAINED,
    /** About one in eight, which no training reads: what a stranger might say. */
    NEW
}
