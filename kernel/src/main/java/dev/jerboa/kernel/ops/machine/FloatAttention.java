package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER_OR_EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.LESS;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.NOT_EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The parts of {@link AttentionKernel} that multiply floats: float32, or 16 bits widened or multiplied in pairs. */
final class FloatAttention implements AttentionSums {
    private static final int UPPER = 0xffff0000;

    /** Which of a pair takes part. */
    private enum Half {
        BOTH,
        LOW,
        HIGH
    }

    private final Assembler a;
    private final Target target;
    private final AttentionKernel kernel;
    private final Places places;
    private final boolean wide;
    private final int lanes;
    private final int registers;
    private final int mostSums;

    FloatAttention(Assembler a, Target target, AttentionKernel kernel, Places places) {
        this.a = a;
        this.target = target;
        this.kernel = kernel;
        this.places = places;
        this.wide = target.isa().wide();
        this.lanes = target.lanes();
        this.registers = wide ? 32 : 16;
        this.mostSums = wide ? 24 : 12;
    }

    @Override
    public int mostValues(int rows) {
        return most(rows);
    }

    @Override
    public int most(int rows) {
        int most = Math.min(8, mostSums / rows);
        while (rows * most + Math.min(rows, most) + 1 > registers) {
            most--;
        }
        return most;
    }

    /** Sums of {@code pieces} of positions, whose keys lie at RSI, which goes on; RDX and RCX count. */
    @Override
    public void scores(int rows, List<Piece> pieces, int valueLines) {
        CacheFormat format = kernel.keys();
        int queryBytes = format.queryBytes(kernel.headDim());
        int steps = kernel.headDim() / format.together();
        int unroll = steps % 4 == 0 ? 4 : steps % 2 == 0 ? 2 : 1;
        int keyStep = CacheLayout.GROUP * format.columnBytes();
        clear(rows, pieces);
        a.mov(RDX, R8);
        a.mov(RCX, steps / unroll);
        a.align(16);
        Label loop = a.here();
        for (int u = 0; u < unroll; u++) {
            Mem keys = Mem.at(RSI, u * keyStep);
            Mem query = Mem.at(RDX, u * format.queryStep());
            for (int line = 0; line < valueLines; line++) {
                a.prefetcht0(Mem.at(R13, (u * valueLines + line) * AttentionKernel.LINE));
            }
            step(kernel.keys(), rows, pieces, column -> key(keys, column), query, queryBytes, Half.BOTH);
        }
        a.add(RSI, unroll * keyStep);
        a.add(RDX, unroll * format.queryStep());
        if (valueLines > 0) {
            a.add(R13, unroll * valueLines * AttentionKernel.LINE);
        }
        a.sub(RCX, 1);
        a.jump(NOT_EQUAL, loop);
    }

    /** Where the key of a position of the tile lies, {@code keys} being that of the first. */
    private Mem key(Mem keys, int position) {
        int group = position / CacheLayout.GROUP;
        return keys.plus(group * kernel.keyGroup()
                + position % CacheLayout.GROUP * kernel.keys().columnBytes());
    }

