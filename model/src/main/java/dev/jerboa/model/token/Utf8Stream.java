package dev.jerboa.model.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Joins the bytes of tokens and gives out whole characters. */
final class Utf8Stream implements TokenStream {
    private final PipelineTokenizer tokenizer;
    private final boolean special;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    private int strip;

    /** @param strip how many spaces are taken off the beginning */
    Utf8Stream(PipelineTokenizer tokenizer, boolean special, int strip) {
        this.tokenizer = tokenizer;
        this.special = special;
        this.strip = strip;
    }

    @Override
    public String next(int id) {
        tokenizer.piece(id, special, bytes);
        byte[] all = bytes.toByteArray();
        int from = 0;
        while (strip > 0 && from < all.length) {
            strip = all[from] == ' ' ? strip - 1 : -1;
            from += strip >= 0 ? 1 : 0;
        }
        int to = all.length - incomplete(all, from);
        bytes.reset();
        bytes.write(all, to, all.length - to);
        return new String(all, from, to - from, StandardCharsets.UTF_8);
    }

    @Override
    public String finish() {
        String rest = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return rest;
    }

    /** How many bytes at the end begin a character that more bytes can complete. */
    private static int incomplete(byte[] text, int from) {
        for (int back = 1; back <= 3 && text.length - back >= from; back++) {
            int b = text[text.length - back] & 0xff;
            if ((b & 0xc0) == 0x80) {
                continue;
            }
            int needed = b >= 0xf0 && b <= 0xf4 ? 4 : b >= 0xe0 && b < 0xf0 ? 3 : b >= 0xc2 && b < 0xe0 ? 2 : 1;
            if (needed <= back) {
                return 0;
            }
            return back == 1 || mayFollow(b, text[text.length - back + 1] & 0xff) ? back : 0;
        }
        return 0;
    }

    /** Whether the second byte is one that UTF-8 allows after this lead: no overlong forms, no surrogates, at most U+10FFFF. */
    private static boolean mayFollow(int lead, int second) {
        return switch (lead) {
            case 0xe0 -> second >= 0xa0;
            case 0xed -> second < 0xa0;
            case 0xf0 -> second >= 0x90;
            case 0xf4 -> second < 0x90;
            default -> true;
        };
    }
}
