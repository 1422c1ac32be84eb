package dev.jerboa.server.market;

import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.ServerRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Parameters of an address, by name and type, with errors that name them. */
final class Asked {
    private static final int WEEKS = 12;
    private static final long HOURS_OF_WEEK = 168;

    private final ServerRequest request;

    Asked(ServerRequest request) {
        this.request = request;
    }

    Optional<String> text(String name) {
        return request.query().first(name).filter(text -> !text.isEmpty());
    }

    long whole(String name, long least, long most, long otherwise) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text.get());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw HttpError.field(
                name, "expected a whole number from " + least + " to " + most + ", found '" + text.get() + "'");
    }

    boolean flag(String name) {
        String text = text(name).orElse("false");
        return switch (text) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw HttpError.field(name, "expected true or false, found '" + text + "'");
        };
    }

    <E extends Enum<E>> E of(String name, Class<E> kind, E otherwise) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        for (E value : kind.getEnumConstants()) {
            if (value.name().toLowerCase(Locale.ROOT).equals(text.get())) {
                return value;
            }
        }
        throw HttpError.field(
                name,
                "expected one of "
                        + java.util.Arrays.toString(kind.getEnumConstants()).toLowerCase(Locale.ROOT) + ", found '"
                        + text.get() + "'");
    }

    LocalDate day(String name, LocalDate otherwise) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            LocalDate day = LocalDate.parse(text.get());
            if (day.getYear() >= 1970 && day.getYear() < 2300) {
                return day;
            }
        } catch (DateTimeException e) {
            // said below
        }
        throw HttpError.field(name, "expected a date such as 2025-10-31, found '" + text.get() + "'");
    }

    /** A date, or a moment. */
    Instant moment(String name, Instant otherwise) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        if (!text.get().contains("T")) {
            return day(name, LocalDate.EPOCH).atStartOfDay(ZoneOffset.UTC).toInstant();
        }
        try {
            Instant at = Instant.parse(text.get());
            int year = at.atZone(ZoneOffset.UTC).getYear();
            if (year >= 1970 && year < 2300) {
                return at;
            }
        } catch (DateTimeException e) {
            // said below
        }
        throw HttpError.field(
                name,
                "expected a date such as 2025-10-31 or a moment such as 2025-10-31T13:00:00Z, found '" + text.get()
                        + "'");
    }

    /** What a chart is asked for: twelve weeks until now where nothing is said, of hours one. */
    ShareQuery shares(Instant now, Optional<Set<String>> keys) {
        Instant to = moment("to", now.truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS));
        long toHour = Bucket.hourFrom(to);
        Bucket bucket = of("bucket", Bucket.class, Bucket.WEEK);
        long fromHour = text("from").isPresent()
                ? Bucket.hour(moment("from", now))
                : Bucket.WEEK.start(Math.max(0, toHour - (bucket == Bucket.HOUR ? 1 : WEEKS) * HOURS_OF_WEEK));
        String view = text("view").orElse("then");
        if (!view.equals("then") && !view.equals("now")) {
            throw HttpError.field("view", "expected then or now, found '" + view + "'");
        }
        String country = text("country").orElse("CN");
        if (!country.matches("[A-Z]{2}")) {
            throw HttpError.field("country", "expected two capital letters (ISO 3166-1), found '" + country + "'");
        }
        try {
            return new ShareQuery(
                    fromHour,
                    toHour,
                    bucket,
                    of("measure", Measure.class, Measure.TOKENS),
                    view.equals("now"),
                    flag("open"),
                    (int) whole("top", 1, ShareQuery.MOST_TOP, 10),
                    country,
                    keys);
        } catch (IllegalArgumentException e) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, "the time: " + e.getMessage());
        }
    }
}
