package dev.jerboa.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.KvShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What sequences take over from each other. */
class PrefixTest {
    private static final List<KvShape> SHAPES = List.of(new KvShape(8, 4), new KvShape(6, 0));
    private static final List<KvShape> WITH_STATES = List.of(KvShape.ofState(3), new KvShape(8, 4), KvShape.ofState(1));

    /** A sequence and its tokens. What is written at a position is a function of all tokens up to it, as keys and values are. */
    private static final class Text {
        final KvCache cache;
        final Scope scope;
        final Sequence sequence;
        int[] tokens;
        int known;

        Text(KvCache cache, Scope scope, int[] tokens, int room) {
            this.cache = cache;
            this.scope = scope;
            this.sequence = cache.sequence(room, scope);
            this.tokens = Arrays.copyOf(tokens, room);
            this.known = tokens.length;
        }

        /** Computes what is known and not in the cache, at most {@code most}; false where there are too few pages. */
        boolean compute(int most) {
            int from = sequence.length();
            int to = from + sequence.together(Math.min(known - from, most));
            if (!sequence.reserve(to)) {
                return false;
            }
            for (int p = from; p < to; p++) {
                for (KvLayer layer : cache.layers()) {
                    if (layer.states().rows() > 0) {
                        FloatRows states = layer.states();
                        int last = states.cols() - 1;
                        float before = p == 0 ? 1 : states.get(sequence.state(), last);
                        states.set(sequence.state(), last, next(before, tokens[p]));
                        continue;
                    }
                    layer.keys().set(FloatRows.FLOAT, layer.slot(sequence.pages(), p) * layer.keyBytes(), value(p));
                }
            }
            sequence.advance(tokens, from, to - from);
            return true;
        }

        private float value(int position) {
            return Arrays.hashCode(Arrays.copyOf(tokens, position + 1)) * 31 + scope.hashCode();
        }

        /** A state after a token: every one before it counts. */
        private float next(float before, int token) {
            return ((long) before * 31 + token + scope.hashCode() % 97 + 101) % 65_521;
        }

        void checkStates() {
            float state = 1;
            for (int p = 0; p < sequence.length(); p++) {
                state = next(state, tokens[p]);
            }
            for (KvLayer layer : cache.layers()) {
                if (layer.states().rows() > 0 && sequence.length() > 0) {
                    assertThat(layer.states()
                                    .get(sequence.state(), layer.states().cols() - 1))
                            .isEqualTo(state);
                }
            }
        }

        void check() {
            checkStates();
            for (int p = 0; p < sequence.length(); p++) {
                for (KvLayer layer : cache.layers()) {
                    if (layer.keyDim() == 0) {
                        continue;
                    }
                    float found = layer.keys().get(FloatRows.FLOAT, layer.slot(sequence.pages(), p) * layer.keyBytes());
                    if (found != value(p)) {
                        throw new AssertionError("position " + p + " of " + sequence.length() + " has another text's");
                    }
                }
            }
        }
    }

    private static int[] tokens(Random random, int length) {
        return random.ints(length, 0, 3).toArray();
    }

    /**
     * Texts that begin with parts of earlier ones come, grow and go in random order: each always reads what it would have computed,
     * and no page is lost.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsTakenOverIsWhatWouldHaveBeenComputed(long seed) {
        takenOver(seed, SHAPES, 1);
    }

    /** The same with running states beside the pages, many rows of them and few. */
    @ParameterizedTest
    @CsvSource({"1, 7", "2, 9", "3, 12", "4, 20", "5, 40"})
    void runningStatesAreThoseOfTheTokens(long seed, int rows) {
        takenOver(seed, WITH_STATES, rows);
    }

