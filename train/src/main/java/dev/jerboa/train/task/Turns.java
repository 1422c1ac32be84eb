package dev.jerboa.train.task;

/**
 * The texts of the tokens that mark turns and thinking: {@code <|user|>question<|assistant|><think>working</think>answer<|end|>}.
 */
public final class Turns {
    public static final String USER = "<|user|>";
    public static final String ASSISTANT = "<|assistant|>";
    public static final String THINK = "<think>";
    public static final String THOUGHT = "</think>";
    /** Ends a turn, and with it the text. */
    public static final String END = "<|end|>";

    private Turns() {}
}
