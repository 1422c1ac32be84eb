package dev.jerboa.spark;

import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.Span;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Where a ledger's tables are read from. */
sealed interface Tables permits StoredTables, ExportedTables {
    /** The time that is read. */
    Span span();

    /** The rows of a table that belong to the time, with the columns of {@link Schemas#of}; nothing is read yet. */
    Dataset<Row> read(SparkSession spark, LedgerTable table);

    /** How many rows it must be, where that is known. */
    OptionalLong rows(LedgerTable table);

    /** For messages. */
    String name();
}
