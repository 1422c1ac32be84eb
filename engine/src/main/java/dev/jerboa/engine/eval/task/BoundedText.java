package dev.jerboa.engine.eval.task;

/** A text that a regular expression may look at so many times: one that tries too much ends, instead of never. One thread. */
final class BoundedText implements CharSequence {
    private final CharSequence text;
    private final int[] left;

    /** Thrown when the looks are used up. */
    static final class Exhausted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exhausted() {
            super("too many looks", null, false, false);
        }
    }

    BoundedText(CharSequence text, int looks) {
        this(text, new int[] {looks});
    }

    private BoundedText(CharSequence text, int[] left) {
        this.text = text;
        this.left = left;
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        if (--left[0] < 0) {
            throw new Exhausted();
        }
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return new BoundedText(text.subSequence(start, end), left);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
