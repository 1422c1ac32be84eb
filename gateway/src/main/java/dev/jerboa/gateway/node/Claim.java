package dev.jerboa.gateway.node;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.Ulid;
import dev.jerboa.gateway.store.Database;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * That this process, and no other, has its node's name in a store: two of one name would end each other's leases at their starts, and then
 * spend the same money.
 *
 * <pre>
 * start: the name is free | was this journal folder's before, whose last process is dead as the folder is locked | was not seen for so
 *   long that its leases are over → it is ours; otherwise an error that says who has it
 * then: seen, every few seconds;   end: free
 * </pre>
 *
 * Made while the journal's folder is locked. The clock is the store's. Thread-safe.
 */
final class Claim implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Claim.class.getName());
    /** So often a process is seen in the time after which it would be taken for dead. */
    private static final int BEATS = 8;

    private static final String TAKE = """
            INSERT INTO node (name, journal, boot, place, seen) VALUES (?, ?, ?, ?, NOW)
            ON CONFLICT (name) DO UPDATE
            SET journal = excluded.journal, boot = excluded.boot, place = excluded.place, seen = excluded.seen
            WHERE node.OURS = excluded.OURS OR node.seen < NOW - ?""";

    /** Who has a name. */
    private record Holder(String name, String place, String journal, long agoMicros) {
        String words() {
            return place + ", seen " + agoMicros / 1_000_000 + " seconds ago";
        }
    }

    private final Database database;
    private final String node;
    private final String journal;
    private final String boot = Ulid.next();
    private final String place;
    private final long goneMicros;
    private final Thread thread;
    private volatile boolean closing;
    private boolean saidLost;

    private Claim(Database database, JournalOptions options, Duration gone) {
        this.database = database;
        this.node = options.node();
        this.journal = journalId(options);
        this.place = host() + ", process " + ProcessHandle.current().pid() + ", journal "
                + options.folder().toAbsolutePath();
        this.goneMicros = gone.toNanos() / 1000;
        this.thread = Thread.ofPlatform().daemon().name("jerboa-node").unstarted(this::beat);
    }

    /**
     * Takes a name.
     *
     * @param options of the journal, which is open
     * @param gone after how long another process that was not seen is taken for dead: when its leases are over
     * @throws GatewayException where another process has it
     */
    static Claim take(Database database, JournalOptions options, Duration gone) {
        Claim claim = new Claim(database, options, gone);
        claim.take();
        claim.thread.start();
        return claim;
    }

    /** What marks a node's journal folder, made when it is first used. */
    private static String journalId(JournalOptions options) {
        Path file = options.folder().resolve(options.node() + ".node");
        try {
            if (Files.exists(file)) {
                String known = Files.readString(file).strip();
                if (!known.isEmpty()) {
                    return known;
                }
            }
            String id = Ulid.next();
            Files.writeString(file, id + "\n");
            return id;
        } catch (IOException e) {
            throw new GatewayException(file + ": not usable: " + e.getMessage(), e);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }

    private void take() {
        database.run(connection -> {
            Optional<Holder> before = holder(connection, "name = ?");
            if (!isTaken(connection, "journal")) {
                throw before.map(this::another)
                        .orElseGet(() -> new GatewayException("another process starts as node '" + node
                                + "' at this moment: give each node a name of its own"));
            }
            if (database.kind() == Database.Kind.SQLITE) {
                Optional<Holder> other = holder(connection, "name <> ? AND seen >= NOW - " + goneMicros);
                if (other.isPresent()) {
                    throw new GatewayException(database.name() + " is in use by node '"
                            + other.get().name() + "' (" + other.get().words()
                            + "): one process at a time; several need PostgreSQL (store.url). "
                            + patience(other.get()));
                }
            }
            before.filter(holder -> !holder.journal().equals(journal))
                    .ifPresent(holder -> LOG.log(
                            Level.WARNING,
                            "node ''{0}'' was another process before ({1}): what that one''s journal has and the store has not is"
                                    + " written when a node is started over that folder",
                            node,
                            holder.words()));
        });
    }

    private GatewayException another(Holder holder) {
        return new GatewayException(
                "another process is node '" + node + "' of " + database.name() + " (" + holder.words()
                        + "): give each node a name of its own, the same after every start (node), or end the other. "
                        + patience(holder));
    }

    private String patience(Holder holder) {
        return "If it was killed, and its journal's folder is gone with it, start again in "
                + Math.max(1, (goneMicros - holder.agoMicros()) / 1_000_000 + 1) + " seconds";
    }

    /**
     * Takes the name, or says that this process is still there.
     *
     * @param ours the column that says whether who has it is this one: the journal's folder at the start, the process later
     * @return whether the name is ours now
     */
    private boolean isTaken(Connection connection, String ours) throws SQLException {
        try (PreparedStatement take = connection.prepareStatement(sql(TAKE.replace("OURS", ours)))) {
            take.setString(1, node);
            take.setString(2, journal);
            take.setString(3, boot);
            take.setString(4, place);
            take.setLong(5, goneMicros);
            return take.executeUpdate() == 1;
        }
    }

    private Optional<Holder> holder(Connection connection, String condition) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                sql("SELECT name, place, journal, NOW - seen FROM node WHERE " + condition + " ORDER BY seen DESC"))) {
            select.setString(1, node);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? Optional.of(new Holder(row.getString(1), row.getString(2), row.getString(3), row.getLong(4)))
                        : Optional.empty();
            }
        }
    }

    private String sql(String text) {
        return text.replace(
                "NOW",
                switch (database.kind()) {
                    case SQLITE -> "(CAST(strftime('%s', 'now') AS INTEGER) * 1000000)";
                    case POSTGRESQL -> "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
                });
    }

    private void beat() {
        while (true) {
            LockSupport.parkNanos(goneMicros * 1000 / BEATS);
            if (closing) {
                return;
            }
            try {
                database.run(this::beat);
            } catch (GatewayException e) { // whoever writes events says that the store is away
                LOG.log(Level.DEBUG, "node {0}: {1}", node, e.getMessage());
            }
        }
    }

    private void beat(Connection connection) throws SQLException {
        if (isTaken(connection, "boot")) {
            saidLost = false;
        } else if (!saidLost) {
            saidLost = true;
            LOG.log(
                    Level.ERROR,
                    "another process has become node ''{0}'' while this one could not reach the store ({1}): this one has no leases any"
                            + " more, and takes new ones; end one of them",
                    node,
                    holder(connection, "name = ?").map(Holder::words).orElse("gone again"));
        }
    }

    /** Lets the name be another's. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
            database.run(connection -> {
                try (PreparedStatement delete =
                        connection.prepareStatement("DELETE FROM node WHERE name = ? AND boot = ?")) {
                    delete.setString(1, node);
                    delete.setString(2, boot);
                    delete.executeUpdate();
                }
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (GatewayException e) {
            LOG.log(Level.DEBUG, "node {0}: {1}", node, e.getMessage());
        }
    }
}
