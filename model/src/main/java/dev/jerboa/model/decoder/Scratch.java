package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Working memory that the layers of a decoder share, since one layer runs at a time. While they load, parts ask for
 * rooms by purpose and width, and get the same room for the same purpose and width; {@link #allocate} then makes each
 * once. Rooms that are never in use at the same time ({@link Span}) lie on top of each other.
 */
final class Scratch {
    /** When a room is in use. A barrier of all workers lies between the ends of one span and the beginning of the next. */
    enum Span {
        /** From the first operation of a step to the last. */
        STEP,
        /** How streams are read, of more than {@link Ops#FEW} tokens and at the end. */
        STREAMS,
        /** A layer's attention. */
        ATTENTION,
        /** A layer's dense gated unit. */
        DENSE,
        /** Experts, from the router to their sum. */
        EXPERTS,
        /** Experts up to the activation. */
        EXPERTS_RISE,
        /** Experts from the down projection on. */
        EXPERTS_FALL,
        /** After the last layer. */
        PREDICTION;

        private boolean meets(Span other) {
            return this == other
                    || this == STEP
                    || other == STEP
                    || this == STREAMS && other == PREDICTION
                    || other == STREAMS && this == PREDICTION
                    || this == EXPERTS && (other == EXPERTS_RISE || other == EXPERTS_FALL)
                    || other == EXPERTS && (this == EXPERTS_RISE || this == EXPERTS_FALL);
        }
    }

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
        private final Span span;
        private final String purpose;
        private final int rowCount;
        private final int cols;
        private @Nullable FloatRows rows;

        private Table(Span span, String purpose, int rowCount, int cols) {
            this.span = span;
            this.purpose = purpose;
            this.rowCount = rowCount;
            this.cols = cols;
        }

        FloatRows rows() {
            return Objects.requireNonNull(rows);
        }
    }

    /** A panel that products read; there after {@link Scratch#allocate}. */
    static final class Form {
        private final Table table;
        private final List<Weights> consumers = new ArrayList<>();
        private @Nullable Panel panel;

        private Form(Table table) {
            this.table = table;
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
    Table table(Span span, String purpose, int cols, int perToken) {
        return tables.computeIfAbsent(
                purpose + "/" + cols + "/" + perToken,
                name -> new Table(span, purpose, Math.multiplyExact(maxTokens, perToken), cols));
    }

    /** The panel for {@code purpose}, one row a token, read also by {@code consumers}. */
    Form form(Span span, String purpose, int cols, List<Weights> consumers) {
        return form(span, purpose, cols, 1, consumers);
    }

    /** The panel for {@code purpose}, {@code perToken} rows a token. */
    Form form(Span span, String purpose, int cols, int perToken, List<Weights> consumers) {
        return form(table(span, purpose, cols, perToken), consumers);
    }

    /** The panel over a table, read also by {@code consumers}. */
    Form form(Table table, List<Weights> consumers) {
        Form form =
                forms.computeIfAbsent(table.purpose + "/" + table.cols + "/" + table.rowCount, name -> new Form(table));
        form.consumers.addAll(consumers);
        return form;
    }

    /** The table for {@code purpose} in steps of {@link Ops#FEW} tokens at most. */
    Table few(Span span, String purpose, int cols, int perToken) {
        return tables.computeIfAbsent(
                purpose + "/" + cols + "/" + perToken + "/few",
                name -> new Table(span, purpose, Math.multiplyExact(Math.min(maxTokens, Ops.FEW), perToken), cols));
    }

    /** The table for {@code purpose} of {@code rows} rows, however many tokens a step has. */
    Table rows(Span span, String purpose, int rows, int cols) {
        return tables.computeIfAbsent(
                purpose + "/" + cols + "/" + rows + " rows", name -> new Table(span, purpose, rows, cols));
    }

    /** Makes every room asked for. */
    void allocate(Ops ops, Arena arena) {
        List<Room> rooms = new ArrayList<>();
        tables.values()
                .forEach(table -> rooms.add(new Room(table.span, table.purpose, tableBytes(table), segment -> {
                    table.rows = new FloatRows(segment, table.rowCount, table.cols);
                })));
        forms.values().forEach(form -> {
            Table table = form.table;
            long bytes = ops.formBytes(table.rowCount, table.cols, form.consumers);
            rooms.add(new Room(table.span, table.purpose + " forms", bytes, segment -> {
                form.panel = ops.panel(table.rows(), segment, form.consumers);
            }));
        });
        long total = place(rooms);
        MemorySegment memory = arena.allocate(total, FloatRows.ALIGNMENT);
        rooms.forEach(room -> room.use.on(memory.asSlice(room.at, room.bytes)));
    }

    private static long tableBytes(Table table) {
        return Math.multiplyExact((long) table.rowCount * table.cols, (long) Float.BYTES);
    }

    /** A stretch of memory to be placed. */
    static final class Room {
        private final Span span;
        private final String purpose;
        private final long bytes;
        private final Use use;
        private long at = -1;

        /** What is made of a room once it has its place. */
        interface Use {
            void on(MemorySegment memory);
        }

        Room(Span span, String purpose, long bytes, Use use) {
            this.span = span;
            this.purpose = purpose;
            this.bytes = bytes;
            this.use = use;
        }

        long at() {
            return at;
        }

        long end() {
            return at + bytes;
        }

        /** Whether both are in use at some time: not those of one purpose, which belong to different layers. */
        boolean meets(Room other) {
            return span.meets(other.span) && !purpose.equals(other.purpose);
        }
    }

    /**
     * Gives every room a place, the largest first, each the lowest one where no room lies that it meets.
     *
     * @return the bytes of all
     */
    static long place(List<Room> rooms) {
        List<Room> bySize = new ArrayList<>(rooms);
        bySize.sort(Comparator.comparingLong((Room room) -> room.bytes).reversed());
        List<Room> placed = new ArrayList<>(); // by place
        long total = 0;
        for (Room room : bySize) {
            long at = 0;
            for (Room other : placed) {
                if (room.meets(other) && at < other.end() && other.at < at + room.bytes) {
                    at = aligned(other.end());
                }
            }
            room.at = at;
            placed.add(room);
            placed.sort(Comparator.comparingLong(Room::at));
            total = Math.max(total, aligned(room.end()));
        }
        return total;
    }

    private static long aligned(long bytes) {
        return bytes + FloatRows.ALIGNMENT - 1 & -FloatRows.ALIGNMENT;
    }
}
