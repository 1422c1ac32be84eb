package dev.jerboa.engine.chat.call;

/**
 * Looks for one text in a stream of characters (Knuth, Morris, Pratt 1977): knows at every character how long a prefix of
 * the text the stream ends with. One thread.
 */
public final class Marker {
    private final String text;
    /** For each matched length, the longest shorter prefix that the matched part also ends with. */
    private final int[] fallback;

    private int matched;

    /** @param text what to look for, not empty */
    public Marker(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("an empty text cannot be looked for");
        }
        this.text = text;
        this.fallback = new int[text.length() + 1];
        for (int i = 1, k = 0; i < text.length(); i++) {
            while (k > 0 && text.charAt(i) != text.charAt(k)) {
                k = fallback[k];
            }
            if (text.charAt(i) == text.charAt(k)) {
                k++;
            }
            fallback[i + 1] = k;
        }
    }

    public String text() {
        return text;
    }

    /** How many characters at the stream's end may be the beginning of the text. */
    public int matched() {
        return matched;
    }

    /** Takes the next character; true where it completes the text. */
    public boolean accept(char c) {
        if (matched == text.length()) {
            matched = fallback[matched];
        }
        while (matched > 0 && text.charAt(matched) != c) {
            matched = fallback[matched];
        }
        if (text.charAt(matched) == c) {
            matched++;
        }
        return matched == text.length();
    }

    /** Forgets the stream so far. */
    public void reset() {
        matched = 0;
    }
}
