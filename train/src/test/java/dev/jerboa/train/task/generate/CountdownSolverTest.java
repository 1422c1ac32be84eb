package dev.jerboa.train.task.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Verdict;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class CountdownSolverTest {
    /** The solver against every expression of three numbers, written out as text and read by the verifier's parser. */
    @Test
    void threeNumbersAsByEveryExpression() {
        for (int[] numbers : List.of(
                new int[] {1, 1, 1}, new int[] {4, 2, 8}, new int[] {20, 19, 7}, new int[] {3, 3, 12}, new int[] {
                    6, 10, 4
                })) {
            BitSet expected = new BitSet();
            int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
            for (int[] order : orders) {
                for (char first : "+-*/".toCharArray()) {
                    for (char second : "+-*/".toCharArray()) {
                        int a = numbers[order[0]];
                        int b = numbers[order[1]];
                        int c = numbers[order[2]];
                        for (String text : List.of(
                                "(" + a + first + b + ")" + second + c, a + "" + first + "(" + b + second + c + ")")) {
                            for (int target = 1; target < 100; target++) {
                                if (judged(numbers, target, text) == Verdict.CORRECT) {
                                    expected.set(target);
                                }
                            }
                        }
                    }
                }
            }
            assertThat(CountdownSolver.reachable(numbers, 100)).isEqualTo(expected);
        }
    }

    private static Verdict judged(int[] numbers, int target, String answer) {
        List<Integer> list = java.util.Arrays.stream(numbers).boxed().toList();
        return Verdict.ofAnswer(
                new Problem("t", "t", Language.ENGLISH, "?", "", new Check.Countdown(list, target, true)), answer);
    }

    /** Whole numbers from 0 in between are enough: the written search finds whatever the exhaustive one does. */
    @Test
    void theWrittenSearchIsComplete() {
        for (int a = 1; a <= 20; a++) {
            for (int b = a; b <= 20; b++) {
                for (int c = b; c <= 20; c++) {
                    int[] numbers = {a, b, c};
                    BitSet targets = CountdownSolver.reachable(numbers, 100);
                    for (int t = targets.nextSetBit(0); t >= 0; t = targets.nextSetBit(t + 1)) {
                        Search search = Search.run(numbers, t, Draws.of(a, b, 100 * c + t), 1);
                        assertThat(search.found()).isTrue();
                        if (t % 7 == 0) {
                            assertThat(judged(numbers, t, search.answer())).isEqualTo(Verdict.CORRECT);
                        }
                    }
                }
            }
        }
    }

    @Test
    void solutionsOfFourNumbersAreRight() {
        assertThat(judged(new int[] {8, 8, 3, 3}, 24, CountdownSolver.solve(new int[] {8, 8, 3, 3}, 24)))
                .isEqualTo(Verdict.CORRECT);
        assertThatThrownBy(() -> CountdownSolver.solve(new int[] {1, 1, 1}, 50)).hasMessageContaining("50");
    }

    @Test
    void aSearchSaysWhatIsWantedAndWhatIsGiven() {
        Search search = Search.run(new int[] {7, 7, 2}, 12, Draws.of(1, 0, 0), 1);
        assertThat(search.working())
                .startsWith(search.working().startsWith("2") ? "2:+10-14*6/24|7,7:+14" : "7:+5-19/84|7,2:");
        assertThat(judged(new int[] {7, 7, 2}, 12, search.answer())).isEqualTo(Verdict.CORRECT);
        Search hasty = Search.run(new int[] {4, 6, 5}, 6, Draws.of(1, 0, 2), 0);
        assertThat(hasty.found() || hasty.working().endsWith("\n?")).isTrue();
    }
}
