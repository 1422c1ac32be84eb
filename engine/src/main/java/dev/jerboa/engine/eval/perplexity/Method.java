package dev.jerboa.engine.eval.perplexity;

/** Which tokens of a text are predicted after which. Figures of different methods, or lengths, do not compare. */
public enum Method {
    /**
     * Pieces of a context's length one after the other, of which the second half is scored, each token after at least half a context;
     * the first token of a piece is replaced by BOS where the model wants one. What is left at the end is not read. The convention of
     * llama.cpp's perplexity tool.
     */
    CHUNKS,
    /**
     * A window of a context's length that moves on by a stride, of which the tokens are scored that no window before had. The convention
     * of transformers' documentation for models of fixed length.
     */
    SLIDING
}
