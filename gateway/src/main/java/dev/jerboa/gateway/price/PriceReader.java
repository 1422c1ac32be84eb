package dev.jerboa.gateway.price;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.money.ProviderTool;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolRates;
import dev.jerboa.settings.Section;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Prices as files have them: a list of periods, each with prices, tiers by length, windows of the week, service tiers, and tools.
 *
 * <p>A window, a tier and a service tier say each price that their period says, so that nobody has to know which of two would be meant. What nobody says
 * follows the custom of the field: reading and writing a provider's cache cost what input costs, writing for an hour what writing costs,
 * reasoning what output costs, a request as such nothing.
 */
public final class PriceReader {
    private static final List<String> OPTIONAL =
            List.of("cache_read", "cache_write", "cache_write_1h", "reasoning", "request");
    private static final String TIERS = "tiers";
    private static final String WINDOWS = "windows";
    private static final String SERVICE_TIERS = "service_tiers";
    private static final String FACTOR = "factor";
    private static final BigDecimal MOST_FACTOR = BigDecimal.valueOf(100);
    private static final int MOST_TOKENS = Integer.MAX_VALUE;

    private final Map<String, HolidayCalendar> calendars;

    /** @param calendars those that windows may name, by name */
    public PriceReader(Map<String, HolidayCalendar> calendars) {
        this.calendars = Map.copyOf(calendars);
    }

    /**
     * The prices under a key: a list of periods.
     *
     * @throws RuntimeException with file and line, where they are not as they should be
     */
    public Schedule read(Section owner, String key, MachineCost machine) {
        List<Section> sections = owner.sections(key);
        if (sections.isEmpty()) {
            throw new GatewayException(owner.where() + ": " + name(owner, key)
                    + " is missing or empty, expected a list of periods with prices: - {input: 0.15, output: 0.60}");
        }
        List<Period> periods = new ArrayList<>();
        for (Section section : sections) {
            periods.add(period(
                    section,
                    periods.isEmpty() ? Optional.empty() : periods.getLast().from(),
                    periods.isEmpty()));
        }
        return new Schedule(periods, machine);
    }

    /** What an hour of a machine costs: {@code hour} in dollars, {@code watts}, {@code kwh} in dollars. */
    public static MachineCost machine(Section section) {
        long hour = section.has("hour") ? Dollars.nanos(section, "hour") : 0;
        long kilowattHour = section.has("kwh") ? Dollars.nanos(section, "kwh") : 0;
        long milliwatts = 0;
        if (section.has("watts")) {
            BigDecimal watts = section.decimal("watts");
            try {
                milliwatts = watts.movePointRight(3).longValueExact();
            } catch (ArithmeticException e) {
                milliwatts = -1;
            }
            if (milliwatts < 0 || watts.compareTo(BigDecimal.valueOf(1_000_000_000L)) > 0) {
                throw section.wrong("watts", "watts with at most 3 digits behind the point");
            }
        }
        return new MachineCost(hour, milliwatts, kilowattHour);
    }

    private Period period(Section section, Optional<Instant> before, boolean first) {
        Optional<Instant> from = section.has("from") ? Optional.of(instant(section, "from")) : Optional.empty();
        if (!first && (from.isEmpty() || !from.get().isAfter(before.orElse(Instant.MIN)))) {
            throw new GatewayException(
                    section.where() + ": " + section.path()
                            + " begins no later than the period before it, expected periods in order, each but the first with a later 'from'");
        }
        Week usual = week(section);
        SortedMap<String, Week> services = new TreeMap<>();
        Section tiers = section.sectionOrEmpty(SERVICE_TIERS);
        for (String name : tiers.keys()) {
            services.put(name, serviceTier(section, usual, tiers, name));
        }
        return new Period(from, usual, services, tools(section.sectionOrEmpty("tools")));
    }

    private Week week(Section section) {
        Tariff usual = tariff(section);
        List<Window> windows = new ArrayList<>();
        for (Section window : section.sections(WINDOWS)) {
            requireSame(section, window);
            windows.addAll(windows(window));
        }
        return new Week(usual, windows);
    }

