package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import java.util.Arrays;

/** Many short strings in one array of characters, while a file is read. */
final class TextList {
    private static final int MAX_CHARACTERS = 1 << 28;

    private final String source;
    private char[] characters = new char[1 << 16];
    private int[] ends = new int[1 << 12];
    private int size;

    /** @param source the file, for messages */
    TextList(String source) {
        this.source = source;
    }

    void add(char[] from, int offset, int length) {
        int start = room(length);
        System.arraycopy(from, offset, characters, start, length);
        ends[size++] = start + length;
    }

    void add(String text) {
        int start = room(text.length());
        text.getChars(0, text.length(), characters, start);
        ends[size++] = start + text.length();
    }

    private int room(int length) {
        int start = size == 0 ? 0 : ends[size - 1];
        if ((long) start + length > MAX_CHARACTERS) {
            throw new ModelException(
                    source + ": the tokens or merges have more than " + MAX_CHARACTERS + " characters");
        }
        if (start + length > characters.length) {
            characters = Arrays.copyOf(characters, Math.max(start + length, characters.length * 2));
        }
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, size * 2);
        }
        return start;
    }

    int size() {
        return size;
    }

    String get(int index) {
        int start = index == 0 ? 0 : ends[index - 1];
        return new String(characters, start, ends[index] - start);
    }
}
