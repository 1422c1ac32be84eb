package dev.jerboa.gateway.catalog;

import dev.jerboa.settings.Section;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes of models and dates, as catalogues write them. */
final class Counts {
    private static final Pattern COUNT = Pattern.compile("([0-9]{1,16}(?:\\.[0-9]{1,9})?)([KMBT]?)");

    private Counts() {}

    /** A number of parameters such as {@code 671B}, {@code 0.6B} or {@code 270M}. */
    static OptionalLong read(Section section, String key) {
        if (!section.has(key)) {
            return OptionalLong.empty();
        }
        Matcher matcher = COUNT.matcher(section.text(key));
        if (matcher.matches()) {
            int zeros = switch (matcher.group(2)) {
                case "K" -> 3;
                case "M" -> 6;
                case "B" -> 9;
                case "T" -> 12;
                default -> 0;
            };
            try {
                return OptionalLong.of(
                        new BigDecimal(matcher.group(1)).movePointRight(zeros).longValueExact());
            } catch (ArithmeticException e) {
                // said below
            }
        }
        throw section.wrong(key, "a number of parameters such as 671B, 0.6B or 270M");
    }

    static Optional<LocalDate> date(Section section, String key) {
        if (!section.has(key)) {
            return Optional.empty();
        }
        try {
            return Optional.of(LocalDate.parse(section.text(key)));
        } catch (DateTimeException e) {
            throw section.wrong(key, "a date such as 2026-10-01");
        }
    }
}