    private static void takenOver(long seed, List<KvShape> shapes, int rows) {
        boolean states = shapes.equals(WITH_STATES);
        Random random = new Random(seed);
        int pages = 6 + random.nextInt(20);
        List<Scope> scopes = List.of(Scope.SHARED, new Scope(1, ""), new Scope(0, "b"));
        List<int[]> texts = new ArrayList<>();
        List<Text> open = new ArrayList<>();
        long taken = 0;
        long inside = 0;
        try (KvCache cache = KvCache.open(shapes, pages * 64, CacheType.F32, rows)) {
            for (int step = 0; step < 4000; step++) {
                int event = random.nextInt(8);
                if (event == 0 && open.size() < 6) {
                    int[] begun = texts.isEmpty() || random.nextInt(6) == 0
                            ? new int[0]
                            : texts.get(random.nextInt(texts.size()));
                    int kept = states && random.nextBoolean() ? begun.length : random.nextInt(begun.length + 1);
                    int[] text = Arrays.copyOf(begun, kept + 1 + random.nextInt(90));
                    System.arraycopy(tokens(random, text.length - kept), 0, text, kept, text.length - kept);
                    text = text.length > 280 ? Arrays.copyOf(text, 280) : text;
                    Text one = new Text(cache, scopes.get(random.nextInt(random.nextBoolean() ? 1 : 3)), text, 300);
                    int free = cache.free();
                    if (one.sequence.begin(text, text.length - 1, text.length)) {
                        int length = one.sequence.length();
                        assertThat(length).isBetween(0, text.length - 1);
                        taken += length;
                        inside += length % 64 == 0 ? 0 : 1;
                        open.add(one);
                    } else {
                        assertThat(one.sequence.length()).isZero();
                        assertThat(cache.free()).isEqualTo(free).isLessThan(KvCache.pages(text.length) * 64);
                    }
                } else if (event == 1 && !open.isEmpty()) {
                    Text one = open.remove(random.nextInt(open.size()));
                    texts.add(Arrays.copyOf(one.tokens, one.known));
                    one.sequence.close();
                } else if (event == 2 && !open.isEmpty()) {
                    open.get(random.nextInt(open.size())).sequence.giveBackReserved();
                } else if (!open.isEmpty()) {
                    Text one = open.get(random.nextInt(open.size()));
                    if (one.sequence.length() == one.known && one.known < 300) {
                        one.tokens[one.known++] = random.nextInt(3);
                    }
                    one.compute(1 + random.nextInt(100));
                }
                open.forEach(Text::check);
                Map<Integer, Text> writers = new HashMap<>();
                Set<Integer> held = new HashSet<>();
                for (Text one : open) {
                    int length = one.sequence.length();
                    for (int i = 0; i < KvCache.pages(length); i++) {
                        held.add(one.sequence.pages()[i]);
                    }
                    if (length % 64 != 0) {
                        assertThat(writers.put(one.sequence.pages()[length / 64], one))
                                .isNull();
                    }
                }
                assertThat(cache.free()).isLessThanOrEqualTo((pages - held.size()) * 64);
                assertThat(cache.kept()).isLessThanOrEqualTo(cache.free());
            }
            open.forEach(one -> one.sequence.close());
            assertThat(cache.free()).isEqualTo(pages * 64);
            assertThat(cache.freeStateRows()).isEqualTo(cache.stateRows());
            assertThat(cache.keptStates() > 0).isEqualTo(cache.keepsStates());
            cache.forget();
            assertThat(cache.keptStates()).isZero();
            assertThat(cache.freeStateRows()).isEqualTo(cache.stateRows());
            assertThat(cache.free()).isEqualTo(pages * 64);
            assertThat(cache.kept()).isZero();
            Sequence all = cache.sequence(pages * 64);
            assertThat(all.reserve(pages * 64)).isTrue();
        }
        assertThat(taken).isGreaterThan(500);
        assertThat(inside).isGreaterThan(states ? 1 : 20);
    }

    private static Text computed(KvCache cache, int[] tokens) {
        Text text = new Text(cache, Scope.SHARED, tokens, tokens.length + 100);
        assertThat(text.sequence.begin(tokens, tokens.length - 1, tokens.length))
                .isTrue();
        assertThat(text.compute(tokens.length)).isTrue();
        return text;
    }

