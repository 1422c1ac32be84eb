package dev.jerboa.cli.command;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Byte counts in words, and back. */
final class Sizes {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

    private static final Pattern WRITTEN =
            Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,6})?) ?(?:([KMGTkmgt])(?:iB|ib)?)?");

    private Sizes() {}

    /**
     * A byte count such as 4294967296, 4G, 4.5GiB or 512 MiB; units are of 1,024.
     *
     * @throws CommandException for anything else
     */
    static long parse(String option, String text) {
        Matcher parts = WRITTEN.matcher(text.strip());
        if (!parts.matches()) {
            throw new CommandException(
                    option + " " + text + ": expected a number of bytes, such as 8589934592, 512M or 8GiB");
        }
        String unit = parts.group(2);
        int power = unit == null ? 0 : "KMGT".indexOf(unit.toUpperCase(Locale.ROOT)) + 1;
        return (long) (Double.parseDouble(parts.group(1)) * (1L << 10 * power));
    }

    static String of(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.2f %s", value, UNITS[unit]);
    }
}
