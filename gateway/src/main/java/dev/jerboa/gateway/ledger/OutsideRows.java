package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** What is counted beside requests: pulls of models, and the figures of others. Thread-safe. */
public final class OutsideRows {
    /**
     * Pulls of a repository in a quantization on a day, which ended and whose hash was right.
     *
     * @param lab the id of the lab that published it; empty where it is not known
     */
    public record Pull(
            LocalDate day, String repository, String model, String lab, String quantization, long pulls, long bytes) {}

    /**
     * A figure of others.
     *
     * @param source who says it
     * @param name which of their figures
     * @param dimension of what, such as a country or a model
     * @param definition what it counts, in words
     */
    public record Figure(
            String source, String name, LocalDate day, String dimension, double amount, String definition) {}

    private final Database database;

    public OutsideRows(Database database) {
        this.database = database;
    }

    /** Adds to what was counted that day. */
    public void addPulls(List<Pull> pulls) {
        database.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO pull (day, repository, model, lab, quantization, pulls, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)"
                            + " ON CONFLICT (day, repository, quantization)"
                            + " DO UPDATE SET pulls = pull.pulls + excluded.pulls, bytes = pull.bytes + excluded.bytes")) {
                for (Pull pull : pulls) {
                    insert.setLong(1, pull.day().toEpochDay());
                    insert.setString(2, pull.repository());
                    insert.setString(3, pull.model());
                    insert.setString(4, pull.lab());
                    insert.setString(5, pull.quantization());
                    insert.setLong(6, pull.pulls());
                    insert.setLong(7, pull.bytes());
                    insert.addBatch();
                }
                insert.executeBatch();
            }
        });
    }

    /** Pulls from a day to the day before another, by day. */
    public List<Pull> pulls(LocalDate from, LocalDate to) {
        return database.read(connection -> {
            List<Pull> pulls = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT day, repository, model, lab, quantization, pulls, bytes FROM pull"
                            + " WHERE day >= ? AND day < ? ORDER BY day, repository, quantization")) {
                select.setLong(1, from.toEpochDay());
                select.setLong(2, to.toEpochDay());
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        pulls.add(new Pull(
                                LocalDate.ofEpochDay(row.getLong(1)),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                row.getLong(6),
                                row.getLong(7)));
                    }
                }
            }
            return pulls;
        });
    }

    /** Adds figures of others; one that is there already is replaced. */
    public void addFigures(List<Figure> figures) {
        add(figures, "excluded.amount");
    }

    /** Adds counts of one's own to those that are there. */
    public void addCounts(List<Figure> counts) {
        add(counts, "series.amount + excluded.amount");
    }

    /** {@link #addCounts} within a transaction. */
    static void addCounts(Connection connection, List<Figure> counts) throws SQLException {
        add(connection, counts, "series.amount + excluded.amount");
    }

    private void add(List<Figure> figures, String amount) {
        database.run(connection -> add(connection, figures, amount));
    }

    private static void add(Connection connection, List<Figure> figures, String amount) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO series (source, name, day, dimension, amount, definition) VALUES (?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (source, name, day, dimension)"
                        + " DO UPDATE SET amount = " + amount + ", definition = excluded.definition")) {
            for (Figure figure : figures) {
                insert.setString(1, figure.source());
                insert.setString(2, figure.name());
                insert.setLong(3, figure.day().toEpochDay());
                insert.setString(4, figure.dimension());
                insert.setDouble(5, figure.amount());
                insert.setString(6, figure.definition());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** The figures of all sources under a name, by source, day and dimension. */
    public List<Figure> figures(String name) {
        return database.read(connection -> {
            List<Figure> figures = new ArrayList<>();
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT source, name, day, dimension, amount, definition FROM series"
                            + " WHERE name = ? ORDER BY source, day, dimension")) {
                select.setString(1, name);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        figures.add(new Figure(
                                row.getString(1),
                                row.getString(2),
                                LocalDate.ofEpochDay(row.getLong(3)),
                                row.getString(4),
                                row.getDouble(5),
                                row.getString(6)));
                    }
                }
            }
            return figures;
        });
    }

    /** The names of figures that are there. */
    public List<String> figureNames() {
        return database.read(connection -> {
            List<String> names = new ArrayList<>();
            try (PreparedStatement select =
                            connection.prepareStatement("SELECT DISTINCT name FROM series ORDER BY name");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    names.add(row.getString(1));
                }
            }
            return names;
        });
    }
}
