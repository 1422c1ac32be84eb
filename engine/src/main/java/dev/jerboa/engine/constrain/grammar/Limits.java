package dev.jerboa.engine.constrain.grammar;

/** Bounds on what comes from outside, so that no source takes long or much memory. A source beyond one is refused by name. */
public final class Limits {
    /** Characters of a regular expression, grammar or schema, written as text. */
    public static final int SOURCE_LENGTH = 1 << 20;

    /** Nesting of groups, brackets, expressions, schemas. */
    public static final int NESTING = 200;

    /** The greatest bound of a counted repeat. */
    public static final int REPEATS = 1_000_000;

    /** Nodes of a network. */
    public static final int NODES = 400_000;

    /** Edges of a network. */
    public static final int EDGES = 1_500_000;

    /** States of an automaton that is made as a whole, to intersect two languages. */
    public static final int DFA_STATES = 20_000;

    private Limits() {}
}
