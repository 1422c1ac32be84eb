package dev.jerboa.model.template;

import java.time.DayOfWeek;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** C's {@code strftime} in the C locale, with glibc's flags {@code - _ 0 ^}. */
final class Strftime {
    private Strftime() {}

    static String format(String format, ZonedDateTime time) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 >= format.length()) {
                out.append(c);
                continue;
            }
            int start = i;
            char flag = 0;
            char directive = format.charAt(++i);
            if ("-_0^#".indexOf(directive) >= 0 && i + 1 < format.length()) {
                flag = directive;
                directive = format.charAt(++i);
            }
            String text = directive(directive, time);
            out.append(text == null ? format.substring(start, i + 1) : flagged(text, flag));
        }
        return out.toString();
    }

    private static String flagged(String text, char flag) {
        return switch (flag) {
            case '-' -> unpadded(text);
            case '_' -> blanks(text);
            case '0' -> text.replace(' ', '0');
            case '^' -> text.toUpperCase(Locale.ROOT);
            default -> text;
        };
    }

    private static String unpadded(String text) {
        int start = 0;
        while (start < text.length() - 1 && (text.charAt(start) == '0' || text.charAt(start) == ' ')) {
            start++;
        }
        return text.substring(start);
    }

    private static String blanks(String text) {
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < out.length() - 1 && out.charAt(i) == '0'; i++) {
            out.setCharAt(i, ' ');
        }
        return out.toString();
    }

    private static @Nullable String directive(char directive, ZonedDateTime t) {
        return switch (directive) {
            case 'a' -> t.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> t.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> t.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> t.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", t);
            case 'C' -> two(t.getYear() / 100);
            case 'd' -> two(t.getDayOfMonth());
            case 'D', 'x' -> format("%m/%d/%y", t);
            case 'e' -> padded(t.getDayOfMonth());
            case 'f' -> String.format(Locale.ROOT, "%06d", t.getNano() / 1000);
            case 'F' -> format("%Y-%m-%d", t);
            case 'g' -> two(t.get(IsoFields.WEEK_BASED_YEAR) % 100);
            case 'G' -> Integer.toString(t.get(IsoFields.WEEK_BASED_YEAR));
            case 'H' -> two(t.getHour());
            case 'I' -> two(t.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'j' -> String.format(Locale.ROOT, "%03d", t.getDayOfYear());
            case 'k' -> padded(t.getHour());
            case 'l' -> padded(t.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'm' -> two(t.getMonthValue());
            case 'M' -> two(t.getMinute());
            case 'n' -> "\n";
            case 'p' -> t.getHour() < 12 ? "AM" : "PM";
            case 'P' -> t.getHour() < 12 ? "am" : "pm";
            case 'r' -> format("%I:%M:%S %p", t);
            case 'R' -> format("%H:%M", t);
            case 's' -> Long.toString(t.toEpochSecond());
            case 'S' -> two(t.getSecond());
            case 't' -> "\t";
            case 'T', 'X' -> format("%H:%M:%S", t);
            case 'u' -> Integer.toString(t.getDayOfWeek().getValue());
            case 'U' -> two(week(t, DayOfWeek.SUNDAY));
            case 'V' -> two(t.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> Integer.toString(t.getDayOfWeek().getValue() % 7);
            case 'W' -> two(week(t, DayOfWeek.MONDAY));
            case 'y' -> two(t.getYear() % 100);
            case 'Y' -> Integer.toString(t.getYear());
            // Python's datetime.now() has no zone: both are empty.
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> null;
        };
    }

    /** The week of the year, where weeks begin on {@code first} and days before the first one are week 0. */
    private static int week(ZonedDateTime t, DayOfWeek first) {
        int sinceFirst = Math.floorMod(t.getDayOfWeek().getValue() - first.getValue(), 7);
        return (t.getDayOfYear() + 6 - sinceFirst) / 7;
    }

    private static String two(int number) {
        return String.format(Locale.ROOT, "%02d", number);
    }

    private static String padded(int number) {
        return String.format(Locale.ROOT, "%2d", number);
    }
}
