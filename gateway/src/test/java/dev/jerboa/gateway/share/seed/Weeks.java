package dev.jerboa.gateway.share.seed;

import java.time.LocalDate;

/**
 * The weeks of November 2024 to November 2025: how many tokens each had, and what shares, in a thousand.
 *
 * <p>Chinese open models have 12 in the first eight weeks, 300 at their peak, 130 on average; other open models 137 on average; closed ones
 * the rest, 700 in the last week. Shares are whole, and tokens a multiple of a thousand, so that all of this is exact.
 */
final class Weeks {
    static final LocalDate FIRST = LocalDate.of(2024, 11, 4);
    static final int COUNT = 56;

    private static final int[] CHINESE_OPEN = {
        12, 12, 12, 12, 12, 12, 12, 12, 30, 60, 90, 120, 140, 155, 165, 165, 160, 155, 150, 140, 130, 115, 100, 90, 85,
        80, 75, 70, 75, 76, 75, 80, 85, 90, 100, 110, 125, 150, 185, 225, 260, 300, 300, 300, 220, 210, 200, 195, 190,
        190, 190, 190, 195, 195, 198, 200
    };
    private static final int[] OTHER_OPEN = {
        295, 295, 295, 295, 295, 295, 295, 295, 265, 245, 215, 178, 150, 130, 119, 115, 115, 115, 115, 115, 115, 115,
        115, 115, 115, 115, 115, 115, 110, 110, 110, 110, 110, 110, 110, 110, 85, 85, 85, 85, 85, 85, 85, 85, 75, 75,
        75, 75, 75, 75, 75, 75, 80, 85, 90, 100
    };
    private static final long BILLION = 1_000_000_000;
    private static final int THOUSAND = 1000;

    private Weeks() {}

    static long tokens(int week) {
        return (200 + 10L * week + 2L * week * week) * BILLION;
    }

    static long chineseOpen(int week) {
        return tokens(week) / THOUSAND * CHINESE_OPEN[week];
    }

    static long otherOpen(int week) {
        return tokens(week) / THOUSAND * OTHER_OPEN[week];
    }

    static long closed(int week) {
        return tokens(week) - chineseOpen(week) - otherOpen(week);
    }

    /** The hour at which a week begins, counted since 1970. */
    static long hour(int week) {
        return FIRST.plusWeeks(week).toEpochDay() * 24;
    }
}
