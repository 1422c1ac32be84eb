package dev.jerboa.engine.constrain;

import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import dev.jerboa.model.token.Tokenizers;
import dev.jerboa.testkit.SharedFolder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Vocabularies of tests: one of all bytes and awkward tokens, and published ones. */
public final class Vocabularies {
    /** Special tokens of {@link #bytes}. */
    public static final int STOP = 0;

    public static final int CALL = 1;
    public static final int END_CALL = 2;
    public static final int OTHER = 3;

    private static final Vocabulary BYTES = make();

    private Vocabularies() {}

    /** Every byte, tokens over the borders of a grammar's parts, parts of characters, twins, special tokens. */
    public static Vocabulary bytes() {
        return BYTES;
    }

    private static Vocabulary make() {
        List<byte[]> tokens = new ArrayList<>();
        for (int special = 0; special < 4; special++) {
            tokens.add(new byte[0]);
        }
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        for (String text : List.of(
                "\":{\"",
                "\"}]",
                "{\"",
                "\":",
                "\": ",
                "\",\"",
                "\", \"",
                "[[",
                "]]",
                "}}",
                "{}",
                "[]",
                "[{\"",
                "\"}",
                "},{\"",
                ", ",
                ": ",
                " \"",
                "\n  ",
                "\n",
                "  ",
                "    ",
                "true",
                "false",
                "null",
                "tru",
                "ue",
                "12",
                "00",
                "-1",
                "1.5",
                ".0",
                "e1",
                "E+",
                "abc",
                "ab",
                "a",
                "name",
                "\"name\"",
                "name\":",
                "item",
                " the",
                "hello world",
                "\\u",
                "\\n",
                "\\\"",
                "\\u00",
                "é",
                "ü",
                "日本",
                "日",
                "😀",
                "a longer token of plain text than sixteen",
                "<",
                "</",
                "think>",
                "</think>",
                "<call>",
                "x\"",
                "x\",",
                "2024-",
                "-01",
                "@",
                "://",
                "é\"",
                "é\":",
                "a",
                "ab",
                "\"name\"")) {
            tokens.add(text.getBytes(StandardCharsets.UTF_8));
        }
        tokens.add(new byte[] {(byte) 0xe6, (byte) 0x97});
        tokens.add(new byte[] {(byte) 0x97, (byte) 0xa5});
        tokens.add(new byte[] {(byte) 0xa5, '"'});
        tokens.add(new byte[] {(byte) 0xf0, (byte) 0x9f});
        tokens.add(new byte[] {'"', (byte) 0xe6});
        tokens.add(new byte[] {(byte) 0xa9, (byte) 0xc3});
        return Vocabulary.of(
                tokens,
                Map.of("<stop>", STOP, "<|call|>", CALL, "<|end|>", END_CALL, "<|other|>", OTHER),
                new int[] {STOP});
    }

    /** A published vocabulary of 128 thousand tokens; skips the test where it is not there. */
    public static Vocabulary llama3() {
        SharedFolder.require(Llama3.FOLDER);
        return Llama3.VOCABULARY;
    }

    private static final class Llama3 {
        static final String FOLDER = "oracle/tokenizers/llama3-bpe";
        static final Vocabulary VOCABULARY = Vocabulary.of(
                Tokenizers.fromFolder(SharedFolder.require(FOLDER)).orElseThrow());
    }
}
