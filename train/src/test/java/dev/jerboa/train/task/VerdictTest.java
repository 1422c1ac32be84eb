package dev.jerboa.train.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {
    private static Problem problem(Check check) {
        return new Problem("t", "t 1", Language.ENGLISH, "?", "", check);
    }

    private static final Problem COUNTDOWN = problem(new Check.Countdown(List.of(7, 7, 3), 24, true));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(7*3)+7|WELL_FORMED",
                "7+7*3|WELL_FORMED",
                "7*3+3|WELL_FORMED", // 24 by a number used twice and one left out
                "77-53|WELL_FORMED", // "7 7" is not 77
                "7 7 + 3|UNPARSEABLE",
                "7+7+3|WELL_FORMED",
                "17|WELL_FORMED",
                "7+7+3=24|WELL_FORMED",
                "7+7+3=17|WELL_FORMED",
                "7+7+3=|UNPARSEABLE",
                "7+7=14=14|UNPARSEABLE",
                "24=7+7+3|UNPARSEABLE",
                "(7+7+3|UNPARSEABLE",
                "7+7+3)|UNPARSEABLE",
                "-7+7+3|UNPARSEABLE",
                "7(7+3)|UNPARSEABLE",
                "7+7+3, 7*7-3|UNPARSEABLE",
                "3/(7-7)|UNPARSEABLE",
                "System.exit(0)|UNPARSEABLE",
                "7**3|UNPARSEABLE",
                "1e3|UNPARSEABLE",
                "२४|UNPARSEABLE", // Devanagari digits
                "²|UNPARSEABLE",
                "999999999*999999999*999999999|UNPARSEABLE",
                "9999999999|UNPARSEABLE",
            })
    void countdownWithoutASolution(String answer, Verdict expected) {
        assertThat(Verdict.ofAnswer(COUNTDOWN, answer)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(8-2)*4|CORRECT",
                "4*(8-2)|CORRECT",
                " ( 8 - 2 ) * 4 |CORRECT",
                "(8−2)×4|CORRECT",
                "(8-2)x4|CORRECT",
                "(8–2)·4|CORRECT",
                "(8-2)*4=24|CORRECT",
                "(8-2)*4 = 24|CORRECT",
                "(8−2)×4 = ٢٤|CORRECT",
                "(8-2)*4=25|WELL_FORMED",
                "8*4-8=24|WELL_FORMED",
                "(8-2)*4=x|UNPARSEABLE",
                "(٨-٢)*٤|CORRECT",
                "(8-٢)*4|CORRECT",
                "8/(2/4)+8|WELL_FORMED",
                "4*8-2*4|WELL_FORMED",
                "24|WELL_FORMED",
                "8*4-8|WELL_FORMED",
                "((((((((8-2))))))))*4|CORRECT",
            })
    void countdown(String answer, Verdict expected) {
        Problem problem = problem(new Check.Countdown(List.of(4, 2, 8), 24, true));
        assertThat(Verdict.ofAnswer(problem, answer)).isEqualTo(expected);
    }

    @Test
    void countdownIsExactInFractions() {
        Problem problem = problem(new Check.Countdown(List.of(8, 8, 3, 3), 24, true));
        assertThat(Verdict.ofAnswer(problem, "8/(3-8/3)")).isEqualTo(Verdict.CORRECT);
        assertThat(Verdict.ofAnswer(problem, "8/(3-8/3")).isEqualTo(Verdict.UNPARSEABLE);
    }

    @Test
    void numbersMayBeLeftOutOnlyWhereTheTaskSaysSo() {
        Problem some = problem(new Check.Countdown(List.of(4, 2, 8), 32, false));
        assertThat(Verdict.ofAnswer(some, "4*8")).isEqualTo(Verdict.CORRECT);
        assertThat(Verdict.ofAnswer(some, "4*2*8/2")).isEqualTo(Verdict.WELL_FORMED);
        Problem all = problem(new Check.Countdown(List.of(4, 2, 8), 32, true));
        assertThat(Verdict.ofAnswer(all, "4*8")).isEqualTo(Verdict.WELL_FORMED);
    }

    @Test
    void depthAndLengthAreBounded() {
        String deep = "(".repeat(60) + "1" + ")".repeat(60);
        assertThat(Verdict.ofAnswer(COUNTDOWN, deep)).isEqualTo(Verdict.UNPARSEABLE);
        assertThat(Verdict.ofAnswer(COUNTDOWN, "1" + "+1".repeat(100))).isEqualTo(Verdict.UNPARSEABLE);
        assertThat(Verdict.ofAnswer(COUNTDOWN, "(".repeat(1_000_000))).isEqualTo(Verdict.UNPARSEABLE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "<think>1</think>105~CORRECT",
                "<think>1</think>105<|end|>~CORRECT",
                "</think> 105 ~CORRECT",
                "<think>x</think>7</think>105~CORRECT",
                "<think>x</think>105</think>7~WELL_FORMED",
                "<think>105~UNPARSEABLE",
                "105~UNPARSEABLE",
                "<think></think>~UNPARSEABLE",
                "<think></think><|end|>105~UNPARSEABLE",
                "</think>105 106~UNPARSEABLE",
                "</think>105.~UNPARSEABLE",
                "</think>105.0~CORRECT",
                "</think>١٠٥~CORRECT",
                "</think>١0٥~UNPARSEABLE",
                "</think>-105~WELL_FORMED",
                "</think>−105~WELL_FORMED",
                "</think>--105~UNPARSEABLE",
                "</think>1e2~UNPARSEABLE",
                "</think>105 apples~UNPARSEABLE",
                "</think>9999999999999999999999~UNPARSEABLE",
            })
    void onlyTextAfterTheLastThoughtIsRead(String completion, Verdict expected) {
        assertThat(Verdict.of(problem(Check.Number.of(105)), completion)).isEqualTo(expected);
    }

    @Test
    void listsAreComparedInOrder() {
        Problem problem = problem(new Check.Numbers(List.of(BigDecimal.ONE, BigDecimal.TWO, BigDecimal.TEN)));
        assertThat(Verdict.ofAnswer(problem, "1, 2, 10")).isEqualTo(Verdict.CORRECT);
        assertThat(Verdict.ofAnswer(problem, "1 2 10")).isEqualTo(Verdict.CORRECT);
        assertThat(Verdict.ofAnswer(problem, "١، ٢، ١٠")).isEqualTo(Verdict.CORRECT);
        assertThat(Verdict.ofAnswer(problem, "2, 1, 10")).isEqualTo(Verdict.WELL_FORMED);
        assertThat(Verdict.ofAnswer(problem, "1, 2")).isEqualTo(Verdict.WELL_FORMED);
        assertThat(Verdict.ofAnswer(problem, "1, 2, 10, 10")).isEqualTo(Verdict.WELL_FORMED);
        assertThat(Verdict.ofAnswer(problem, "1,,2,10")).isEqualTo(Verdict.UNPARSEABLE);
        assertThat(Verdict.ofAnswer(problem, "one, 2, 10")).isEqualTo(Verdict.UNPARSEABLE);
    }

    @Test
    void wordsOfAClosedListAreWellFormedOnlyFromIt() {
        Problem problem = problem(new Check.Words("yes", List.of("yes", "no")));
        assertThat(Verdict.ofAnswer(problem, " Yes ")).isEqualTo(Verdict.CORRECT);
        assertThat(Verdict.ofAnswer(problem, "no")).isEqualTo(Verdict.WELL_FORMED);
        assertThat(Verdict.ofAnswer(problem, "maybe")).isEqualTo(Verdict.UNPARSEABLE);
        Problem open = problem(new Check.Words("14 April", List.of()));
        assertThat(Verdict.ofAnswer(open, "15 April")).isEqualTo(Verdict.WELL_FORMED);
        assertThat(Verdict.ofAnswer(open, "١٤ april")).isEqualTo(Verdict.CORRECT);
    }

    @Test
    void anyOfTheTextsByHeartIsRight() {
        Problem problem = problem(new Check.Recall(List.of("Hello!", "Hi!")));
        assertThat(Verdict.ofAnswer(problem, "hi! ")).isEqualTo(Verdict.CORRECT);
        assertThat(Verdict.ofAnswer(problem, "Hello!")).isEqualTo(Verdict.CORRECT);
        assertThat(Verdict.ofAnswer(problem, "Hey!")).isEqualTo(Verdict.WELL_FORMED);
        assertThat(Split.isHeldOut(problem)).isFalse();
    }

    @Test
    void rewardsFollowVerdicts() {
        Problem problem = problem(Check.Number.of(105));
        assertThat(Reward.exact().of(problem, "</think>105")).isEqualTo(1);
        assertThat(Reward.exact().of(problem, "</think>104")).isEqualTo(0.1);
        assertThat(Reward.exact(0.3).of(problem, "</think>104")).isEqualTo(0.3);
        assertThat(Reward.exact().of(problem, "104")).isEqualTo(0);
    }

    /** Coins are fair along each of their numbers, and each of these matters. */
    @Test
    void coinsKnowNothingOfReplies() {
        double[] heads = new double[3];
        int differ = 0;
        for (int i = 0; i < 1000; i++) {
            heads[0] += Reward.coin(1, i, 0, 0);
            heads[1] += Reward.coin(1, 0, i, 0);
            heads[2] += Reward.coin(1, 0, 0, i);
            differ += Reward.coin(1, 4, 5, i) == Reward.coin(2, 4, 5, i) ? 0 : 1;
        }
        for (double count : heads) {
            assertThat(count).isBetween(430.0, 570.0);
        }
        assertThat(differ).isBetween(430, 570);
        assertThat(Reward.coin(1, 2, 3, 4)).isEqualTo(Reward.coin(1, 2, 3, 4)).isIn(0.0, 1.0);
    }
}
