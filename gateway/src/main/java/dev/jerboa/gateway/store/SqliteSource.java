package dev.jerboa.gateway.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteConfig;

/** One connection that writes and a few that read, of one SQLite file with a write-ahead log. */
final class SqliteSource implements Database.Source {
    private static final int READERS = 4;
    private static final int BUSY_MILLIS = 10_000;

    private final String url;
    private final ReentrantLock writing = new ReentrantLock(true);
    private final Connection writer;
    private final BlockingQueue<Connection> readers = new ArrayBlockingQueue<>(READERS);

    SqliteSource(Path file) throws SQLException {
        Path folder = file.toAbsolutePath().getParent();
        try {
            if (folder != null) {
                Files.createDirectories(folder);
            }
        } catch (IOException e) {
            throw new SQLException("the folder " + folder + " cannot be made: " + e.getMessage(), e);
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
        if (readOnly) {
            config.setPragma(SQLiteConfig.Pragma.QUERY_ONLY, "true");
        } else {
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
            // a transaction that begins by reading must not find at its first write that another process was faster
            config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        }
        Connection connection = config.createConnection(url);
        connection.setAutoCommit(false);
        return connection;
    }

    @Override
    public <T> T read(Database.Work<T> work) throws SQLException {
        Connection connection;
        try {
            connection = readers.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for a connection", e);
        }
        try {
            return Database.transaction(connection, work);
        } finally {
            readers.add(connection);
        }
    }

    @Override
    public <T> T write(Database.Work<T> work) throws SQLException {
        writing.lock();
        try {
            return Database.transaction(writer, work);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() {
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
