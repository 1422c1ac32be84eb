package dev.jerboa.model.token;

import java.util.Random;

/** Texts with what tokenizers trip over: runs of spaces, contractions, marks, scripts, characters beyond the BMP. */
public final class TextSamples {
    private static final String[] PARTS = {
        "a",
        "B",
        "the",
        "Hello",
        " ",
        "  ",
        "   ",
        "\n",
        "\r\n",
        "\n\n",
        "\t",
        "'s",
        "'LL",
        "'\u017f",
        "n't",
        "1",
        "23",
        "4567",
        "\u0664",
        "\u00bd",
        ".",
        ",",
        "!?",
        "...",
        "#",
        "$",
        "+=",
        "_",
        "/",
        "(",
        ")",
        "\"",
        "\u00e9",
        "e\u0301",
        "\u00dc",
        "\u01c5",
        "\u02b0",
        "\u4f60\u597d",
        "\u3042\u30ab",
        "\ud55c\uae00",
        "\u0e01\u0e33",
        "\u0627\u064e",
        "\u0939\u093f",
        "\u3000",
        "\u00a0",
        "\u2003",
        "\u0085",
        "\u200d",
        "\ufeff",
        "\ud83d\ude00",
        "\ud83d\udc68\u200d\ud83d\udc69",
        "\ud835\udd4f",
        "\u2581",
        "\u0000",
        "\u007f",
        "\ufffd",
        "\u3002",
        "\uff0c",
        "\u00df",
        "\u0130",
        "\u03c3",
        "<s>",
        "<|im_end|>",
        "K\u212a",
        "\u2028",
        "x1y2",
        "A1",
        "\u2160"
    };

    private TextSamples() {}

    public static String mixed(Random random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            if (random.nextInt(20) == 0) {
                int c = random.nextInt(Character.MAX_CODE_POINT + 1);
                text.appendCodePoint(c >= 0xd800 && c <= 0xdfff ? 'q' : c);
            } else {
                text.append(PARTS[random.nextInt(PARTS.length)]);
            }
        }
        return text.toString();
    }
}
