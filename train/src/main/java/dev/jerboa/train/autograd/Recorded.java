package dev.jerboa.train.autograd;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An operation on a tape with the memory that it asked for.
 *
 * @param block whose forward may be computed again; null for operations outside blocks
 */
record Recorded(
        Op op, Repeat repeat, @Nullable Block block, List<Tensor> outputs, List<Input> inputs, List<Table> tables) {
    /** Operations beside each other. */
    record Block(int number, Parts parts) {}

    Recorded {
        outputs = List.copyOf(outputs);
        inputs = List.copyOf(inputs);
        tables = List.copyOf(tables);
    }

    /** Whether backward needs a table that forward writes. */
    boolean leavesTables() {
        return tables.stream().anyMatch(table -> table.use() == Table.Use.BOTH);
    }
}