    @Test
    void equalPagesBecomeOne() {
        try (KvCache cache = KvCache.open(SHAPES, 64 * 10)) {
            int[] tokens = tokens(new Random(1), 140);
            Text one = new Text(cache, Scope.SHARED, tokens, 200);
            Text two = new Text(cache, Scope.SHARED, tokens, 200);
            one.compute(140);
            two.compute(140); // side by side: neither began with the other
            assertThat(two.sequence.pages())
                    .startsWith(one.sequence.pages()[0], one.sequence.pages()[1]);
            assertThat(two.sequence.pages()[2]).isNotEqualTo(one.sequence.pages()[2]);
            assertThat(cache.free()).isEqualTo(64 * 6);
            one.sequence.close();
            two.check();
            assertThat(cache.free()).isEqualTo(64 * 7);
            assertThat(cache.kept()).isEqualTo(64);
        }
    }

    @Test
    void thePageUsedLongestAgoGoesFirstAndTheEndOfATextBeforeItsBeginning() {
        try (KvCache cache = KvCache.open(SHAPES, 64 * 6)) {
            Random random = new Random(1);
            int[] old = tokens(random, 128);
            int[] young = tokens(random, 128);
            computed(cache, old).sequence.close();
            computed(cache, young).sequence.close();
            assertThat(cache.kept()).isEqualTo(64 * 4);
            Text other = computed(cache, tokens(random, 64 * 3));
            assertThat(begins(cache, old, 64)).isEqualTo(64);
            assertThat(begins(cache, young, 127)).isEqualTo(127);
            other.sequence.close();
        }
    }

    private static int begins(KvCache cache, int[] tokens, int reserved) {
        Sequence sequence = cache.sequence(tokens.length, Scope.SHARED);
        sequence.begin(tokens, tokens.length - 1, reserved);
        int length = sequence.length();
        sequence.close();
        return length;
    }

    @Test
    void scopesShareNothing() {
        try (KvCache cache = KvCache.open(SHAPES, 64 * 10)) {
            int[] tokens = tokens(new Random(1), 100);
            computed(cache, tokens).sequence.close();
            Sequence other = cache.sequence(100, new Scope(0, "tenant"));
            assertThat(other.begin(tokens, 99, 100)).isTrue();
            assertThat(other.length()).isZero();
            Sequence adapted = cache.sequence(100, new Scope(1, ""));
            assertThat(adapted.begin(tokens, 99, 100)).isTrue();
            assertThat(adapted.length()).isZero();
            assertThat(begins(cache, tokens, 99)).isEqualTo(99);
        }
    }

    @Test
    void misuseIsRefused() {
        try (KvCache cache = KvCache.open(SHAPES, 64 * 3)) {
            int[] tokens = tokens(new Random(1), 100);
            Text text = computed(cache, tokens);
            assertThatIllegalArgumentException().isThrownBy(() -> text.sequence.begin(tokens, 99, 100));
            assertThatIllegalStateException().isThrownBy(() -> text.sequence.advance(1));
            assertThatIllegalStateException().isThrownBy(() -> text.sequence.truncate(1));
            Sequence plain = cache.sequence(100);
            assertThatIllegalStateException().isThrownBy(() -> plain.begin(tokens, 99, 100));
            assertThatIllegalStateException().isThrownBy(() -> plain.advance(tokens, 0, 1));
            assertThat(plain.reserve(100)).isFalse();
        }
    }

    /** States of a sequence without a scope: it can go back to its mark, or to the beginning. */
    @Test
    void aMarkIsGoneBackTo() {
        try (KvCache cache = KvCache.open(WITH_STATES, 64 * 4, CacheType.F32, 2)) {
            Sequence sequence = cache.sequence(100);
            FloatRows states = cache.layers().getFirst().states();
            assertThat(sequence.reserve(100)).isTrue();
            sequence.advance(10);
            states.set(sequence.state(), 2, 10);
            sequence.mark();
            sequence.advance(5);
            states.set(sequence.state(), 2, 15);
            assertThatIllegalStateException()
                    .isThrownBy(() -> sequence.truncate(12))
                    .withMessageContaining("not known after 12 of 15 positions, only at the end and after 10");
            sequence.truncate(15);
            assertThat(states.get(sequence.state(), 2)).isEqualTo(15);
            sequence.retreat(12);
            assertThat(sequence.length()).isEqualTo(10);
            assertThat(states.get(sequence.state(), 2)).isEqualTo(10);
            sequence.retreat(9);
            assertThat(sequence.length()).isZero();
            assertThat(cache.freeStateRows()).isZero();
            Sequence other = cache.sequence(10);
            assertThat(other.reserve(10)).isFalse();
            assertThat(other.state()).isEqualTo(-1);
            sequence.close();
            assertThat(other.reserve(10)).isTrue();
            other.close();
            assertThat(cache.freeStateRows()).isEqualTo(2);
        }
    }

