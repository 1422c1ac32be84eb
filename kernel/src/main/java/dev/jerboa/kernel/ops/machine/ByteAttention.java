package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.LESS;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.NOT_EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.Vec.zmm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The parts of {@link AttentionKernel} that multiply 8-bit keys and values as such, in 512-bit vectors:
 *
 * <pre>
 * score    Σ over blocks of 32 dimensions of  float(Σ (key + 128) · query − 128 · Σ query) · (scale of the key · scale of the query)
 * weights  w = weight · scale of the value; code = nearest whole number to w · 255 / the tile's largest w
 * values   sums · fade + float(Σ code · value) · (largest w / 255)
 * </pre>
 *
 * <p>The largest w is that of the row's own visible positions: nothing depends on what comes after them.
 */
final class ByteAttention implements AttentionSums {
    private static final int REGISTERS = 32;
    private static final int LANES = 16;
    private static final int CELL = 4;
    private static final int LINE = 64;

    private final Assembler a;
    private final AttentionKernel kernel;
    private final Places places;

    ByteAttention(Assembler a, AttentionKernel kernel, Places places) {
        this.a = a;
        this.kernel = kernel;
        this.places = places;
    }

    /** Each has a sum in whole numbers and one in floats. */
    @Override
    public int most(int rows) {
        int most = 4;
        while (2 * rows * most + most + 1 > REGISTERS) {
            most--;
        }
        return most;
    }

    @Override
    public int mostValues(int rows) {
        int most = 8;
        while (rows * most + most + 1 > REGISTERS) {
            most--;
        }
        return most;
    }

    @Override
    public void scores(int rows, List<Piece> pieces, int valueLines) {
        int columns = pieces.size();
        int queryBytes = kernel.keys().queryBytes(kernel.headDim());
        int sums = rows * columns;
        for (int i = 0; i < sums; i++) {
            a.op(VPXORD, zmm(i), zmm(i), zmm(i));
        }
        a.mov(RDX, R8);
        a.lea(RCX, Mem.at(R15, RAX, Short.BYTES, kernel.headDim() * kernel.tile()));
        int whole = kernel.headDim() / CacheType.BLOCK;
        if (whole > 0) {
            a.mov(places.kept(), R14);
            a.mov(R14, whole);
            a.align(16);
            Label loop = a.here();
            block(rows, pieces, CacheType.BLOCK, queryBytes, valueLines);
            a.sub(R14, 1);
            a.jump(NOT_EQUAL, loop);
            a.mov(R14, places.kept());
        }
        int rest = kernel.headDim() % CacheType.BLOCK;
        if (rest > 0) {
            block(rows, pieces, rest, queryBytes, valueLines);
        }
    }

