package dev.jerboa.gateway.ledger.audit;

import dev.jerboa.gateway.GatewayException;
import java.io.IOException;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads invoices: comma-separated values with a line of names, fields in quotation marks where they need them (RFC 4180). Bounded: a million
 * lines, a hundred fields a line, 4,096 characters a field.
 */
final class InvoiceReader {
    private static final int MOST_LINES = 1_000_000;
    private static final int MOST_FIELDS = 100;
    private static final int MOST_CHARACTERS = 4096;
    private static final int MOST_DIGITS = 40;
    private static final int NANO_DIGITS = 9;
    /** Anything else with a comma could be a decimal comma, and a hundred times as much. */
    private static final Pattern THOUSANDS = Pattern.compile("[-+]?\\$?[-+]?[0-9]{1,3}(,[0-9]{3})+(\\.[0-9]*)?");

    private static final int DAY_CHARACTERS = 10;
    /** A time of day with its distance from UTC. */
    private static final Pattern OFFSET = Pattern.compile("[T ][0-9:.]+[+-][0-9]{2}:[0-9]{2}$");

    private final Reader in;
    private final String source;
    private final InvoiceForm form;
    private int line = 1;
    private int next;

    InvoiceReader(Reader in, String source, InvoiceForm form) {
        this.in = in;
        this.source = source;
        this.form = form;
    }

    /** All lines. */
    List<InvoiceLine> read() {
        try {
            next = in.read();
            if (next == 0xFEFF) { // the mark that some spreadsheets put in front
                next = in.read();
            }
            List<String> names = fields().stream().map(InvoiceForm::plain).toList();
            int date = column(names, "date", form.date());
            int model = column(names, "model", form.model());
            int tokenClass = column(names, "token class", form.tokenClass());
            int tokens = column(names, "tokens", form.tokens());
            int cost = column(names, "cost", form.cost());
            List<InvoiceLine> lines = new ArrayList<>();
            while (next >= 0) {
                int at = line;
                List<String> fields = fields();
                if (fields.size() == 1 && fields.getFirst().isBlank()) {
                    continue;
                }
                if (fields.size() != names.size()) {
                    throw wrong(at, fields.size() + " fields", names.size() + ", as in its first line");
                }
                lines.add(new InvoiceLine(
                        day(fields.get(date), at),
                        fields.get(model).strip(),
                        classes(fields.get(tokenClass), at),
                        tokens(fields.get(tokens), at),
                        nanos(fields.get(cost), at)));
                if (lines.size() > MOST_LINES) {
                    throw wrong(at, "more lines", "at most " + MOST_LINES + "; cut the invoice by month");
                }
            }
            return lines;
        } catch (IOException e) {
            throw new GatewayException(source + ": not readable: " + e.getMessage(), e);
        }
    }

    private GatewayException wrong(int at, String found, String expected) {
        return new GatewayException(source + ":" + at + ": found " + found + ", expected " + expected);
    }

    private int column(List<String> names, String what, List<String> wanted) {
        for (String name : wanted) {
            int index = names.indexOf(InvoiceForm.plain(name));
            if (index >= 0) {
                return index;
            }
        }
        throw wrong(1, "the columns " + names, "one for the " + what + ": " + String.join(", ", wanted));
    }

    private LocalDate day(String text, int at) {
        String stripped = text.strip();
        try {
            if (stripped.length() <= DAY_CHARACTERS) {
                return LocalDate.parse(stripped);
            }
            if (OFFSET.matcher(stripped).find()) {
                return OffsetDateTime.parse(stripped.replaceFirst(" ", "T"))
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .toLocalDate();
            }
            if (stripped.charAt(DAY_CHARACTERS) == 'T' || stripped.charAt(DAY_CHARACTERS) == ' ') {
                return LocalDate.parse(stripped.substring(0, DAY_CHARACTERS));
            }
            throw wrong(at, "the date '" + stripped + "'", "one like 2026-11-30");
        } catch (DateTimeParseException e) {
            throw wrong(at, "the date '" + stripped + "'", "one like 2026-11-30");
        }
    }

    private Set<TokenClass> classes(String text, int at) {
        Set<TokenClass> classes = form.classes().get(InvoiceForm.plain(text));
        if (classes == null) {
            throw wrong(
                    at,
                    "the token class '" + text.strip() + "'",
                    "one of " + form.classes().keySet().stream().sorted().toList());
        }
        return classes;
    }

    private BigDecimal number(String text, int at) {
        String stripped = text.strip();
        if (stripped.indexOf(',') >= 0 && !THOUSANDS.matcher(stripped).matches()) {
            throw wrong(at, "'" + stripped + "'", "a number such as 1,234.50, with commas between thousands only");
        }
        String plain = stripped.replace(",", "").replace("$", "");
        try {
            if (plain.length() <= MOST_DIGITS) {
                BigDecimal number = new BigDecimal(plain);
                if (Math.abs((long) number.scale()) <= MOST_DIGITS) {
                    return number;
                }
            }
        } catch (NumberFormatException e) {
            throw wrong(at, "'" + text.strip() + "'", "a number");
        }
        throw wrong(at, "a number of " + plain.length() + " characters", "at most " + MOST_DIGITS);
    }

    private long tokens(String text, int at) {
        try {
            return number(text, at).longValueExact();
        } catch (ArithmeticException e) {
            throw wrong(at, "'" + text.strip() + "' tokens", "a whole number");
        }
    }

    private long nanos(String text, int at) {
        try {
            return number(text, at)
                    .movePointRight(NANO_DIGITS)
                    .setScale(0, RoundingMode.HALF_EVEN)
                    .longValueExact();
        } catch (ArithmeticException e) {
            throw wrong(at, "a cost of '" + text.strip() + "'", "less than nine billion dollars");
        }
    }

    /** The fields of the next line. */
    private List<String> fields() throws IOException {
        List<String> fields = new ArrayList<>();
        int at = line;
        do {
            if (fields.size() == MOST_FIELDS) {
                throw wrong(at, "more fields", "at most " + MOST_FIELDS);
            }
            fields.add(field());
        } while (separator());
        return fields;
    }

    /** Goes behind what ends a field; whether another field of the line follows. */
    private boolean separator() throws IOException {
        if (next == ',') {
            next = in.read();
            return true;
        }
        if (next == '\r') {
            next = in.read();
        }
        if (next == '\n') {
            next = in.read();
            line++;
        }
        return false;
    }

    private String field() throws IOException {
        StringBuilder text = new StringBuilder();
        boolean quoted = next == '"';
        if (quoted) {
            next = in.read();
        }
        while (true) {
            if (quoted && next == '"') {
                next = in.read();
                if (next != '"') {
                    break;
                }
            } else if (next < 0 || (!quoted && (next == ',' || next == '\n' || next == '\r'))) {
                break;
            }
            if (next == '\n') {
                line++;
            }
            if (text.length() == MOST_CHARACTERS) {
                throw wrong(line, "a longer field", "at most " + MOST_CHARACTERS + " characters");
            }
            text.append((char) next);
            next = in.read();
        }
        if (quoted && next >= 0 && next != ',' && next != '\n' && next != '\r') {
            throw wrong(line, "'" + (char) next + "' behind a closing quotation mark", "a comma or the line's end");
        }
        return text.toString();
    }
}
