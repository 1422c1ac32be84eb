package dev.jerboa.gateway.share;

import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.share.fact.Measure;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** Counts seeded rows again, one by one, without SQL and without anything of the charts. */
public final class Recount {
    private Recount() {}

    /** The Monday of a row's week, as charts show it. */
    public static String week(RollupRow row) {
        LocalDate day = LocalDateTime.ofEpochSecond(row.hour() * 3600, 0, ZoneOffset.UTC)
                .toLocalDate();
        return day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)).toString();
    }

    public static BigInteger amount(RollupRow row, Measure measure) {
        Usage usage = row.sums().usage();
        return switch (measure) {
            case TOKENS ->
                BigInteger.valueOf(usage.input())
                        .add(BigInteger.valueOf(usage.cacheRead()))
                        .add(BigInteger.valueOf(usage.cacheWrite()))
                        .add(BigInteger.valueOf(usage.cacheWriteLong()))
                        .add(BigInteger.valueOf(usage.output()))
                        .add(BigInteger.valueOf(usage.reasoning()));
            case BYTES ->
                BigInteger.valueOf(row.sums().bytesIn())
                        .add(BigInteger.valueOf(row.sums().bytesOut()));
            case REQUESTS -> BigInteger.valueOf(row.sums().requests());
            case COST -> BigInteger.valueOf(row.sums().costNanos());
        };
    }

    /** Amounts by period, then by group. */
    public static Map<String, Map<String, BigInteger>> by(
            List<RollupRow> rows,
            Predicate<RollupRow> counted,
            Function<RollupRow, String> period,
            Function<RollupRow, String> group,
            Measure measure) {
        Map<String, Map<String, BigInteger>> amounts = new TreeMap<>();
        for (RollupRow row : rows) {
            if (counted.test(row)) {
                amounts.computeIfAbsent(period.apply(row), key -> new TreeMap<>())
                        .merge(group.apply(row), amount(row, measure), BigInteger::add);
            }
        }
        return amounts;
    }

    /** A share to six digits. */
    public static BigDecimal share(BigInteger part, BigInteger whole) {
        return new BigDecimal(part).divide(new BigDecimal(whole), 6, RoundingMode.HALF_EVEN);
    }

    public static BigInteger sum(Map<String, BigInteger> amounts) {
        return amounts.values().stream().reduce(BigInteger.ZERO, BigInteger::add);
    }
}
