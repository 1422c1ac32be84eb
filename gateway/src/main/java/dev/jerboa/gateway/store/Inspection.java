package dev.jerboa.gateway.store;

import dev.jerboa.gateway.GatewayException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.sqlite.SQLiteConfig;

/** Looks at a store without changing it, while a gateway uses it or not. */
public final class Inspection {
    private static final String SECONDS = "5";

    private Inspection() {}

    /**
     * What a file is: in words.
     *
     * @throws GatewayException where a gateway could not use it
     */
    public static String sqlite(Path file) {
        if (!Files.exists(file)) {
            return "not there yet: made at the first start";
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            SqliteLibrary.prepare(folder);
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        // without a write-ahead log nobody writes, and a reader would make one, which the gateway's user may not be
        // allowed to open
        boolean still = !Files.exists(file.resolveSibling(file.getFileName() + "-wal"));
        String url = "jdbc:sqlite:file:" + file.toUri().getRawPath() + (still ? "?immutable=1" : "");
        try (Connection connection = config.createConnection(url)) {
            return schema(connection, file.toString(), "SELECT count(*) FROM sqlite_master WHERE name = 'schema_step'");
        } catch (SQLException e) {
            throw new GatewayException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * What a database is: in words.
     *
     * @throws GatewayException where a gateway could not use it
     */
    public static String postgresql(String jdbcUrl, String user, String password) {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("connectTimeout", SECONDS);
        properties.setProperty("socketTimeout", SECONDS);
        properties.setProperty("readOnly", "true");
        int query = jdbcUrl.indexOf('?');
        String name = query < 0 ? jdbcUrl : jdbcUrl.substring(0, query);
        try (Connection connection = DriverManager.getConnection(jdbcUrl, properties)) {
            return schema(connection, name, "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_step')")
                    + ", "
                    + connection.getMetaData().getDatabaseProductName() + " "
                    + connection.getMetaData().getDatabaseProductVersion();
        } catch (SQLException e) {
            throw new GatewayException(name + " does not answer: " + e.getMessage(), e);
        }
    }

    private static String schema(Connection connection, String name, String isThere) throws SQLException {
        if (number(connection, isThere) == 0) {
            return "empty: its tables are made at the first start";
        }
        int taken = Migrations.taken(connection, name);
        int known = Migrations.STEPS.size();
        return taken == known
                ? "a ledger with the schema of this Jerboa"
                : "a ledger with the schema of step " + taken + " of " + known
                        + ": the others are taken at the next start";
    }

    private static int number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getInt(1) : 0;
        }
    }
}
