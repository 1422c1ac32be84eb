package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times and sizes as people write them: {@code 250ms}, {@code 2m}; {@code 10MB}, {@code 64KiB}. */
final class Amounts {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9}) ?(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12}) ?(B|KB|KiB|MB|MiB|GB|GiB)?");

    private Amounts() {}

    /** The time under a key, from {@code least} to {@code most}, or another. */
    static Duration time(Section section, String key, Duration otherwise, Duration least, Duration most) {
        if (!section.has(key)) {
            return otherwise;
        }
        Matcher matcher = TIME.matcher(section.text(key));
        if (matcher.matches()) {
            long count = Long.parseLong(matcher.group(1));
            Duration time = switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
            if (time.compareTo(least) >= 0 && time.compareTo(most) <= 0) {
                return time;
            }
        }
        throw section.wrong(key, "a time from " + text(least) + " to " + text(most) + ", such as 250ms, 30s, 5m or 2h");
    }

    private static String text(Duration time) {
        if (time.toMillis() % 1000 != 0) {
            return time.toMillis() + "ms";
        }
        return time.toSeconds() % 3600 == 0 && !time.isZero() ? time.toHours() + "h" : time.toSeconds() + "s";
    }

    /** The number of bytes under a key, from {@code least} to {@code most}, or another. */
    static long bytes(Section section, String key, long otherwise, long least, long most) {
        if (!section.has(key)) {
            return otherwise;
        }
        Matcher matcher = SIZE.matcher(section.text(key));
        if (matcher.matches()) {
            String unit = matcher.group(2) == null ? "B" : matcher.group(2);
            long of = switch (unit) {
                case "KB" -> 1_000L;
                case "KiB" -> 1L << 10;
                case "MB" -> 1_000_000L;
                case "MiB" -> 1L << 20;
                case "GB" -> 1_000_000_000L;
                case "GiB" -> 1L << 30;
                default -> 1;
            };
            long count = Long.parseLong(matcher.group(1));
            if (count <= most / of && count * of >= least) {
                return count * of;
            }
        }
        throw section.wrong(key, "a size from " + least + " to " + most + " bytes, such as 10MB or 64KiB");
    }
}
