package dev.jerboa.gateway.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteConfig;

/** One connection that writes and a few that read, of one SQLite file with a write-ahead log. */
final class SqliteSource implements Database.Source {
    private static final int READERS = 4;
    private static final int BUSY_MILLIS = 10_000;
    private static final int SQLITE_BUSY = 5;
    private static final long RETRY_NANOS = 20_000_000;
    private static final int WAIT_SECONDS = 30;

    private final String url;
    private final boolean synced;
    private final ReentrantLock writing = new ReentrantLock(true);
    private final Connection writer;
    private volatile boolean closed;
    private final BlockingQueue<Connection> readers = new ArrayBlockingQueue<>(READERS);

    /** @param synced whether a transaction that has ended survives the end of the machine */
    SqliteSource(Path file, boolean synced) throws SQLException {
        this.synced = synced;
        Path folder = file.toAbsolutePath().getParent();
        try {
            if (folder != null) {
                Files.createDirectories(folder);
            }
        } catch (IOException e) {
            throw new SQLException("the folder " + folder + " cannot be made: " + e.getMessage(), e);
        }
        if (folder != null) {
            SqliteLibrary.prepare(folder);
        }
        url = "jdbc:sqlite:" + file.toAbsolutePath();
        writer = connect(false);
        for (int i = 0; i < READERS; i++) {
            readers.add(connect(true));
        }
    }

    private Connection connect(boolean readOnly) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        if (!readOnly) {
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(synced ? SQLiteConfig.SynchronousMode.FULL : SQLiteConfig.SynchronousMode.NORMAL);
        }
        long last = System.nanoTime() + BUSY_MILLIS * 1_000_000L;
        while (true) {
            try {
                Connection connection = config.createConnection(url);
                if (readOnly) {
                    execute(connection, "PRAGMA query_only = true");
                }
                return connection;
            } catch (SQLException e) {
                // switching to the write-ahead log does not wait for another process that does the same
                if ((e.getErrorCode() & 0xFF) != SQLITE_BUSY || System.nanoTime() - last > 0) {
                    throw e;
                }
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    /**
     * The driver would begin the next transaction at once behind the last, and a writer's would keep other processes out while nothing
     * happens; so it is left in its automatic mode, and transactions are begun and ended in words.
     */
    private static <T> T transaction(Connection connection, String begin, Database.Work<T> work) throws SQLException {
        execute(connection, begin);
        boolean done = false;
        try {
            T result = work.on(connection);
            execute(connection, "COMMIT");
            done = true;
            return result;
        } finally {
            if (!done) {
                rollBack(connection);
            }
        }
    }

    private static void rollBack(Connection connection) {
        try {
            execute(connection, "ROLLBACK");
        } catch (SQLException e) { // SQLite has rolled back already, as it does where the disk is full
            System.getLogger(Database.class.getName())
                    .log(System.Logger.Level.DEBUG, "roll-back failed: {0}", e.getMessage());
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public <T> T read(Database.Work<T> work) throws SQLException {
        Connection connection = reader();
        try {
            return transaction(connection, "BEGIN", work);
        } finally {
            readers.add(connection);
        }
    }

    private Connection reader() throws SQLException {
        try {
            Connection connection = closed ? null : readers.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            if (connection == null) {
                throw new SQLException(
                        closed ? "it is closed" : "no connection was free for " + WAIT_SECONDS + " seconds");
            }
            return connection;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for a connection", e);
        }
    }

    @Override
    public <T> T write(Database.Work<T> work) throws SQLException {
        writing.lock();
        try {
            // a transaction that begins by reading must not find at its first write that another process was faster
            return transaction(writer, "BEGIN IMMEDIATE", work);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        writing.lock();
        try {
            writer.close();
            for (Connection reader = readers.poll(); reader != null; reader = readers.poll()) {
                reader.close();
            }
        } catch (SQLException e) {
            System.getLogger(Database.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} did not close: {1}", url, e.getMessage());
        } finally {
            writing.unlock();
        }
    }
}
