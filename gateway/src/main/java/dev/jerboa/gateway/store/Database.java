package dev.jerboa.gateway.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.jerboa.gateway.GatewayException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/**
 * A SQLite file or a PostgreSQL database, brought to the present schema when it is opened. Thread-safe.
 *
 * <p>Both are used with one SQL: {@code ON CONFLICT}, {@code RETURNING}, texts, 64-bit whole numbers. Work is given a connection and one
 * transaction, and is rolled back where it throws.
 */
public final class Database implements AutoCloseable {
    /** Which of the two it is. */
    public enum Kind {
        SQLITE,
        POSTGRESQL
    }

    /** What is done with a connection, in one transaction. */
    @FunctionalInterface
    public interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** {@link Work} without an answer. */
    @FunctionalInterface
    public interface Task {
        void on(Connection connection) throws SQLException;
    }

    /** Where connections come from. */
    interface Source extends AutoCloseable {
        <T> T read(Work<T> work) throws SQLException;

        <T> T write(Work<T> work) throws SQLException;

        @Override
        void close();
    }

    private static final int POOL = 8;
    /** An option of the driver's that makes one statement of many. */
    private static final String REWRITTEN = "reWriteBatchedInserts";

    private final Kind kind;
    private final String name;
    private final Source source;

    private Database(Kind kind, String name, Source source) {
        this.kind = kind;
        this.name = name;
        this.source = source;
    }

    /**
     * Opens a store by its address: {@code sqlite:PATH} or {@code postgresql://user:password@host:port/database?options}, each also with
     * {@code jdbc:} in front.
     *
     * @throws GatewayException where there is no such store, or it cannot be opened
     */
    public static Database open(String url) {
        String plain = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
        if (plain.startsWith("sqlite:")) {
            return sqlite(Path.of(plain.substring("sqlite:".length())));
        }
        PostgresAddress address = PostgresAddress.parse(plain);
        return postgresql(address.jdbcUrl(), address.user(), address.password(), POOL);
    }

    /** Opens a SQLite file, or makes it; what was written last is lost where the machine ends before its disk has it. */
    public static Database sqlite(Path file) {
        return sqlite(file, false);
    }

    /**
     * Opens a SQLite file, or makes it. One process at a time should write much to it.
     *
     * @param synced whether each transaction waits for the disk, so that what it wrote survives the end of the machine
     */
    public static Database sqlite(Path file, boolean synced) {
        String name = "the SQLite file " + file;
        try {
            return migrated(new Database(Kind.SQLITE, name, new SqliteSource(file, synced)));
        } catch (SQLException e) {
            throw failed(name, e);
        }
    }

    /**
     * Opens a PostgreSQL database.
     *
     * @param connections the most at once, 2 or more
     */
    public static Database postgresql(String jdbcUrl, String user, String password, int connections) {
        int query = jdbcUrl.indexOf('?');
        String name = "PostgreSQL at " + (query < 0 ? jdbcUrl : jdbcUrl.substring(0, query));
        if (jdbcUrl.substring(Math.max(0, query)).contains(REWRITTEN)) {
            throw new GatewayException(
                    name + ": the option " + REWRITTEN
                            + " is not for a ledger, which counts an event only where its row is new, and is not told of each row then: leave it out");
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(jdbcUrl);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(5_000);
        config.setValidationTimeout(2_000);
        config.setAutoCommit(false);
        config.setPoolName("jerboa-ledger");
        Properties properties = new Properties();
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", "60");
        properties.setProperty("ApplicationName", "jerboa");
        config.setDataSourceProperties(properties);
        HikariDataSource pool;
        try {
            pool = new HikariDataSource(config);
        } catch (RuntimeException e) {
            throw new GatewayException(
                    name + " cannot be reached: " + e.getMessage() + "; expected a server that runs and knows user '"
                            + user + "'",
                    e);
        }
        return migrated(new Database(Kind.POSTGRESQL, name, new PooledSource(pool)));
    }

    private static Database migrated(Database database) {
        try {
            new Migrations(database.kind).apply(database);
            return database;
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    public Kind kind() {
        return kind;
    }

    /** For messages; without passwords. */
    public String name() {
        return name;
    }

    /**
     * Reads in one transaction.
     *
     * @throws GatewayException where the store fails; its cause is the {@link SQLException}. Of {@link SumRange} where a sum is too large
     */
    public <T> T read(Work<T> work) {
        try {
            return source.read(work);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /**
     * Writes in one transaction. SQLite has one writer at a time: others wait.
     *
     * @throws GatewayException where the store fails, after it was rolled back; its cause is the {@link SQLException}. Of {@link SumRange}
     *     where a sum is too large
     */
    public <T> T write(Work<T> work) {
        try {
            return source.write(work);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** {@link #write} without an answer. */
    public void run(Task task) {
        write(connection -> {
            task.on(connection);
            return true;
        });
    }

    /** What a failure of this store is to whoever asked; see {@link SumRange} for the one that is not the store's. */
    public GatewayException failed(SQLException e) {
        if (SumRange.isBeyond(e)) {
            ArithmeticException beyond = new ArithmeticException(name + ": " + e.getMessage());
            beyond.initCause(e);
            return SumRange.beyond(beyond);
        }
        return failed(name, e);
    }

    private static GatewayException failed(String name, SQLException e) {
        return new GatewayException(name + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        source.close();
    }

    /** Commits what the work did, or rolls it back. */
    static <T> T transaction(Connection connection, Work<T> work) throws SQLException {
        boolean done = false;
        try {
            T result = work.on(connection);
            connection.commit();
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
            connection.rollback();
        } catch (SQLException e) {
            // the connection is gone, and with it what was not committed; whoever called is told of what came first
            System.getLogger(Database.class.getName())
                    .log(System.Logger.Level.DEBUG, "roll-back failed: {0}", e.getMessage());
        }
    }
}
