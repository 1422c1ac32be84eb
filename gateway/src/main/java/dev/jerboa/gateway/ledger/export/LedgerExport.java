package dev.jerboa.gateway.ledger.export;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.store.Database;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;

/** Writes a ledger's tables into a folder, as they were at one moment. Nothing in the ledger is changed; others may write meanwhile. */
public final class LedgerExport {
    private static final int FETCHED = 5_000;

    private LedgerExport() {}

    /**
     * Writes a file for each table, {@code event.jsonl} with the events of a time among them, and {@code export.json} at the end.
     *
     * @param folder is made where it is not there; an export in it is written over
     * @throws GatewayException where the ledger or the folder fails; without {@code export.json} the folder is no export then
     */
    public static ExportNote write(Database database, Span span, Path folder) {
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(folder.resolve(ExportNote.FILE));
            ExportNote note =
                    database.read(connection -> new ExportNote(span, tables(connection, database, span, folder)));
            Files.writeString(folder.resolve(ExportNote.FILE), note.text());
            return note;
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    private static Map<LedgerTable, Long> tables(Connection connection, Database database, Span span, Path folder)
            throws SQLException {
        if (database.kind() == Database.Kind.POSTGRESQL) { // SQLite's transactions see one moment anyway
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            }
        }
        Map<LedgerTable, Long> rows = new EnumMap<>(LedgerTable.class);
        for (LedgerTable table : LedgerTable.values()) {
            Path file = folder.resolve(table.table() + ".jsonl");
            try (Statement statement = connection.createStatement();
                    BufferedWriter out = Files.newBufferedWriter(file)) {
                statement.setFetchSize(FETCHED);
                rows.put(table, lines(table, statement, span, out));
            } catch (IOException e) {
                throw failed(file, e);
            }
        }
        return rows;
    }

    private static long lines(LedgerTable table, Statement statement, Span span, BufferedWriter out)
            throws SQLException, IOException {
        long lines = 0;
        try (ResultSet row = statement.executeQuery(table.select(span))) {
            while (row.next()) {
                out.write(TableLine.write(table, row));
                out.write('\n');
                lines++;
            }
        }
        return lines;
    }

    private static GatewayException failed(Path path, IOException e) {
        return new GatewayException(path + " cannot be written: " + e, e);
    }
}
