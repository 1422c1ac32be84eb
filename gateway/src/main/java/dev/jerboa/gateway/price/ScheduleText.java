package dev.jerboa.gateway.price;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.money.ProviderTool;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolRates;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A schedule as a text, one fact a line, in one way only: what is hashed, and kept for as long as events are.
 *
 * <pre>
 * jerboa-prices 1
 * machine HOUR-NANOS MILLIWATTS KWH-NANOS                 where it costs something
 * period always | INSTANT                                 followed by its tools, its tiers, its windows, then its service tiers
 * tools WEB-SEARCH WEB-FETCH FILE-SEARCH                  nano-dollars a use, -1 where no price is said; where one is
 * service NAME                                            followed by its tiers, then its windows
 * tier FROM INPUT CACHE-READ CACHE-WRITE CACHE-WRITE-LONG OUTPUT REASONING REQUEST-NANOS
 * window DAYS FROM-MINUTE TO-MINUTE ZONE DATES|-          followed by its tiers
 * </pre>
 */
final class ScheduleText {
    private static final String HEAD = "jerboa-prices 1";
    private static final int MAX_CHARS = 1 << 20;
    private static final String NONE = "-";

    private final String[] lines;
    private int next;

    private ScheduleText(String text) {
        this.lines = text.split("\n", -1);
    }

    static String write(List<Period> periods, MachineCost machine) {
        StringBuilder text = new StringBuilder(HEAD).append('\n');
        if (!machine.isNone()) {
            text.append("machine ")
                    .append(machine.hourNanos())
                    .append(' ')
                    .append(machine.milliwatts())
                    .append(' ')
                    .append(machine.kilowattHourNanos())
                    .append('\n');
        }
        for (Period period : periods) {
            text.append("period ").append(period.from().map(Instant::toString).orElse("always"));
            text.append('\n');
            if (!period.tools().equals(ToolRates.NONE)) {
                text.append("tools");
                for (ProviderTool tool : ProviderTool.values()) {
                    text.append(' ').append(period.tools().of(tool));
                }
                text.append('\n');
            }
            write(text, period.usual());
            period.serviceTiers().forEach((name, week) -> {
                text.append("service ").append(name).append('\n');
                write(text, week);
            });
        }
        return text.toString();
    }

    private static void write(StringBuilder text, Week week) {
        write(text, week.usual());
        for (Window window : week.windows()) {
            text.append("window ").append(joined(window.days())).append(' ');
            text.append(window.fromMinute()).append(' ').append(window.toMinute());
            text.append(' ').append(window.zone().getId()).append(' ').append(joined(window.holidays()));
            text.append('\n');
            write(text, window.tariff());
        }
    }

    private static String joined(Set<?> parts) {
        return parts.isEmpty() ? NONE : parts.stream().map(Object::toString).collect(Collectors.joining(","));
    }

    private static void write(StringBuilder text, Tariff tariff) {
        for (Tier tier : tariff.tiers()) {
            Rates rates = tier.rates();
            text.append("tier ").append(tier.fromTokens());
            for (long price : new long[] {
                rates.input(),
                rates.cacheRead(),
                rates.cacheWrite(),
                rates.cacheWriteLong(),
                rates.output(),
                rates.reasoning(),
                rates.requestNanos()
            }) {
                text.append(' ').append(price);
            }
            text.append('\n');
        }
    }

    static Schedule parse(String text) {
        if (text.length() > MAX_CHARS) {
            throw new GatewayException("prices of " + text.length() + " characters: expected at most " + MAX_CHARS
                    + ", as a store has them");
        }
        return new ScheduleText(text).schedule();
    }

    private Schedule schedule() {
        try {
            if (!lines[next++].equals(HEAD)) {
                throw wrong("'" + HEAD + "'");
            }
            MachineCost machine = MachineCost.NONE;
            if (is("machine")) {
                String[] parts = parts(4);
                machine = new MachineCost(number(parts[1]), number(parts[2]), number(parts[3]));
            }
            List<Period> periods = new ArrayList<>();
            while (is("period")) {
                String[] parts = parts(2);
                Optional<Instant> from =
                        parts[1].equals("always") ? Optional.empty() : Optional.of(Instant.parse(parts[1]));
                ToolRates tools = tools();
                Week usual = week();
                SortedMap<String, Week> services = new TreeMap<>();
                while (is("service")) {
                    String name = parts(2)[1];
                    services.put(name, week());
                }
                periods.add(new Period(from, usual, services, tools));
            }
            if (next != lines.length - 1 || !lines[next].isEmpty()) {
                next++;
                throw wrong("a period, tools, a service tier, a window, a tier, or the end");
            }
            return new Schedule(periods, machine);
        } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
            throw new GatewayException("prices, line " + next + ": " + e.getMessage(), e);
        }
    }

    private ToolRates tools() {
        if (!is("tools")) {
            return ToolRates.NONE;
        }
        String[] parts = parts(4);
        return new ToolRates(number(parts[1]), number(parts[2]), number(parts[3]));
    }

    private Week week() {
        return new Week(tariff(), windows());
    }

    private List<Window> windows() {
        List<Window> windows = new ArrayList<>();
        while (is("window")) {
            String[] parts = parts(6);
            Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
            for (String day : parts[1].split(",", -1)) {
                days.add(DayOfWeek.valueOf(day));
            }
            Set<LocalDate> holidays = new TreeSet<>();
            if (!parts[5].equals(NONE)) {
                for (String date : parts[5].split(",", -1)) {
                    holidays.add(LocalDate.parse(date));
                }
            }
            int from = Math.toIntExact(number(parts[2]));
            int to = Math.toIntExact(number(parts[3]));
            windows.add(new Window(days, from, to, ZoneId.of(parts[4]), holidays, tariff()));
        }
        return windows;
    }

    private Tariff tariff() {
        List<Tier> tiers = new ArrayList<>();
        while (is("tier")) {
            String[] parts = parts(9);
            long[] prices = new long[7];
            for (int i = 0; i < prices.length; i++) {
                prices[i] = number(parts[i + 2]);
            }
            Rates rates = new Rates(prices[0], prices[1], prices[2], prices[3], prices[4], prices[5], prices[6]);
            tiers.add(new Tier(number(parts[1]), rates));
        }
        return new Tariff(tiers);
    }

    private boolean is(String word) {
        return next < lines.length && lines[next].startsWith(word + " ");
    }

    private String[] parts(int count) {
        String[] parts = lines[next++].split(" ", -1);
        if (parts.length != count) {
            throw wrong(count + " words");
        }
        return parts;
    }

    private long number(String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw wrong("a whole number where '" + word + "' is");
        }
    }

    private GatewayException wrong(String expected) {
        return new GatewayException("prices, line " + next + ": expected " + expected
                + "; a store has been changed by hand, or was written by a newer Jerboa");
    }
}
