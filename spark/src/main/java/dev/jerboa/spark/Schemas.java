package dev.jerboa.spark;

import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.TableColumn;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The ledger's tables as Spark has them: the same columns and types from each kind of source. */
final class Schemas {
    private Schemas() {}

    static StructType of(LedgerTable table) {
        return new StructType(table.columns().stream()
                .map(column -> DataTypes.createStructField(column.name(), type(column), true))
                .toArray(StructField[]::new));
    }

    /** The types for a reader that would guess them. */
    static String declared(LedgerTable table) {
        return table.columns().stream()
                .map(column -> "`" + column.name() + "` " + type(column).sql())
                .collect(Collectors.joining(", "));
    }

    private static DataType type(TableColumn column) {
        return switch (column.kind()) {
            case TEXT -> DataTypes.StringType;
            case WHOLE -> DataTypes.LongType;
            case DECIMAL -> DataTypes.DoubleType;
        };
    }
}
