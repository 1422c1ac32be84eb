package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Working memory that the layers of a decoder share, since one layer runs at a time. While they load, parts ask for
 * rooms by purpose and width, and get the same room for the same purpose and width; {@link #allocate} then makes each
 * once.
 */
final class Scratch {
    private final int maxTokens;
    private final int workers;
    private final Map<String, Table> tables = new LinkedHashMap<>();
    private final Map<String, Form> forms = new LinkedHashMap<>();

    Scratch(int maxTokens, int workers) {
        this.maxTokens = maxTokens;
        this.workers = workers;
    }

    /** Workers of a step. */
    int workers() {
        return workers;
    }

    /** The most tokens of a step. */
    int maxTokens() {
        return maxTokens;
    }

    /** A table of float32 rows; there after {@link Scratch#allocate}. */
    static final class Table {
        private final int rowCount;
        private final int cols;
        private @Nullable FloatRows rows;

        private Table(int rowCount, int cols) {
            this.rowCount = rowCount;
            this.cols = cols;
        }

        FloatRows rows() {
            return Objects.requireNonNull(rows);
        }
    }

    /** A panel that products read; there after {@link Scratch#allocate}. */
    static final class Form {
        private final int rowCount;
        private final int cols;
        private final List<Weights> consumers = new ArrayList<>();
        private @Nullable Panel panel;

        private Form(int rowCount, int cols) {
            this.rowCount = rowCount;
            this.cols = cols;
        }

        Panel panel() {
            return Objects.requireNonNull(panel);
        }

        /** What reads it; complete before {@link Scratch#allocate}. */
        List<Weights> consumers() {
            return consumers;
        }
    }

    /** The table for {@code purpose}, {@code cols} wide, {@code perToken} rows for each token of a step. */
    Table table(String purpose, int cols, int perToken) {
        return tables.computeIfAbsent(
                purpose + "/" + cols + "/" + perToken,
                name -> new Table(Math.multiplyExact(maxTokens, perToken), cols));
    }

    /** The panel for {@code purpose}, one row a token, read also by {@code consumers}. */
    Form form(String purpose, int cols, int perToken, List<Weights> consumers) {
        Form form = forms.computeIfAbsent(
                purpose + "/" + cols + "/" + perToken, name -> new Form(Math.multiplyExact(maxTokens, perToken), cols));
        form.consumers.addAll(consumers);
        return form;
    }

    /** The panel for {@code purpose} in steps of {@link Ops#FEW} tokens at most. */
    Form few(String purpose, int cols) {
        return forms.computeIfAbsent(
                purpose + "/" + cols + "/few", name -> new Form(Math.min(maxTokens, Ops.FEW), cols));
    }

    /** Makes every room asked for. */
    void allocate(Ops ops, Arena arena) {
        tables.values().forEach(table -> table.rows = FloatRows.allocate(arena, table.rowCount, table.cols));
        forms.values().forEach(form -> form.panel = ops.panel(arena, form.rowCount, form.cols, form.consumers));
    }
}
