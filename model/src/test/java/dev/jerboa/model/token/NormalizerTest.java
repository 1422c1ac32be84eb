package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NormalizerTest {
    @Test
    void spacesOfSentencePiece() {
        assertThat(new Normalizer.Spaces(true, true).apply("  a   b ")).isEqualTo(" a b");
        assertThat(new Normalizer.Spaces(false, true).apply(" a  b ")).isEqualTo("  a  b ");
        assertThat(new Normalizer.Spaces(true, true).apply("   ")).isEmpty();
        assertThat(new Normalizer.Spaces(false, false).apply("a ")).isEqualTo("a ");
    }

    @Test
    void bertCleansAndSetsIdeographsApart() {
        assertThat(new Normalizer.BertClean(true, true).apply("a\u0000\u4f60\tb\u200d\ufffd"))
                .isEqualTo("a \u4f60  b");
        assertThat(new Normalizer.StripMarks(false).apply("e\u0301\u0903")).isEqualTo("e\u0903");
        assertThat(new Normalizer.StripMarks(true).apply("e\u0301\u0903")).isEqualTo("e");
        assertThat(new Normalizer.Strip(true, false).apply(" \u3000a ")).isEqualTo("a ");
        assertThat(new Normalizer.Lowercase().apply("\u0130\u03a3A")).isEqualTo("i\u0307\u03c3a");
    }

    /** The trie A → 0 ("a"), Ab → 2 ("xyz"), é → 6 (""), laid out by hand as Darts-clone does. */
    private static byte[] table() {
        int[] units = new int[1024];
        units[0] = 256 << 10;
        int a = 256 ^ 'A';
        units[a] = 512 << 10 | 0x100 | 'A';
        units[a ^ 512] = 0x80000000;
        int ab = a ^ 512 ^ 'b';
        units[ab] = 128 << 10 | 0x100 | 'b';
        units[ab ^ 128] = 0x80000000 | 2;
        int lead = 256 ^ 0xc3;
        units[lead] = 768 << 10 | 0xc3;
        int accent = lead ^ 768 ^ 0xa9;
        units[accent] = 64 << 10 | 0x100 | 0xa9;
        units[accent ^ 64] = 0x80000000 | 6;
        byte[] texts = "a\0xyz\0\0".getBytes(StandardCharsets.UTF_8);
        ByteBuffer out =
                ByteBuffer.allocate(4 + 4 * units.length + texts.length).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(4 * units.length);
        for (int unit : units) {
            out.putInt(unit);
        }
        return out.put(texts).array();
    }

    @Test
    void theLongestMatchOfACharsMapIsReplaced() {
        Normalizer map = new Normalizer.CharsMap(table(), "test");

        assertThat(map.apply("xAyAbz\u00e9\u00e8A")).isEqualTo("xayxyzz\u00e8a");
        assertThat(map.apply("plain")).isEqualTo("plain");
    }

    @Test
    void damagedCharsMapsDoNoHarm() {
        assertThatThrownBy(() -> new Normalizer.CharsMap(new byte[] {1, 2}, "test"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("test");
        Random random = new Random(6);
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = table();
            for (int n = 0; n < 20; n++) {
                damaged[4 + random.nextInt(damaged.length - 4)] = (byte) random.nextInt(256);
            }
            assertThat(new Normalizer.CharsMap(damaged, "test").apply("AbA\u00e9xyz"))
                    .isNotNull();
        }
    }
}
