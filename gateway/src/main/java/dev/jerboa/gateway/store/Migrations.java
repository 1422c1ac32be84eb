package dev.jerboa.gateway.store;

import dev.jerboa.gateway.GatewayException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The steps from an empty store to the present schema, each taken once, in one transaction under a lock of the store, so that of several
 * gateways that start at once one takes them and the others wait. A step that was taken is never changed: its text's hash is kept. See
 * {@code docs/decisions/019-own-migrations.md}.
 */
final class Migrations {
    private static final String FOLDER = "/dev/jerboa/gateway/schema/";
    static final List<String> STEPS = List.of(
            "V1__ledger.sql",
            "V2__outbox.sql",
            "V3__usage_of_keys.sql",
            "V4__node.sql",
            "V5__service.sql",
            "V6__refusals.sql",
            "V7__sums_by_day.sql",
            "V8__native_finish.sql");

    /** Any number that others do not take for an advisory lock: "jerboa" in ASCII. */
    private static final long LOCK = 0x6A6572626F61L;

    private final Database.Kind kind;

    Migrations(Database.Kind kind) {
        this.kind = kind;
    }

    void apply(Database database) {
        database.run(connection -> {
            if (kind
                    == Database.Kind
                            .POSTGRESQL) { // SQLite's transactions of the writer are exclusive from their beginning
                try (PreparedStatement lock = connection.prepareStatement("SELECT pg_advisory_xact_lock(?)")) {
                    lock.setLong(1, LOCK);
                    lock.execute();
                }
            }
            apply(connection, database.name());
        });
    }

    private static void apply(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS schema_step (step INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
                            + " hash TEXT NOT NULL)");
        }
        for (int step = taken(connection, name); step < STEPS.size(); step++) {
            String text = text(STEPS.get(step));
            take(connection, step + 1, text, hash(text));
        }
    }

    /**
     * How many steps a store has taken.
     *
     * @throws GatewayException where they are not steps of this Jerboa's
     */
    static int taken(Connection connection, String name) throws SQLException {
        List<String> taken = taken(connection);
        if (taken.size() > STEPS.size()) {
            throw new GatewayException(name + " has a schema of step " + taken.size() + ", this Jerboa knows "
                    + STEPS.size() + ": it was used by a newer one; update this one");
        }
        for (int step = 0; step < taken.size(); step++) {
            String hash = hash(text(STEPS.get(step)));
            if (!taken.get(step).equals(hash)) {
                throw new GatewayException(
                        name + ": step " + (step + 1) + " of its schema is not the one of this Jerboa ("
                                + STEPS.get(step) + "): expected hash " + hash + ", found " + taken.get(step)
                                + "; use the Jerboa that made it, or an empty store");
            }
        }
        return taken.size();
    }

    private static List<String> taken(Connection connection) throws SQLException {
        List<String> hashes = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT hash FROM schema_step ORDER BY step")) {
            while (rows.next()) {
                hashes.add(rows.getString(1));
            }
        }
        return hashes;
    }

    private static void take(Connection connection, int step, String text, String hash) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String part : statements(text)) {
                statement.execute(part);
            }
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO schema_step VALUES (?, ?, ?)")) {
            insert.setInt(1, step);
            insert.setString(2, STEPS.get(step - 1));
            insert.setString(3, hash);
            insert.executeUpdate();
        }
    }

    /** The statements of a step: our own files, which have no semicolon or hyphens within quotation marks. */
    static List<String> statements(String text) {
        List<String> statements = new ArrayList<>();
        for (String part : text.replaceAll("--[^\n]*", "").split(";")) {
            if (!part.isBlank()) {
                statements.add(part.strip());
            }
        }
        return statements;
    }

    private static String text(String step) {
        try (InputStream in = Migrations.class.getResourceAsStream(FOLDER + step)) {
            if (in == null) {
                throw new GatewayException(FOLDER + step + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new GatewayException(FOLDER + step + " is not readable: " + e.getMessage(), e);
        }
    }

    private static String hash(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.replace("\r", "").getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