    private void clear(int rows, List<Piece> pieces) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < pieces.size(); j++) {
                Vec sum = AttentionSums.sum(i, j, pieces);
                a.op(wide ? VPXORD : VXORPS, sum, sum, sum);
            }
        }
    }

    /**
     * Adds to each sum the product of its row's factor and its piece of the vector, of which each column has a place: one
     * dimension or position, or one pair. A format that widens pairs takes two products after each other.
     */
    private void step(
            CacheFormat format,
            int rows,
            List<Piece> pieces,
            IntFunction<Mem> vector,
            Mem factors,
            int rowBytes,
            Half half) {
        if (format == CacheFormat.BF16_WIDENED && half == Half.BOTH) {
            step(format, rows, pieces, vector, factors, rowBytes, Half.LOW);
            step(format, rows, pieces, vector, factors, rowBytes, Half.HIGH);
            return;
        }
        Mem first = format == CacheFormat.BF16_WIDENED && half == Half.HIGH ? factors.plus(Float.BYTES) : factors;
        int columns = pieces.size();
        int free = rows * columns;
        if (columns <= rows) {
            int spare = Math.min(4, registers - free - columns);
            for (int j = 0; j < columns; j++) {
                load(format, pieces.get(j).in(free + j), pieces.get(j), vector, half);
            }
            for (int i = 0; i < rows; i++) {
                Vec factor = target.vec(free + columns + i % spare);
                a.op(VBROADCASTSS, factor, first.plus(i * rowBytes));
                for (int j = 0; j < columns; j++) {
                    multiply(
                            format,
                            AttentionSums.sum(i, j, pieces),
                            factor,
                            pieces.get(j).in(free + j));
                }
            }
        } else {
            int spare = Math.min(4, registers - free - rows);
            for (int i = 0; i < rows; i++) {
                a.op(VBROADCASTSS, target.vec(free + i), first.plus(i * rowBytes));
            }
            for (int j = 0; j < columns; j++) {
                Vec loaded = pieces.get(j).in(free + rows + j % spare);
                load(format, loaded, pieces.get(j), vector, half);
                for (int i = 0; i < rows; i++) {
                    multiply(format, AttentionSums.sum(i, j, pieces), target.vec(free + i), loaded);
                }
            }
        }
    }

    private void multiply(CacheFormat format, Vec sum, Vec factor, Vec vector) {
        Vec narrowed = new Vec(factor.number(), sum.bytes());
        a.op(format == CacheFormat.BF16_PAIRS ? VDPBF16PS : VFMADD231PS, sum, narrowed, vector);
    }

    /** Loads a piece of keys or values, widened unless pairs are multiplied as such. */
    private void load(CacheFormat format, Vec to, Piece piece, IntFunction<Mem> row, Half half) {
        Mem from = row.apply(piece.from());
        switch (format) {
            case F32 -> a.op(piece.single() ? VMOVSS : VMOVUPS, to, from);
            case F16 -> {
                if (piece.single()) {
                    a.movzx16(RAX, from);
                    a.vmovd(to, RAX);
                    a.op(VCVTPH2PS, to, to);
                } else {
                    a.op(VCVTPH2PS, to, from);
                }
            }
            case BF16_WIDENED -> {
                a.op(piece.single() ? VMOVSS : VMOVUPS, to, from);
                if (half == Half.LOW) {
                    a.op(VPSLLD, to, to, 16);
                } else {
                    keep(to, UPPER);
                }
            }
            case BF16_PAIRS -> {
                a.op(piece.single() ? VMOVSS : VMOVUPS, to, from);
                if (half != Half.BOTH) {
                    keep(to, half == Half.LOW ? ~UPPER : UPPER);
                }
            }
        }
    }

    private void keep(Vec words, int mask) {
        a.op(wide ? VPANDD : VPAND, words, words, a.constant(mask, lanes));
    }

    @Override
    public void values(int rows, List<Piece> pieces, @Nullable IntConsumer ahead) {
        Vec fade = target.vec(rows * pieces.size());
        for (int i = 0; i < rows; i++) {
            a.op(VBROADCASTSS, fade, Mem.at(RBX, AttentionKernel.FADES + i * Float.BYTES));
            for (int j = 0; j < pieces.size(); j++) {
                Vec sum = AttentionSums.sum(i, j, pieces);
                Vec factor = new Vec(fade.number(), sum.bytes());
                if (pieces.get(j).single()) {
                    a.op(VMOVSS, sum, sums(i, pieces.get(j)));
                    a.op(VMULPS, sum, sum, factor);
                } else {
                    a.op(VMULPS, sum, factor, sums(i, pieces.get(j)));
                }
            }
        }
        if (kernel.values().pairs()) {
            valuesOfPairs(rows, pieces, ahead);
        } else {
            valuesOfPositions(rows, pieces, ahead);
        }
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < pieces.size(); j++) {
                Piece piece = pieces.get(j);
                a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, sums(i, piece), AttentionSums.sum(i, j, pieces));
            }
        }
    }

    private Mem sums(int row, Piece piece) {
        return Mem.at(R9, (row * kernel.valueDim() + piece.from()) * Float.BYTES);
    }

    private IntFunction<Mem> value(Mem row) {
        return column -> row.plus(column * kernel.values().columnBytes());
    }

    /** RSI goes through the values, RCX through the positions. */
    private void valuesOfPositions(int rows, List<Piece> pieces, @Nullable IntConsumer ahead) {
        a.mov(RCX, places.from());
        a.mov(RDX, places.to());
        a.mov(RSI, RCX);
        a.imul(RSI, RSI, kernel.valueRow());
        a.add(RSI, places.values());
        if (ahead != null) {
            ahead.accept(0);
        }
        a.align(16);
        Label loop = a.here();
        if (ahead != null) {
            ahead.accept(1);
        }
        Mem weights = Mem.at(RBX, RCX, Float.BYTES, 0);
        step(kernel.values(), rows, pieces, value(Mem.at(RSI)), weights, kernel.tile() * Float.BYTES, Half.BOTH);
        a.add(RSI, kernel.valueRow());
        a.add(RCX, 1);
        a.cmp(RCX, RDX);
        a.jump(LESS, loop);
    }

    /**
     * RSI goes through the values, RCX through the positions, two at a time; the first and last pair may count by half.
     */
    private void valuesOfPairs(int rows, List<Piece> pieces, @Nullable IntConsumer ahead) {
        Mem weights = Mem.at(RBX, RCX, kernel.values().queryStep() / 2, 0);
        IntFunction<Mem> value = value(Mem.at(RSI));
        int rowBytes = kernel.tile() * Float.BYTES;
        Label even = a.label();
        Label last = a.label();
        Label done = a.label();
        a.mov(RCX, places.from());
        a.mov(RSI, RCX);
        a.shr(RSI, 1);
        a.imul(RSI, RSI, kernel.valueRow());
        a.add(RSI, places.values());
        if (ahead != null) {
            ahead.accept(0);
        }
        a.mov(RAX, RCX);
        a.and(RCX, -2);
        a.and(RAX, 1);
        a.jump(EQUAL, even);
        step(kernel.values(), rows, pieces, value, weights, rowBytes, Half.HIGH);
        a.add(RSI, kernel.valueRow());
        a.add(RCX, 2);
        a.place(even);
        a.mov(RDX, places.to());
        a.and(RDX, -2);
        a.cmp(RCX, RDX);
        a.jump(GREATER_OR_EQUAL, last);
        a.align(16);
        Label loop = a.here();
        if (ahead != null) {
            ahead.accept(2);
        }
        step(kernel.values(), rows, pieces, value, weights, rowBytes, Half.BOTH);
        a.add(RSI, kernel.valueRow());
        a.add(RCX, 2);
        a.cmp(RCX, RDX);
        a.jump(LESS, loop);
        a.place(last);
        a.mov(RAX, places.to());
        a.and(RAX, 1);
        a.jump(EQUAL, done);
        step(kernel.values(), rows, pieces, value, weights, rowBytes, Half.LOW);
        a.place(done);
    }
}
