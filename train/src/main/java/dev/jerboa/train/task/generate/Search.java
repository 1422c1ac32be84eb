package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;

/**
 * A search for a target with three numbers, as a reply writes it. For each number in a random order, left over for last: what
 * the other two would have to give, then what they do give, until one meets the other.
 *
 * <pre>
 * 24 of 3, 7, 2:     3:+21-27*8/72|7,2:+9-5*14        3 left over: 21 is wanted to add it to, 27 to subtract it from …; 7, 2 give 9 …
 *                    2:+22-26*12/48|7,3:+10-4*21
 *                    7:+17-31|3,2:…
 * </pre>
 *
 * <p>What is wanted: {@code +}r: r + c is the target; {@code ~}r: c − r is; {@code -}r: r − c; {@code *}r: r × c; {@code /}r: r ÷ c;
 * {@code \}r: c ÷ r. What is given: sum, difference, product, and quotient where it is whole. Whole numbers from 0 in between
 * are enough for three numbers: a fraction or a negative number in between can be avoided by another order. A search that
 * gives up ends in {@code ?}.
 *
 * @param found whether {@code answer} makes the target
 */
record Search(String working, String answer, boolean found) {
    private static final String GIVES = "+-*/";
    private static final String WANTS = "+~-*/\\";

    static Search run(int[] numbers, int target, Draws draws, double patience) {
        return new Walk(numbers, target).run(draws, patience);
    }

    private static final class Walk {
        private final int[] numbers;
        private final int target;
        private final StringBuilder out = new StringBuilder();
        private final int[] wanted = new int[WANTS.length()];
        private String answer = "";
        private int distance = Integer.MAX_VALUE;

        Walk(int[] numbers, int target) {
            this.numbers = numbers;
            this.target = target;
        }

        Search run(Draws draws, double patience) {
            int[] order = {0, 1, 2};
            draws.shuffle(order);
            for (int i = 0; i < 3; i++) {
                if (seen(order, i)) {
                    continue;
                }
                if (i > 0) {
                    out.append('\n');
                    if (!draws.chance(patience)) {
                        return new Search(out.append('?').toString(), answer, false);
                    }
                }
                int c = numbers[order[i]];
                int a = numbers[order[(i + 1) % 3]];
                int b = numbers[order[(i + 2) % 3]];
                if (branch(Math.max(a, b), Math.min(a, b), c)) {
                    return new Search(out.toString(), answer, true);
                }
            }
            throw new IllegalArgumentException(
                    numbers[0] + ", " + numbers[1] + " and " + numbers[2] + " do not make " + target);
        }

        private boolean seen(int[] order, int i) {
            for (int k = 0; k < i; k++) {
                if (numbers[order[k]] == numbers[order[i]]) {
                    return true;
                }
            }
            return false;
        }

        private boolean branch(int high, int low, int c) {
            out.append(c).append(':');
            want(c);
            out.append('|').append(high).append(',').append(low).append(':');
            for (int give = 0; give < GIVES.length(); give++) {
                char sign = GIVES.charAt(give);
                if (sign == '/' && (low < 2 || high % low != 0)) {
                    continue;
                }
                int r = switch (sign) {
                    case '+' -> high + low;
                    case '-' -> high - low;
                    case '*' -> high * low;
                    default -> high / low;
                };
                out.append(sign).append(r);
                String pair = "(" + high + sign + low + ")";
                for (int want = 0; want < WANTS.length(); want++) {
                    if (wanted[want] == r) {
                        answer = write(pair, WANTS.charAt(want), c);
                        return true;
                    }
                }
                nearest(pair, r, c);
            }
            return false;
        }

        /** Writes and keeps what the pair would have to give; −1 where a way is closed. */
        private void want(int c) {
            int most = Countdown.MOST * Countdown.MOST;
            wanted[0] = target >= c ? target - c : -1;
            wanted[1] = target < c ? c - target : -1;
            wanted[2] = target + c;
            wanted[3] = target % c == 0 && c > 1 ? target / c : -1;
            wanted[4] = target * c <= most && c > 1 ? target * c : -1;
            wanted[5] = c % target == 0 ? c / target : -1;
            if (c == 1) {
                wanted[3] = target;
            }
            for (int i = 0; i < wanted.length; i++) {
                if (wanted[i] >= 0) {
                    out.append(WANTS.charAt(i)).append(wanted[i]);
                }
            }
        }

        private void nearest(String pair, int r, int c) {
            offer(pair, '+', c, r + c);
            offer(pair, r >= c ? '-' : '~', c, Math.abs(r - c));
            offer(pair, '*', c, r * c);
        }

        private void offer(String pair, char sign, int c, int value) {
            if (Math.abs(value - target) < distance) {
                distance = Math.abs(value - target);
                answer = write(pair, sign, c);
            }
        }

        private static String write(String pair, char sign, int c) {
            return switch (sign) {
                case '~' -> c + "-" + pair;
                case '\\' -> c + "/" + pair;
                default -> pair + sign + c;
            };
        }
    }
}
