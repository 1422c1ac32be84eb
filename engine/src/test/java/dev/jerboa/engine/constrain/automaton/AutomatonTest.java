package dev.jerboa.engine.constrain.automaton;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.constrain.Grammar;
import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.Expression;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class AutomatonTest {
    private static State after(Automaton automaton, String text) {
        return automaton.next(automaton.start(), text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void equalPositionsAreTheSameState() {
        Automaton json = Automaton.of(Grammar.json(), Alphabet.BYTES);
        assertThat(after(json, "{\"a\":1,\"b")).isSameAs(after(json, "{\"xyz\":[],\"q"));
        assertThat(after(json, "[[1],2")).isSameAs(after(json, "[3,4"));
        assertThat(after(json, "[1}").dead()).isTrue();
    }

    @Test
    void statesInUseOutliveForgetting() {
        Automaton json = Automaton.of(Grammar.json(), Alphabet.BYTES);
        State old = after(json, "{\"a\":[{\"b\":");
        for (int i = 0; i < 3; i++) {
            json.forget();
            State end = json.next(old, "1}]}".getBytes(StandardCharsets.UTF_8));
            assertThat(end.finished()).isTrue();
            old = json.next(old, "[".getBytes(StandardCharsets.UTF_8));
            json.forget();
            old = json.next(old, "],\"b\":".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(after(json, "{}").finished()).isTrue();
    }

    /** More states than are kept: a string of a length, each of which is a state. */
    @Test
    void manyStatesAreForgottenAndFoundAgain() {
        Expression any = new Expression.Characters(CodePoints.range(0, 0x7e));
        Automaton counted = Automaton.of(
                Grammar.sequence(Grammar.repeat(any, 30_000, 30_000), Grammar.literal("\u007f")), Alphabet.BYTES);
        State state = counted.start();
        for (int i = 0; i < 30_000; i++) {
            assertThat(counted.next(state, 0x7f).dead()).isTrue();
            state = counted.next(state, 'x');
        }
        assertThat(counted.next(state, 'x').dead()).isTrue();
        assertThat(counted.next(state, 0x7f).finished()).isTrue();
        assertThat(counted.size()).isLessThan(9000);
    }

    @Test
    void utf8IsWhatJavaSaysItIs() {
        Random random = new Random(2);
        for (int i = 0; i < 60; i++) {
            CodePoints.Builder builder = new CodePoints.Builder();
            for (int k = 0; k <= random.nextInt(4); k++) {
                int first = random.nextInt(1 << (7 + random.nextInt(14))) % 0x110000;
                builder.add(first, Math.min(CodePoints.MAX, first + random.nextInt(1 << random.nextInt(17))));
            }
            CodePoints set = builder.build();
            if (set.intersect(CodePoints.range(0xd800, 0xdfff)).equals(set)) {
                continue;
            }
            Automaton automaton = Automaton.of(new Expression.Characters(set), Alphabet.BYTES);
            for (int k = 0; k < 400; k++) {
                int c = k < 2 * set.ranges()
                        ? (k % 2 == 0 ? set.first(k / 2) : set.last(k / 2)) + random.nextInt(3) - 1
                        : random.nextInt(0x110000);
                if (c >= 0 && c <= CodePoints.MAX && (c < 0xd800 || c > 0xdfff)) {
                    assertThat(automaton.matches(Character.toString(c).getBytes(StandardCharsets.UTF_8)))
                            .as("%x in %s", c, set)
                            .isEqualTo(set.contains(c));
                }
            }
        }
        Automaton all = Automaton.of(Expression.ANY_CHARACTER, Alphabet.BYTES);
        assertThat(all.matches(new byte[] {(byte) 0xc0, (byte) 0x80})).isFalse();
        assertThat(all.matches(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                .isFalse();
        assertThat(all.matches(new byte[] {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}))
                .isFalse();
    }

    @Test
    void severalThreadsFindTheSame() throws Exception {
        Automaton json = Automaton.of(Grammar.json(), Alphabet.BYTES);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Boolean>> results = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                results.add(threads.submit(() -> {
                    boolean all = true;
                    for (int i = 0; i < 300; i++) {
                        String text = "[".repeat(i % 17) + "{\"k" + i + "\":[1,\"é\",null]}" + "]".repeat(i % 17);
                        all &= after(json, text).finished();
                        all &= after(json, text + "]").dead();
                        if (i % 50 == 0) {
                            json.forget();
                        }
                    }
                    return all;
                }));
            }
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        }
    }

    @Test
    void theShortestEndIsTheShortest() {
        Automaton automaton = Automaton.of(Grammar.regex("(abc|de){2,5}(xyz|\\d{3,}w)?q"), Alphabet.BYTES);
        StringBuilder end = new StringBuilder();
        State at = automaton.start();
        for (int next = automaton.towardsEnd(at); next >= 0; next = automaton.towardsEnd(at)) {
            end.append((char) next);
            at = automaton.next(at, next);
        }
        assertThat(end).hasToString("dedeq");
    }
}