    private void block(int rows, List<Piece> pieces, int dims, int queryBytes, int valueLines) {
        int columns = pieces.size();
        int whole = rows * columns; // the first register of sums in whole numbers
        int keys = 2 * whole;
        int spare = keys + columns;
        int spares = Math.min(4, REGISTERS - spare);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                a.op(VPBROADCASTD, zmm(whole + i * columns + j), Mem.at(RDX, i * queryBytes + ByteRows.QUERY_START));
            }
        }
        for (int step = 0; step < dims / CELL; step++) {
            for (int line = 0; line < valueLines; line++) {
                a.prefetcht0(Mem.at(R13, (step * valueLines + line) * LINE));
            }
            for (int j = 0; j < columns; j++) {
                int group = pieces.get(j).from() / LANES;
                a.op(VMOVUPS, zmm(keys + j), Mem.at(RSI, group * kernel.keyGroup() + step * CELL * LANES));
            }
            for (int i = 0; i < rows; i++) {
                Vec query = zmm(spare + i % spares);
                a.op(VPBROADCASTD, query, Mem.at(RDX, i * queryBytes + step * CELL));
                for (int j = 0; j < columns; j++) {
                    a.op(VPDPBUSD, zmm(whole + i * columns + j), zmm(keys + j), query);
                }
            }
        }
        for (int j = 0; j < columns; j++) {
            a.op(VPMOVZXWD, zmm(keys + j), Mem.at(RCX, pieces.get(j).from() * Short.BYTES));
            a.op(VPSLLD, zmm(keys + j), zmm(keys + j), 16);
        }
        for (int i = 0; i < rows; i++) {
            Mem scale = Mem.at(RDX, i * queryBytes + ByteRows.QUERY_SCALE).toAll();
            for (int j = 0; j < columns; j++) {
                Vec product = zmm(spare + (i * columns + j) % spares);
                Vec sum = zmm(whole + i * columns + j);
                a.op(VMULPS, product, zmm(keys + j), scale);
                a.op(VCVTDQ2PS, sum, sum);
                a.op(VFMADD231PS, AttentionSums.sum(i, j, pieces), sum, product);
            }
        }
        a.add(RSI, dims * LANES);
        a.add(RDX, ByteRows.QUERY_BYTES);
        a.add(RCX, kernel.tile() * Short.BYTES);
        if (valueLines > 0) {
            a.add(R13, dims / CELL * valueLines * LINE);
        }
    }

    /**
     * Puts the scales of the tile's values into scratch, each as {@code visible} leaves it: a mask by its place in bytes, in a
     * register other than 0; changes RAX.
     */
    void scales(@Nullable IntFunction<Vec> visible) {
        a.mov(RAX, places.values());
        for (int at = 0; at < kernel.tile(); at += LANES) {
            Vec scale = zmm(0);
            a.op(VPMOVZXWD, scale, Mem.at(RAX, kernel.valueDim() * kernel.tile() + at * Short.BYTES));
            a.op(VPSLLD, scale, scale, 16);
            if (visible != null) {
                a.op(VPANDD, scale, scale, visible.apply(at * Float.BYTES));
            }
            a.op(VMOVUPS_STORE, Mem.at(RBX, AttentionKernel.SCALES + at * Float.BYTES), scale);
        }
    }

    /**
     * Weights in the first {@code count} registers become codes at RSI, and RDX, 4 bytes a row, tells the place of the row's
     * factor. Changes the registers from 8 on.
     */
    void weights(int count) {
        Vec largest = zmm(8);
        Vec spare = zmm(9);
        Vec inverse = zmm(10);
        for (int j = 0; j < count; j++) {
            a.op(VMULPS, zmm(j), zmm(j), Mem.at(RBX, AttentionKernel.SCALES + j * LANES * Float.BYTES));
        }
        // As whole numbers, so that what is no number is the largest.
        a.op(VPMAXSD, largest, zmm(0), zmm(count - 1));
        for (int j = 1; j < count - 1; j++) {
            a.op(VPMAXSD, largest, largest, zmm(j));
        }
        Pieces.acrossLanes(a, VPMAXSD, largest, spare);
        a.op(VMOVUPS, inverse.x(), a.constant(Float.floatToRawIntBits(255), LANES));
        a.op(VDIVPS, inverse.x(), inverse.x(), largest.x());
        a.op(VBROADCASTSS, inverse, inverse.x());
        a.op(VMULPS, largest.x(), largest.x(), a.constant(Float.floatToRawIntBits(1f / 255), LANES));
        a.op(VMOVSS_STORE, Mem.at(RBX, RDX, 1, AttentionKernel.FACTORS), largest.x());
        for (int j = 0; j < count; j++) {
            a.op(VMULPS, zmm(j), zmm(j), inverse);
            a.op(VCVTPS2DQ, zmm(j), zmm(j));
            a.op(VPMOVDB, Mem.at(RSI, j * LANES), zmm(j));
        }
    }

    @Override
    public void values(int rows, List<Piece> pieces, @Nullable IntConsumer ahead) {
        int columns = pieces.size();
        int free = rows * columns;
        int spare = free + columns;
        int spares = Math.min(4, REGISTERS - spare);
        for (int i = 0; i < free; i++) {
            a.op(VPXORD, zmm(i), zmm(i), zmm(i));
        }
        a.mov(RCX, places.from());
        a.and(RCX, -CELL);
        a.mov(RDX, places.to());
        a.mov(RSI, places.values());
        if (ahead != null) {
            ahead.accept(0);
        }
        a.mov(RAX, RCX);
        a.imul(RAX, RAX, kernel.valueRow() / CELL);
        a.add(RSI, RAX);
        a.align(16);
        Label loop = a.here();
        if (ahead != null) {
            ahead.accept(CELL);
        }
        for (int j = 0; j < columns; j++) {
            Piece piece = pieces.get(j);
            a.op(piece.single() ? VMOVSS : VMOVUPS, piece.in(free + j), Mem.at(RSI, piece.from() * CELL));
        }
        for (int i = 0; i < rows; i++) {
            Vec weight = zmm(spare + i % spares);
            a.op(VPBROADCASTD, weight, Mem.at(RBX, RCX, 1, i * kernel.tile() * Float.BYTES));
            for (int j = 0; j < columns; j++) {
                a.op(VPDPBUSD, zmm(i * columns + j), weight, zmm(free + j));
            }
        }
        a.add(RSI, kernel.valueRow());
        a.add(RCX, CELL);
        a.cmp(RCX, RDX);
        a.jump(LESS, loop);
        finish(rows, pieces, free);
    }

    private void finish(int rows, List<Piece> pieces, int free) {
        int columns = pieces.size();
        Vec fade = zmm(free);
        Vec factor = zmm(free + 1);
        for (int i = 0; i < rows; i++) {
            a.op(VBROADCASTSS, fade, Mem.at(RBX, AttentionKernel.FADES + i * Float.BYTES));
            a.op(VBROADCASTSS, factor, Mem.at(RBX, AttentionKernel.FACTORS + i * Float.BYTES));
            for (int j = 0; j < columns; j++) {
                Piece piece = pieces.get(j);
                Vec whole = piece.in(i * columns + j);
                Vec sum = piece.in(free + 2 + j % 2);
                Mem place = Mem.at(R9, (i * kernel.valueDim() + piece.from()) * Float.BYTES);
                a.op(piece.single() ? VMOVSS : VMOVUPS, sum, place);
                a.op(VMULPS, sum, sum, new Vec(fade.number(), sum.bytes()));
                a.op(VCVTDQ2PS, whole, whole);
                a.op(VFMADD231PS, sum, whole, new Vec(factor.number(), sum.bytes()));
                a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, place, sum);
            }
        }
    }
}
