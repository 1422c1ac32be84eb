package dev.jerboa.gateway.store;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/** Connections of a pool, each to read and to write. */
final class PooledSource implements Database.Source {
    private final HikariDataSource pool;

    PooledSource(HikariDataSource pool) {
        this.pool = pool;
    }

    @Override
    public <T> T read(Database.Work<T> work) throws SQLException {
        return write(work);
    }

    @Override
    public <T> T write(Database.Work<T> work) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return Database.transaction(connection, work);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