    /** A tier's own prices, all that the period has, or the period's times a factor. */
    private Week serviceTier(Section period, Week usual, Section tiers, String name) {
        if (!Service.isTier(name) || Service.isUsual(name)) {
            throw tiers.unknown(
                    name,
                    "a provider's word for a service tier, in small letters, such as flex, priority or fast; the prices of "
                            + "default and standard are those of the period itself");
        }
        Section tier = tiers.section(name);
        if (!tier.has(FACTOR)) {
            requireSame(period, tier);
            requireSame(period, tier, List.of(WINDOWS));
            return week(tier);
        }
        BigDecimal factor = tier.decimal(FACTOR);
        if (factor.signum() <= 0 || factor.compareTo(MOST_FACTOR) > 0) {
            throw tier.wrong(FACTOR, "a number above 0 and up to " + MOST_FACTOR);
        }
        try {
            return times(usual, factor);
        } catch (ArithmeticException e) {
            throw tier.wrong(
                    FACTOR,
                    "one that leaves every price of tokens with at most 6 digits behind the point, for a million; say the"
                            + " tier's prices in its place");
        }
    }

    /** Prices of tokens times a factor; requests as such and tools cost what they do. */
    private static Week times(Week week, BigDecimal factor) {
        return new Week(
                times(week.usual(), factor),
                week.windows().stream()
                        .map(window -> new Window(
                                window.days(),
                                window.fromMinute(),
                                window.toMinute(),
                                window.zone(),
                                window.holidays(),
                                times(window.tariff(), factor)))
                        .toList());
    }

    private static Tariff times(Tariff tariff, BigDecimal factor) {
        return new Tariff(tariff.tiers().stream()
                .map(tier -> new Tier(tier.fromTokens(), times(tier.rates(), factor)))
                .toList());
    }

    private static Rates times(Rates rates, BigDecimal factor) {
        return new Rates(
                times(rates.input(), factor),
                times(rates.cacheRead(), factor),
                times(rates.cacheWrite(), factor),
                times(rates.cacheWriteLong(), factor),
                times(rates.output(), factor),
                times(rates.reasoning(), factor),
                rates.requestNanos(),
                rates.tools());
    }

    private static long times(long picos, BigDecimal factor) {
        return BigDecimal.valueOf(picos).multiply(factor).longValueExact();
    }

    /** What a thousand uses of each of a provider's tools cost. */
    private static ToolRates tools(Section section) {
        return new ToolRates(
                nanosPerUse(section, ProviderTool.WEB_SEARCH),
                nanosPerUse(section, ProviderTool.WEB_FETCH),
                nanosPerUse(section, ProviderTool.FILE_SEARCH));
    }

    private static long nanosPerUse(Section section, ProviderTool tool) {
        return section.has(tool.text()) ? Dollars.nanosPerUse(section, tool.text()) : ToolRates.UNSAID;
    }