    /** A prompt's last page's end, the place where two texts part, and the end of a closed text can be gone on from. */
    @Test
    void statesAreKeptWhereOthersGoOn() {
        int[] text = tokens(new Random(3), 200);
        try (KvCache cache = KvCache.open(WITH_STATES, 64 * 20, CacheType.F32, 9)) {
            Text first = new Text(cache, Scope.SHARED, text, 300);
            assertThat(first.sequence.begin(text, 199, 200)).isTrue();
            while (first.sequence.length() < 200) {
                assertThat(first.compute(200)).isTrue();
            }
            assertThat(begun(cache, text, 200)).isEqualTo(192);
            int[] parts = text.clone();
            parts[150] = 3;
            Text other = new Text(cache, Scope.SHARED, parts, 300);
            assertThat(other.sequence.begin(parts, 199, 200)).isTrue();
            assertThat(other.sequence.length()).isZero();
            while (other.sequence.length() < 140) {
                assertThat(other.compute(40)).isTrue();
                other.check();
            }
            int[] third = text.clone();
            third[140] = 4;
            assertThat(begun(cache, third, 200)).isEqualTo(128);
            first.sequence.close();
            assertThat(begun(cache, Arrays.copyOf(text, 201), 201)).isEqualTo(200);
            other.sequence.close();
        }
    }

    private static int begun(KvCache cache, int[] tokens, int length) {
        Text text = new Text(cache, Scope.SHARED, Arrays.copyOf(tokens, length), 300);
        assertThat(text.sequence.begin(tokens, length - 1, length)).isTrue();
        text.check();
        int begun = text.sequence.length();
        text.sequence.close();
        return begun;
    }

    /** A step ends at the first place where states are kept, not past it at a later one. */
    @Test
    void aStepEndsAtTheFirstPlaceWhereStatesAreKept() {
        try (KvCache cache = KvCache.open(WITH_STATES, 64 * 8, CacheType.F32, 8)) {
            Sequence sequence = cache.sequence(256, Scope.SHARED);
            int[] tokens = new int[192];
            assertThat(sequence.begin(tokens, 191, 192)).isTrue();
            sequence.leaveAt(192);
            assertThat(sequence.together(192)).isEqualTo(128);
            sequence.advance(tokens, 0, 128);
            assertThat(sequence.together(64)).isEqualTo(64);
            sequence.advance(tokens, 128, 64);
            assertThat(cache.keptStates()).isEqualTo(2);
            sequence.close();
        }
    }

    /** Who looks for a beginning and computes nothing, or whose pages have been forgotten, leaves no trace of the scope. */
    @Test
    void scopesOfWhichNothingIsKnownAreForgotten() {
        for (List<KvShape> shapes : List.of(SHAPES, WITH_STATES)) {
            try (KvCache cache = KvCache.open(shapes, 64 * 8, CacheType.F32, 8)) {
                int[] tokens = new int[100];
                for (int i = 0; i < 5; i++) {
                    try (Sequence sequence = cache.sequence(128, new Scope(0, "asks " + i))) {
                        assertThat(sequence.begin(tokens, 99, 100)).isTrue();
                    }
                }
                assertThat(cache.index().scopes()).isZero();
                try (Sequence sequence = cache.sequence(128, new Scope(0, "writes"))) {
                    assertThat(sequence.begin(tokens, 99, 100)).isTrue();
                    sequence.advance(tokens, 0, 100);
                }
                assertThat(cache.index().scopes()).isOne();
                cache.forget();
                assertThat(cache.index().scopes()).isZero();
            }
        }
    }
}
