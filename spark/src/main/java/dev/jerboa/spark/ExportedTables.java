package dev.jerboa.spark;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.export.ExportNote;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.Span;
import dev.jerboa.gateway.ledger.export.TableLine;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** The files that {@code jerboa ledger export --out FOLDER} wrote, in any file system that Spark knows. Every line is checked. */
record ExportedTables(Path folder, ExportNote note) implements Tables {
    private static final int MOST_NOTE_BYTES = 1 << 20;

    /**
     * An export that is complete.
     *
     * @throws GatewayException where it is not, or is none
     */
    static ExportedTables open(SparkSession spark, String folder) {
        Path path = new Path(folder);
        Path file = new Path(path, ExportNote.FILE);
        try {
            FileSystem files = file.getFileSystem(spark.sparkContext().hadoopConfiguration());
            try (FSDataInputStream in = files.open(file)) {
                String text = new String(in.readNBytes(MOST_NOTE_BYTES), StandardCharsets.UTF_8);
                ExportNote note = ExportNote.parse(text, file.toString());
                for (LedgerTable table : LedgerTable.values()) {
                    if (!files.exists(file(path, table))) {
                        throw new GatewayException(
                                file(path, table) + " is not there: expected a file for each table, as"
                                        + " 'jerboa ledger export --out' writes them");
                    }
                }
                return new ExportedTables(path, note);
            }
        } catch (FileNotFoundException e) {
            throw new GatewayException(
                    file + " is not there: expected a folder that 'jerboa ledger export --out' has written to its end",
                    e);
        } catch (IOException e) {
            throw new GatewayException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Path file(Path folder, LedgerTable table) {
        return new Path(folder, table.table() + ".jsonl");
    }

    @Override
    public Span span() {
        return note.span();
    }

    @Override
    public Dataset<Row> read(SparkSession spark, LedgerTable table) {
        return spark.read()
                .text(file(folder, table).toString())
                .select(functions.col("value"), functions.col("_metadata.file_name"))
                .map(new OfLine(table), Encoders.row(Schemas.of(table)));
    }

    @Override
    public OptionalLong rows(LedgerTable table) {
        return OptionalLong.of(note.rows(table));
    }

    @Override
    public String name() {
        return folder.toString();
    }

    private record OfLine(LedgerTable table) implements MapFunction<Row, Row> {
        @Override
        public Row call(Row line) {
            return RowFactory.create(TableLine.read(table, line.getString(0), line.getString(1)));
        }
    }
}