    private static Instant instant(Section section, String key) {
        String text = section.text(key);
        try {
            Instant at = text.length() == "2026-01-01".length()
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text).toInstant();
            if (at.atOffset(ZoneOffset.UTC).getYear() >= 1970
                    && at.atOffset(ZoneOffset.UTC).getYear() <= 9999) {
                return at;
            }
        } catch (DateTimeException e) {
            // said below
        }
        throw section.wrong(key, "a date (2026-10-01, from midnight UTC on) or a time (2026-10-01T16:00:00Z)");
    }

    private Tariff tariff(Section section) {
        List<Tier> tiers = new ArrayList<>();
        tiers.add(new Tier(0, rates(section)));
        for (Section tier : section.sections(TIERS)) {
            requireSame(section, tier, OPTIONAL);
            long last = tiers.getLast().fromTokens();
            int from = tier.integer("from_tokens", 1, MOST_TOKENS);
            if (from <= last) {
                throw tier.wrong("from_tokens", "more than " + last + ", which the tier before begins at");
            }
            tiers.add(new Tier(from, rates(tier)));
        }
        return new Tariff(tiers);
    }

    private static void requireSame(Section period, Section window) {
        requireSame(period, window, OPTIONAL);
        requireSame(period, window, List.of(TIERS));
    }

    private static void requireSame(Section whole, Section part, List<String> keys) {
        for (String key : keys) {
            if (whole.has(key) && !part.has(key)) {
                throw new GatewayException(
                        part.where() + ": " + name(part, key) + " is missing, expected as " + name(whole, key)
                                + " is given: windows, tiers and service tiers have prices of their own, all of them");
            }
        }
    }

    private static String name(Section section, String key) {
        return section.path().isEmpty() ? key : section.path() + "." + key;
    }

    private static Rates rates(Section section) {
        long input = Dollars.picosPerToken(section, "input");
        long output = Dollars.picosPerToken(section, "output");
        long cacheRead = picos(section, "cache_read", input);
        long cacheWrite = picos(section, "cache_write", input);
        long cacheWriteLong = picos(section, "cache_write_1h", cacheWrite);
        long reasoning = picos(section, "reasoning", output);
        long request = section.has("request") ? Dollars.nanos(section, "request") : 0;
        return new Rates(input, cacheRead, cacheWrite, cacheWriteLong, output, reasoning, request);
    }

    private static long picos(Section section, String key, long otherwise) {
        return section.has(key) ? Dollars.picosPerToken(section, key) : otherwise;
    }

    private List<Window> windows(Section section) {
        Set<DayOfWeek> days = days(section);
        ZoneId zone = zone(section);
        Set<LocalDate> holidays = holidays(section);
        Tariff tariff = tariff(section);
        List<Window> windows = new ArrayList<>();
        for (String hours : section.texts("hours", List.of("00:00-24:00"))) {
            int dash = hours.indexOf('-');
            int from = dash < 0 ? -1 : minute(hours.substring(0, dash));
            int to = dash < 0 ? -1 : minute(hours.substring(dash + 1));
            if (from < 0 || to < 0 || from == to || from == Window.DAY) {
                throw section.wrong(
                        "hours",
                        "hours such as 09:00-12:30 or 22:00-06:00 (to the next day), or a list of such; found '" + hours
                                + "'");
            }
            windows.add(new Window(days, from, to, zone, holidays, tariff));
        }
        if (windows.isEmpty()) {
            throw section.wrong("hours", "hours such as 09:00-12:30");
        }
        return windows;
    }

    /** The minute of the day that a text such as {@code 09:30} says; −1 for other texts. */
    private static int minute(String text) {
        String time = text.strip();
        if (!time.matches("[0-2][0-9]:[0-5][0-9]")) {
            return -1;
        }
        int minute = Integer.parseInt(time.substring(0, 2)) * 60 + Integer.parseInt(time.substring(3));
        return minute > Window.DAY ? -1 : minute;
    }

    private static Set<DayOfWeek> days(Section section) {
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (String text : section.texts("days", List.of("daily"))) {
            switch (text) {
                case "daily" -> days.addAll(EnumSet.allOf(DayOfWeek.class));
                case "weekdays" -> days.addAll(EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY));
                case "weekend" -> days.addAll(EnumSet.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY));
                default -> days.add(day(section, text));
            }
        }
        if (days.isEmpty()) {
            throw section.wrong("days", "at least one day");
        }
        return days;
    }

    private static DayOfWeek day(Section section, String text) {
        for (DayOfWeek day : DayOfWeek.values()) {
            if (day.name().substring(0, 3).equalsIgnoreCase(text)) {
                return day;
            }
        }
        throw section.wrong(
                "days",
                "of mon, tue, wed, thu, fri, sat, sun, weekdays, weekend, daily; found '"
                        + text.toLowerCase(Locale.ROOT) + "'");
    }

    private static ZoneId zone(Section section) {
        try {
            return ZoneId.of(section.text("zone", "UTC"));
        } catch (DateTimeException e) {
            throw section.wrong("zone", "a time zone such as UTC or Asia/Shanghai");
        }
    }

    private Set<LocalDate> holidays(Section section) {
        Set<LocalDate> dates = new TreeSet<>();
        for (String name : section.texts("except", List.of())) {
            HolidayCalendar calendar = calendars.get(name);
            if (calendar == null) {
                throw section.wrong(
                        "except", "the name of a holiday calendar; '" + name + "' is none of " + calendars.keySet());
            }
            dates.addAll(calendar.dates());
        }
        return dates;
    }
}
