package dev.jerboa.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.KvShape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KvCacheTest {
    private static final List<KvShape> SHAPES = List.of(new KvShape(8, 4), new KvShape(6, 0));

    @Test
    void sizeIsKnownBeforehand() {
        assertThat(KvCache.bytesPerToken(SHAPES, CacheType.F32)).isEqualTo((8 + 4 + 6) * 4);
        assertThat(KvCache.bytes(SHAPES, 65, CacheType.F32)).isEqualTo(128 * 72);
        try (KvCache cache = KvCache.open(SHAPES, 65)) {
            assertThat(cache.capacity()).isEqualTo(128);
            assertThat(cache.bytes()).isEqualTo(128 * 72);
            KvLayer grouped = cache.layers().get(0);
            assertThat(grouped.keys().byteSize()).isEqualTo(128 * 8 * 4);
            assertThat(grouped.values().byteSize()).isEqualTo(128 * 4 * 4);
            assertThat(grouped.valueStride()).isEqualTo(4);
            KvLayer latent = cache.layers().get(1);
            assertThat(latent.values()).isSameAs(latent.keys());
            assertThat(latent.valueStride()).isEqualTo(6);
        }
    }

    @Test
    void sequencesNeverShareAPageAndGiveAllBack() {
        Random random = new Random(1);
        try (KvCache cache = KvCache.open(SHAPES, 20 * 64)) {
            List<Sequence> sequences = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                sequences.add(cache.sequence(500));
            }
            for (int step = 0; step < 5000; step++) {
                Sequence sequence = sequences.get(random.nextInt(5));
                if (random.nextInt(3) == 0) {
                    sequence.truncate(random.nextInt(sequence.length() + 1));
                } else {
                    int free = cache.free();
                    int more = random.nextInt(500 - sequence.length() + 1);
                    boolean room = sequence.reserve(sequence.length() + more);
                    assertThat(room || more > free).isTrue();
                    if (room) {
                        sequence.advance(more);
                    }
                }
                Set<Integer> held = new HashSet<>();
                int pages = 0;
                for (Sequence s : sequences) {
                    for (int i = 0; i < KvCache.pages(s.length()); i++) {
                        pages++;
                        held.add(s.pages()[i]);
                    }
                }
                assertThat(held).hasSize(pages);
                assertThat(cache.free()).isEqualTo((20 - pages) * 64);
            }
            sequences.forEach(Sequence::close);
            sequences.forEach(Sequence::close);
            assertThat(cache.free()).isEqualTo(20 * 64);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (KvCache cache = KvCache.open(SHAPES, 64)) {
            Sequence sequence = cache.sequence(100);
            assertThat(sequence.reserve(65)).isFalse();
            assertThat(sequence.reserve(64)).isTrue();
            assertThatThrownBy(() -> sequence.reserve(101)).hasMessageContaining("at most 100");
            assertThatThrownBy(() -> sequence.advance(65)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> sequence.truncate(1)).isInstanceOf(IllegalArgumentException.class);
            sequence.close();
            assertThatThrownBy(() -> sequence.reserve(1)).hasMessageContaining("closed");
        }
    }

    /**
     * Sequences that begin with one another, grow, shrink and close in random order: each always reads what it wrote, and no page
     * is lost. What is written depends on the tokens before, as keys and values do.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void sharedPagesAreCopiedBeforeTheyAreWritten(long seed) {
        Random random = new Random(seed);
        try (KvCache cache = KvCache.open(SHAPES, 12 * 64)) {
            List<Written> all = new ArrayList<>();
            int shares = 0;
            for (int step = 0; step < 3000; step++) {
                if (all.isEmpty()) {
                    all.add(new Written(cache.sequence(300)));
                }
                Written one = all.get(random.nextInt(all.size()));
                switch (random.nextInt(6)) {
                    case 0 -> {
                        if (all.size() < 8) {
                            all.add(new Written(cache.sequence(300)));
                        }
                    }
                    case 1 -> one.truncate(random.nextInt(one.sequence.length() + 1));
                    case 2 -> {
                        one.sequence.close();
                        all.remove(one);
                    }
                    case 3 -> {
                        if (all.size() < 8) {
                            Written other = new Written(cache.sequence(300));
                            other.beginWith(one, random.nextInt(one.sequence.length() + 1));
                            shares += other.sequence.length() > 0 ? 1 : 0;
                            all.add(other);
                        }
                    }
                    default -> one.write(cache, random.nextInt(Math.min(100, 300 - one.sequence.length()) + 1), random);
                }
                all.forEach(written -> written.check(cache));
                Set<Integer> held = new HashSet<>();
                for (Written written : all) {
                    for (int i = 0; i < KvCache.pages(written.sequence.length()); i++) {
                        held.add(written.sequence.pages()[i]);
                    }
                }
                assertThat(cache.free()).isLessThanOrEqualTo((12 - held.size()) * 64);
            }
            assertThat(shares).isGreaterThan(20);
            all.forEach(written -> written.sequence.close());
            assertThat(cache.free()).isEqualTo(12 * 64);
        }
    }

    /** A sequence and what it should find at its positions. */
    private static final class Written {
        final Sequence sequence;
        final List<Float> expected = new ArrayList<>();

        Written(Sequence sequence) {
            this.sequence = sequence;
        }

        void write(KvCache cache, int more, Random random) {
            int length = sequence.length();
            if (!sequence.reserve(length + more)) {
                return;
            }
            for (int p = length; p < length + more; p++) {
                expected.add(random.nextFloat());
                for (KvLayer layer : cache.layers()) {
                    layer.keys()
                            .set(FloatRows.FLOAT, layer.slot(sequence.pages(), p) * layer.keyBytes(), expected.get(p));
                }
            }
            sequence.advance(more);
        }

        void truncate(int tokens) {
            sequence.truncate(tokens);
            expected.subList(tokens, expected.size()).clear();
        }

        void beginWith(Written other, int tokens) {
            sequence.beginWith(other.sequence, tokens);
            expected.addAll(other.expected.subList(0, tokens));
        }

        void check(KvCache cache) {
            for (int p = 0; p < sequence.length(); p++) {
                for (KvLayer layer : cache.layers()) {
                    float found = layer.keys().get(FloatRows.FLOAT, layer.slot(sequence.pages(), p) * layer.keyBytes());
                    if (found != expected.get(p)) {
                        throw new AssertionError("position " + p + " has " + found + ", expected " + expected.get(p));
                    }
                }
            }
        }
    }

    @Test
    void onlyAnEmptySequenceBeginsWithAnother() {
        try (KvCache cache = KvCache.open(SHAPES, 128);
                KvCache otherCache = KvCache.open(SHAPES, 128)) {
            Sequence one = cache.sequence(100);
            assertThat(one.reserve(70)).isTrue();
            one.advance(70);
            Sequence full = cache.sequence(100);
            full.beginWith(one, 70);
            assertThat(full.pages()).startsWith(one.pages()[0], one.pages()[1]);
            assertThat(cache.free()).isZero();
            assertThat(full.reserve(70)).isTrue(); // nothing to write
            assertThat(full.reserve(71)).isFalse(); // no page for the copy
            one.close();
            assertThat(full.reserve(71)).isTrue(); // nobody else holds it
            assertThatThrownBy(() -> full.beginWith(one, 0)).hasMessageContaining("only an empty sequence");
            Sequence other = otherCache.sequence(100);
            assertThatThrownBy(() -> other.beginWith(full, 1)).hasMessageContaining("of its cache");
            Sequence small = cache.sequence(10);
            assertThatThrownBy(() -> small.beginWith(full, 11)).hasMessageContaining("at most 10");
            assertThatThrownBy(() -> small.beginWith(full, 71)).hasMessageContaining("has 70");
        }
    }

    @Test
    void smallElementsTakeTheRoomTheySay() {
        List<KvShape> shapes = List.of(new KvShape(8, 4, 2));
        for (CacheType type : CacheType.values()) {
            int scales = type == CacheType.Q8_0 ? 2 * 2 : 0; // one of two bytes a head, of keys and of values
            assertThat(KvCache.bytesPerToken(shapes, type)).isEqualTo(12L * type.bytes() + 2 * scales);
            try (KvCache cache = KvCache.open(shapes, 100, type)) {
                KvLayer layer = cache.layers().getFirst();
                assertThat(layer.type()).isEqualTo(cache.type()).isEqualTo(type);
                assertThat(layer.heads()).isEqualTo(2);
                assertThat(layer.slots()).isEqualTo(128);
                assertThat(layer.keys().byteSize()).isEqualTo(128L * (8 * type.bytes() + scales));
                assertThat(cache.bytes()).isEqualTo(128L * (12 * type.bytes() + 2 * scales));
            }
        }
    }

    /** A cache far larger than the machine's memory opens at once, reads as zeros, and takes writes at both ends. */
    @Test
    void unwrittenMemoryCostsAddressSpaceOnly() {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                System.getProperty("os.name").startsWith("Linux"),
                "SKIPPED: mappings without reserve are tested on Linux");
        try (KvCache cache = KvCache.open(List.of(new KvShape(1 << 16, 0)), 1 << 20)) {
            assertThat(cache.bytes()).isEqualTo(1L << 38);
            var keys = cache.layers().getFirst().keys();
            assertThat(keys.get(FloatRows.FLOAT, 1L << 37)).isZero();
            keys.set(FloatRows.FLOAT, (1L << 38) - 4, 3);
            assertThat(keys.get(FloatRows.FLOAT, (1L << 38) - 4)).isEqualTo(3);
        }
    }
}
