package dev.jerboa.gateway.key;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Keys and accounts as rows of the store. */
final class KeyRows {
    /** A key with what is kept of its secret. */
    record Stored(Key key, KeyHash hash) {}

    private static final String SELECT =
            "SELECT k.id, k.account, k.name, k.hash, k.scopes, k.models, k.app, k.requests_per_minute,"
                    + " k.tokens_per_minute, k.concurrent, k.created, k.expires, k.disabled, COALESCE(a.payer_country, ''), k.category"
                    + " FROM api_key k LEFT JOIN account a ON a.id = k.account";

    private final Database database;

    KeyRows(Database database) {
        this.database = database;
    }

    Optional<Stored> key(String id) {
        return database.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement(SELECT + " WHERE k.id = ? AND k.deleted IS NULL")) {
                select.setString(1, id);
                try (ResultSet row = select.executeQuery()) {
                    return row.next() ? Optional.of(stored(row)) : Optional.empty();
                }
            }
        });
    }

    List<Key> keys() {
        return database.read(connection -> {
            List<Key> keys = new ArrayList<>();
            try (PreparedStatement select =
                            connection.prepareStatement(SELECT + " WHERE k.deleted IS NULL ORDER BY k.created, k.id");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    keys.add(stored(row).key());
                }
            }
            return keys;
        });
    }

    private static Stored stored(ResultSet row) throws SQLException {
        Set<Scope> scopes =
                Arrays.stream(row.getString(5).split(",")).map(Scope::of).collect(Collectors.toSet());
        String models = row.getString(6);
        Key key = new Key(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                scopes,
                models.isEmpty() ? List.of() : List.of(models.split("\n")),
                row.getString(7),
                row.getString(14),
                new Key.RateLimits(count(row, 8), count(row, 9), small(row, 10)),
                Micros.instant(row.getLong(11)),
                count(row, 12).isPresent() ? Optional.of(Micros.instant(row.getLong(12))) : Optional.empty(),
                row.getInt(13) != 0,
                false,
                row.getString(15));
        return new Stored(key, KeyHash.parse(row.getString(4)));
    }

    private static OptionalLong count(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static OptionalInt small(ResultSet row, int column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(value);
    }

    void insert(Key key, KeyHash hash) {
        database.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO api_key (account, name, scopes, models, app, requests_per_minute,"
                            + " tokens_per_minute, concurrent, expires, disabled, category, id, created, hash)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                set(insert, key);
                insert.setLong(13, Micros.of(key.created()));
                insert.setString(14, hash.text());
                insert.executeUpdate();
            }
        });
    }

    void update(Key key) {
        database.run(connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE api_key SET account = ?, name = ?, scopes = ?, models = ?, app = ?,"
                            + " requests_per_minute = ?, tokens_per_minute = ?, concurrent = ?, expires = ?, disabled = ?, category = ?"
                            + " WHERE id = ? AND deleted IS NULL")) {
                set(update, key);
                update.executeUpdate();
            }
        });
    }

    private static void set(PreparedStatement statement, Key key) throws SQLException {
        statement.setString(1, key.account());
        statement.setString(2, key.name());
        statement.setString(3, key.scopes().stream().sorted().map(Scope::text).collect(Collectors.joining(",")));
        statement.setString(4, String.join("\n", key.models()));
        statement.setString(5, key.app());
        set(statement, 6, key.limits().requestsPerMinute());
        set(statement, 7, key.limits().tokensPerMinute());
        OptionalInt concurrent = key.limits().concurrent();
        if (concurrent.isPresent()) {
            statement.setInt(8, concurrent.getAsInt());
        } else {
            statement.setNull(8, Types.INTEGER);
        }
        set(
                statement,
                9,
                key.expires().isPresent()
                        ? OptionalLong.of(Micros.of(key.expires().get()))
                        : OptionalLong.empty());
        statement.setInt(10, key.disabled() ? 1 : 0);
        statement.setString(11, key.category());
        statement.setString(12, key.id());
    }

    private static void set(PreparedStatement statement, int index, OptionalLong value) throws SQLException {
        if (value.isPresent()) {
            statement.setLong(index, value.getAsLong());
        } else {
            statement.setNull(index, Types.BIGINT);
        }
    }

    void rehash(String id, KeyHash hash) {
        database.run(connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE api_key SET hash = ? WHERE id = ? AND deleted IS NULL")) {
                update.setString(1, hash.text());
                update.setString(2, id);
                update.executeUpdate();
            }
        });
    }

    /** Deletes a key; whose it was is kept, and its hash is not. */
    boolean delete(String id, Instant at) {
        return database.write(connection -> {
            try (PreparedStatement delete = connection.prepareStatement(
                    "UPDATE api_key SET deleted = ?, hash = '' WHERE id = ? AND deleted IS NULL")) {
                delete.setLong(1, Micros.of(at));
                delete.setString(2, id);
                return delete.executeUpdate() > 0;
            }
        });
    }

    /** The ids of an account's keys, of those that were deleted too. */
    List<String> ever(String account) {
        return database.read(
                connection -> texts(connection, "SELECT id FROM api_key WHERE account = ? ORDER BY id", account));
    }

    /** Accounts, and the ids of their keys, of those that were deleted too. */
    record Below(Set<String> accounts, List<String> keys) {}

    /** What belongs to an account and to those below it; asked in the caller's transaction. */
    static Below below(Connection connection, String account) throws SQLException {
        String below = "WITH RECURSIVE below (id) AS (SELECT CAST(? AS TEXT)"
                + " UNION SELECT a.id FROM account a JOIN below b ON a.parent = b.id) ";
        return new Below(
                Set.copyOf(texts(connection, below + "SELECT id FROM below", account)),
                texts(
                        connection,
                        below + "SELECT id FROM api_key WHERE account IN (SELECT id FROM below) ORDER BY id",
                        account));
    }

    private static List<String> texts(Connection connection, String sql, String parameter) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, parameter);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    texts.add(row.getString(1));
                }
            }
        }
        return texts;
    }

    Optional<Account> account(String id) {
        return database.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT id, parent, name, payer_country, created FROM account WHERE id = ?")) {
                select.setString(1, id);
                try (ResultSet row = select.executeQuery()) {
                    return row.next() ? Optional.of(account(row)) : Optional.empty();
                }
            }
        });
    }

    List<Account> accounts() {
        return database.read(connection -> {
            List<Account> accounts = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                            "SELECT id, parent, name, payer_country, created FROM account ORDER BY created, id");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    accounts.add(account(row));
                }
            }
            return accounts;
        });
    }

    private static Account account(ResultSet row) throws SQLException {
        return new Account(
                row.getString(1),
                Optional.ofNullable(row.getString(2)),
                row.getString(3),
                row.getString(4),
                Micros.instant(row.getLong(5)));
    }

    void put(Account account) {
        database.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO account (id, parent, name, payer_country, created) VALUES (?, ?, ?, ?, ?)"
                            + " ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name,"
                            + " payer_country = excluded.payer_country")) {
                insert.setString(1, account.id());
                if (account.parent().isPresent()) {
                    insert.setString(2, account.parent().get());
                } else {
                    insert.setNull(2, Types.VARCHAR);
                }
                insert.setString(3, account.name());
                insert.setString(4, account.payerCountry());
                insert.setLong(5, Micros.of(account.created()));
                insert.executeUpdate();
            }
        });
    }
}
