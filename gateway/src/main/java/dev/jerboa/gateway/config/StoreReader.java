package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.SecretReference;
import dev.jerboa.settings.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads where the store is. */
final class StoreReader {
    /** What a URL of PostgreSQL may not say itself. */
    private static final Pattern CREDENTIALS =
            Pattern.compile("(^|&)(user|password|sslpassword)=", Pattern.CASE_INSENSITIVE);

    static final Duration USUAL_LEASE = Duration.ofMinutes(2);
    private static final Duration LEAST_LEASE = Duration.ofSeconds(2);
    private static final Duration MOST_LEASE = Duration.ofHours(1);

    /** What a journal may still hold is never deleted: see {@link dev.jerboa.gateway.ledger.Retention}. */
    private static final Duration LEAST_KEPT = Duration.ofDays(2);

    private static final Duration MOST_KEPT = Duration.ofDays(36_500);

    private StoreReader() {}

    static StoreConfig read(Section section, Path folder) {
        String url = section.text("url", "jerboa-gateway.db");
        Optional<Duration> keep = section.has("keep_events")
                ? Optional.of(Amounts.time(section, "keep_events", MOST_KEPT, LEAST_KEPT, MOST_KEPT))
                : Optional.empty();
        if (!isPostgres(url)) {
            if (url.contains("://") || url.startsWith("jdbc:")) {
                throw wrong(section);
            }
            return new StoreConfig.Sqlite(Paths.resolve(section, "url", url, folder), keep);
        }
        Optional<String> user = section.has("user") ? Optional.of(section.text("user")) : Optional.empty();
        Optional<String> password =
                section.has("password") ? Optional.of(SecretReference.one(section, "password")) : Optional.empty();
        return new StoreConfig.Postgres(
                jdbcUrl(url).orElseThrow(() -> wrong(section)),
                user,
                password,
                section.integer("connections", 8, 2, 200),
                Amounts.time(section, "lease", USUAL_LEASE, LEAST_LEASE, MOST_LEASE),
                keep);
    }

    static boolean isPostgres(String url) {
        return url.toLowerCase(Locale.ROOT).startsWith("postgres");
    }

    /** The address of a PostgreSQL database as JDBC has it; empty where it is none, or says user or password. */
    static Optional<String> jdbcUrl(String url) {
        try {
            URI uri = new URI(url);
            String query = uri.getQuery() == null ? "" : uri.getQuery();
            if ("postgresql".equals(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawPath().length() > 1
                    && uri.getRawFragment() == null
                    && !CREDENTIALS.matcher(query).find()) {
                return Optional.of("jdbc:" + uri);
            }
        } catch (URISyntaxException e) {
            // said below, without the text that this exception repeats
        }
        return Optional.empty();
    }

    private static GatewayException wrong(Section section) {
        return new GatewayException(section.where("url")
                + ": store.url is not where a store can be (it is not shown here, as it may hold a password), expected a path of a"
                + " file, or postgresql://HOST:PORT/DATABASE without user and password: those go under store.user and"
                + " store.password (env:NAME or file:PATH)");
    }
}
