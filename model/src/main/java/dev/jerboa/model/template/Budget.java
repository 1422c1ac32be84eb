package dev.jerboa.model.template;

/** What one rendering has spent of its {@link TemplateLimits}. Not thread-safe. */
final class Budget {
    /** Weight of a list or map element, and of a small object, in memory units. */
    private static final int ELEMENT_UNITS = 8;

    private final TemplateLimits limits;
    private long steps;
    private long memory;
    private int depth;

    Budget(TemplateLimits limits) {
        this.limits = limits;
    }

    void step() {
        if (++steps > limits.steps()) {
            throw tooManySteps();
        }
    }

    void steps(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw tooManySteps();
        }
    }

    /** A pass over so many chars. */
    void scan(long chars) {
        steps(1 + (chars >>> 3));
    }

    /** A search for {@code needle} chars in {@code hay} chars, at worst their product. */
    void search(long hay, long needle) {
        steps(1 + (hay >>> 3) + (hay >>> 6) * (needle >>> 6));
    }

    /** A text of so many chars is about to be made; returns the length. */
    int text(long chars) {
        grown(chars, chars);
        memory(ELEMENT_UNITS);
        return (int) chars;
    }

    /** A text under construction comes to have {@code chars} chars, of which {@code added} are new. */
    void grown(long chars, long added) {
        if (chars > limits.textChars()) {
            throw new Fault("a text of " + chars + " characters is longer than the limit of " + limits.textChars());
        }
        steps(added >>> 5);
        memory(added);
    }

    /** Accounts for a text that was made. */
    String made(String text) {
        text(text.length());
        return text;
    }

    /** A list or map of so many elements is about to be made; returns the size. */
    int elements(long count) {
        if (count > limits.memoryUnits() / ELEMENT_UNITS) {
            throw tooMuchMemory();
        }
        steps(1 + (count >>> 2));
        memory((count + 4) * ELEMENT_UNITS);
        return (int) count;
    }

    void descend() {
        if (++depth > limits.depth()) {
            depth--;
            throw new Fault("evaluation is nested deeper than the limit of " + limits.depth());
        }
    }

    void ascend() {
        depth--;
    }

    private void memory(long units) {
        memory += units;
        if (memory > limits.memoryUnits()) {
            throw tooMuchMemory();
        }
    }

    private Fault tooManySteps() {
        return new Fault("the rendering takes more than the limit of " + limits.steps() + " steps");
    }

    private Fault tooMuchMemory() {
        return new Fault(
                "the rendering makes more than the limit of " + limits.memoryUnits() + " units of text and lists");
    }
}
