package dev.jerboa.model.token;

import dev.jerboa.model.token.split.IntList;
import dev.jerboa.model.token.split.Utf8;
import java.nio.charset.StandardCharsets;

/**
 * WordPiece as BERT uses it: from the left, always the longest token that fits; a word that cannot be covered is one unknown
 * token. Tokens inside a word have a mark of their own before them ({@code ##}), or, as GGUF stores them, those at the
 * beginning of a word have ({@code ▁}).
 */
final class WordPiece implements WordModel {
    private final Vocabulary vocabulary;
    private final int unknown;
    private final byte[] first;
    private final byte[] inside;
    private final int maxCharacters;

    /**
     * @param first the mark of tokens at the beginning of a word
     * @param inside the mark of tokens inside
     * @param maxCharacters a longer word is unknown
     */
    WordPiece(Vocabulary vocabulary, int unknown, String first, String inside, int maxCharacters) {
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.first = first.getBytes(StandardCharsets.UTF_8);
        this.inside = inside.getBytes(StandardCharsets.UTF_8);
        this.maxCharacters = maxCharacters;
    }

    @Override
    public void encode(byte[] text, int from, int to, IntList out, Symbols symbols) {
        int characters = 0;
        for (int i = from; i < to; i++) {
            characters += (text[i] & 0xc0) != 0x80 ? 1 : 0;
        }
        int before = out.size();
        int at = characters > maxCharacters ? -1 : from;
        byte[] key = new byte[Math.max(vocabulary.longest(), Math.max(first.length, inside.length))];
        while (at >= 0 && at < to) {
            byte[] mark = at == from ? first : inside;
            System.arraycopy(mark, 0, key, 0, mark.length);
            int length = Math.min(to - at, key.length - mark.length);
            System.arraycopy(text, at, key, mark.length, length);
            int id = -1;
            int end = at + length;
            while (end > at) {
                if (end == to || (text[end] & 0xc0) != 0x80) {
                    id = vocabulary.find(key, 0, mark.length + end - at);
                    if (id >= 0) {
                        break;
                    }
                }
                end = Utf8.before(text, end);
            }
            if (id >= 0) {
                out.add(id);
            }
            at = id >= 0 ? end : -1;
        }
        if (at < 0) {
            out.truncate(before);
            if (unknown >= 0) {
                out.add(unknown);
            }
        }
    }
}
