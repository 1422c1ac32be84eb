package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolRates;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Prices by chance, for properties: around a Sunday on which New York puts its clocks forward, and one on which Paris does. */
final class RandomSchedules {
    static final LocalDate START = LocalDate.of(2026, 3, 2);
    static final int DAYS = 35;
    private static final List<String> ZONES =
            List.of("UTC", "Asia/Shanghai", "America/New_York", "Europe/Paris", "Asia/Kathmandu", "+05:30");

    private final Random random;

    RandomSchedules(long seed) {
        this.random = new Random(seed);
    }

    Instant instant() {
        return START.atStartOfDay(ZoneId.of("UTC"))
                .plusSeconds(random.nextLong(DAYS * 86_400L))
                .plusNanos(random.nextInt(1_000_000_000))
                .toInstant();
    }

    Rates rates() {
        long[] prices = random.longs(7, 0, 1_000_000_000L).toArray();
        return new Rates(prices[0], prices[1], prices[2], prices[3], prices[4], prices[5], prices[6]);
    }

    Tariff tariff() {
        List<Tier> tiers = new ArrayList<>(List.of(new Tier(0, rates())));
        for (int i = random.nextInt(4); i > 0; i--) {
            tiers.add(new Tier(tiers.getLast().fromTokens() + 1 + random.nextInt(100_000), rates()));
        }
        return new Tariff(tiers);
    }

    Window window() {
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        while (days.isEmpty()) {
            for (DayOfWeek day : DayOfWeek.values()) {
                if (random.nextInt(3) > 0) {
                    days.add(day);
                }
            }
        }
        int from = random.nextInt(Window.DAY);
        int to = random.nextInt(5) == 0 ? Window.DAY : random.nextInt(Window.DAY);
        Set<LocalDate> holidays = new TreeSet<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            holidays.add(START.plusDays(random.nextInt(DAYS)));
        }
        ZoneId zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
        return new Window(days, from, from == to ? to + 1 : to, zone, holidays, tariff());
    }

    Schedule schedule() {
        List<Period> periods = new ArrayList<>();
        Instant from = START.minusDays(5).atStartOfDay(ZoneId.of("UTC")).toInstant();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            List<Window> windows = new ArrayList<>();
            for (int w = random.nextInt(4); w > 0; w--) {
                windows.add(window());
            }
            boolean always = periods.isEmpty() && random.nextBoolean();
            SortedMap<String, Week> services = new TreeMap<>();
            for (String name : List.of("flex", "priority", "ultra-fast.2")) {
                if (random.nextInt(3) == 0) {
                    services.put(name, new Week(tariff(), random.nextBoolean() ? List.of() : List.of(window())));
                }
            }
            ToolRates tools = random.nextBoolean()
                    ? ToolRates.NONE
                    : new ToolRates(random.nextInt(40_000_000), ToolRates.UNSAID, random.nextInt(2) * 2_500_000L);
            periods.add(new Period(
                    always ? Optional.empty() : Optional.of(from), new Week(tariff(), windows), services, tools));
            from = from.plusSeconds(1 + random.nextLong(15 * 86_400L));
        }
        MachineCost machine = random.nextBoolean()
                ? MachineCost.NONE
                : new MachineCost(
                        random.nextLong(5_000_000_000L), random.nextLong(900_000), random.nextLong(400_000_000));
        return new Schedule(periods, machine);
    }
}
