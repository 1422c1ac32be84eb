package dev.jerboa.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.SideRows;
import dev.jerboa.model.decoder.KvShape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

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

    @Test
    void sideRowsTakeTheRoomOfTheStretchesTheyStandFor() {
        List<KvShape> shapes = List.of(new KvShape(List.of(
                new KvShape.Side(8, 1), new KvShape.Side(3, 4), new KvShape.Side(5, 10), new KvShape.Side(7, 128))));
        int page = Float.BYTES * (64 * 8 + 16 * 3 + 7 * 5 + 7);
        try (KvCache cache = KvCache.open(shapes, 100)) {
            assertThat(cache.bytes()).isEqualTo(2 * page);
            assertThat(KvCache.bytesPerToken(shapes, CacheType.F32)).isEqualTo((page + 63) / 64);
            List<SideRows> sides = cache.layers().getFirst().sides();
            int[] pages = {1, 0};
            assertThat(sides.get(0).row(pages, 65)).isEqualTo(1);
            assertThat(sides.get(1).row(pages, 7)).isEqualTo(16 + 1);
            assertThat(sides.get(2).row(pages, 69)).isZero();
            assertThat(sides.get(2).row(pages, 59)).isEqualTo(7 + 5);
            assertThat(sides.get(3).row(pages, 127)).isZero();
            sides.get(3).rows().set(1, 6, 3);
            cache.copy(1, 0);
            assertThat(sides.get(3).rows().get(0, 6)).isEqualTo(3);
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
