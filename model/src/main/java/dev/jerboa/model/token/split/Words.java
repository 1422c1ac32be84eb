package dev.jerboa.model.token.split;

/**
 * A text in UTF-8 and the spans of it that are words; what is between them is dropped. Splitters replace the spans, some
 * replace the text. One thread.
 */
public final class Words {
    private byte[] text;
    private final boolean first;
    private IntList spans;
    private IntList spare = new IntList(16);

    /**
     * One word, the text from {@code from} to {@code to}.
     *
     * @param first whether the text is the beginning of what is tokenized, not what follows a special token
     */
    public Words(byte[] text, int from, int to, boolean first) {
        this.text = text;
        this.first = first;
        this.spans = new IntList(16 + (to - from) / 2);
        if (to > from) {
            spans.add(from);
            spans.add(to);
        }
    }

    public byte[] text() {
        return text;
    }

    /** How many words there are. */
    public int count() {
        return spans.size() >> 1;
    }

    /** First byte of a word. */
    public int start(int word) {
        return spans.get(2 * word);
    }

    /** The byte after a word. */
    public int end(int word) {
        return spans.get(2 * word + 1);
    }

    boolean first() {
        return first;
    }

    /** Adds a word to those that {@link #commit} will put in place of the present ones; empty ones are left out. */
    void emit(int start, int end) {
        if (end > start) {
            spare.add(start);
            spare.add(end);
        }
    }

    void commit() {
        IntList old = spans;
        spans = spare;
        old.clear();
        spare = old;
    }

    void commit(byte[] newText) {
        text = newText;
        commit();
    }
}
