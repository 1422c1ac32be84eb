package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * What writes tokens' keys and values into a tile that {@link CacheLayout} lays out: one token, or {@link LatentPanel#SQUARE}
 * that follow each other. A token's 4 bytes a line reach over many lines, which are asked for all at once.
 *
 * @param keyDims elements of a key head
 * @param valueDims elements of a value head
 */
record CacheStores(CacheType type, int keyDims, int valueDims, int tile) {
    /** Argument: the address of the first token's keys, float32. */
    static final int KEYS = 0;
    /** Argument: bytes from a token's keys to the next one's. */
    static final int KEY_STRIDE = 1;
    /** Argument: where the first token's first key goes. */
    static final int KEYS_TO = 2;
    /** Argument: the address of the first token's values, float32. */
    static final int VALUES = 3;
    /** Argument: bytes from a token's values to the next one's. */
    static final int VALUE_STRIDE = 4;
    /** Argument: where the first token's first value goes. */
    static final int VALUES_TO = 5;
    /** Argument: the address of {@link #scratchBytes} bytes. */
    static final int SCRATCH = 6;
    /** Argument: how many key and value heads. */
    static final int HEADS = 7;
    /** Argument: where the first token's first scale of a key goes, where there are any. */
    static final int KEY_SCALES_TO = 8;
    /** Argument: where the first token's first scale of a value goes, where there are any. */
    static final int VALUE_SCALES_TO = 9;

    /** Argument of a {@link Row}. */
    static final int FROM = 0;
    /** Argument of a {@link Row}. */
    static final int TO = 1;

    private static final int UNORDERED = 3;
    private static final int QUIET = 0x40;
    private static final int TOGETHER = LatentPanel.SQUARE;
    private static final int LINE = 64;

    static CacheStores of(KvLayer cache) {
        int heads = cache.heads();
        return new CacheStores(
                cache.type(), cache.keyDim() / heads, cache.valueStride() / heads, CacheLayout.tile(cache));
    }

    /** Bytes of scratch: a head of {@link #TOGETHER} tokens, narrowed. */
    long scratchBytes() {
        return (long) TOGETHER * Math.max(keyDims, valueDims) * Short.BYTES;
    }

    private boolean pairs() {
        return type == CacheType.BF16;
    }

    /** What of a key moves as one: an element, a pair, or four of 8 bits. */
    int cellBytes() {
        return pairs() || type.scaled() ? Integer.BYTES : type.bytes();
    }

    private int cells() {
        return keyDims * type.bytes() / cellBytes();
    }

    /** Bytes from a tile's keys of a head to those of the next. */
    int keyHead() {
        return (int) type.keyBytes(keyDims, 1) * tile;
    }

    /** Bytes from a tile's values of a head to those of the next. */
    int valueHead() {
        return (int) type.valueBytes(valueDims, 1) * tile;
    }

    /** Bytes from one value row (a position, a pair, or four) to the next. */
    private int valueRow() {
        return valueDims * cellBytes();
    }

    /** Where the key of place {@code at} of a tile starts, in bytes from the tile's keys. */
    long keyPlace(int at) {
        int group = CacheLayout.GROUP;
        return (long) at / group * keyDims * group * type.bytes() + (long) at % group * cellBytes();
    }

    /** Where the value of place {@code at} of a tile starts, in bytes from the tile's values. */
    long valuePlace(int at) {
        if (type.scaled()) {
            return (long) (at / 4) * valueRow() + at % 4;
        }
        return pairs() ? (long) (at / 2) * valueRow() + at % 2 * Short.BYTES : (long) at * valueRow();
    }

    /** Where the first scale of the key of place {@code at} of a tile lies, in bytes from the tile's keys. */
    long keyScalePlace(int at) {
        return (long) keyDims * tile + (long) at * Short.BYTES;
    }

    /** Where the scale of the value of place {@code at} of a tile lies, in bytes from the tile's values. */
    long valueScalePlace(int at) {
        return (long) valueDims * tile + (long) at * Short.BYTES;
    }

    private static Mem argument(int index) {
        return Mem.at(RDI, index * Long.BYTES);
    }

    /** The writing of one token. */
    record One(CacheStores shape) {
        MachineCode emit(Target target) {
            return new Emission(shape, target).one();
        }
    }

    /** The writing of {@link #TOGETHER} tokens, the first of which stands at a multiple of that in the tile. */
    record Several(CacheStores shape) {
        MachineCode emit(Target target) {
            return new Emission(shape, target).several();
        }
    }

    /** The narrowing of a row that stays in order, for latent caches. */
    record Row(CacheType type, int count) {
        MachineCode emit(Target target) {
            Emission emission = new Emission(new CacheStores(type, count, count, 0), target);
            Assembler a = emission.a;
            target.convention().enter(a);
            a.mov(RSI, argument(FROM));
            a.mov(RDX, argument(TO));
            if (type.scaled()) {
                emission.blocks(count, Mem.at(RDX, count), Short.BYTES, false);
            } else {
                emission.narrow(count);
            }
            target.convention().leave(a);
            return a.finish();
        }
    }

    /** One emission. RDI keeps the arguments. */
    private static final class Emission {
        private final CacheStores shape;
        private final CacheType type;
        private final Target target;
        private final Assembler a;

        Emission(CacheStores shape, Target target) {
            this.shape = shape;
            this.type = shape.type;
            this.target = target;
            this.a = target.assembler(
                    "store " + type.key() + " " + shape.keyDims + "/" + shape.valueDims + " in " + shape.tile);
        }

        /** {@code body} for each head, RSI at its floats and R9 at where it goes; R8 counts, R10 keeps RSI. */
        private void heads(int from, int to, int dims, int head, Runnable body) {
            a.mov(R10, argument(from));
            a.mov(R9, argument(to));
            a.mov(R8, argument(HEADS));
            Label nextHead = a.here();
            a.mov(RSI, R10);
            body.run();
            a.add(R10, dims * Float.BYTES);
            a.add(R9, head);
            a.sub(R8, 1);
            a.jump(GREATER, nextHead);
        }

        MachineCode one() {
            target.convention().enter(a);
            int cellStride = CacheLayout.GROUP * shape.cellBytes();
            ask(KEYS, KEYS_TO, shape.keyHead(), shape.cells() * cellStride / LINE);
            ask(VALUES, VALUES_TO, shape.valueHead(), (shape.valueRow() + LINE - 1) / LINE);
            if (type.scaled()) {
                oneOfBytes(cellStride);
                target.convention().leave(a);
                return a.finish();
            }
            heads(KEYS, KEYS_TO, shape.keyDims, shape.keyHead(), () -> {
                if (type != CacheType.F32) {
                    toScratch(shape.keyDims);
                }
                scatter(shape.cellBytes(), shape.cells(), cellStride);
            });
            heads(VALUES, VALUES_TO, shape.valueDims, shape.valueHead(), () -> {
                if (shape.pairs()) {
                    toScratch(shape.valueDims);
                    scatter(Short.BYTES, shape.valueDims, 2 * Short.BYTES);
                } else {
                    a.mov(RDX, R9);
                    narrow(shape.valueDims);
                }
            });
            target.convention().leave(a);
            return a.finish();
        }

        /** R15 goes through the places of scales. */
        private void oneOfBytes(int cellStride) {
            a.mov(R15, argument(KEY_SCALES_TO));
            heads(KEYS, KEYS_TO, shape.keyDims, shape.keyHead(), () -> {
                a.mov(RDX, argument(SCRATCH));
                blocks(shape.keyDims, Mem.at(R15), shape.tile * Short.BYTES, true);
                a.mov(RSI, argument(SCRATCH));
                scatter(Integer.BYTES, shape.cells(), cellStride);
                a.add(R15, shape.keyHead());
            });
            a.mov(R15, argument(VALUE_SCALES_TO));
            heads(VALUES, VALUES_TO, shape.valueDims, shape.valueHead(), () -> {
                a.mov(RDX, argument(SCRATCH));
                new ByteRows(a).block(Mem.at(RSI), shape.valueDims, Mem.at(RDX), false);
                a.mov16(Mem.at(R15), RAX);
                a.mov(RSI, argument(SCRATCH));
                scatter(1, shape.valueDims, 4);
                a.add(R15, shape.valueHead());
            });
        }

        /** {@code count} floats at RSI into codes at RDX and the scales of their blocks, {@code stride} bytes apart. */
        private void blocks(int count, Mem scales, int stride, boolean biased) {
            ByteRows rows = new ByteRows(a);
            for (int block = 0; block < ByteRows.blocks(count); block++) {
                int at = block * CacheType.BLOCK;
                rows.block(Mem.at(RSI, at * Float.BYTES), ByteRows.size(count, block), Mem.at(RDX, at), biased);
                a.mov16(scales.plus(block * stride), RAX);
            }
        }

        private void toScratch(int count) {
            a.mov(RDX, argument(SCRATCH));
            narrow(count);
            a.mov(RSI, argument(SCRATCH));
        }

        /** Asks for {@code lines} lines of each head, to write them. */
        private void ask(int from, int to, int head, int lines) {
            heads(from, to, 0, head, () -> {
                a.mov(RDX, R9);
                a.mov(RCX, lines);
                Label nextLine = a.here();
                a.prefetchw(Mem.at(RDX));
                a.add(RDX, LINE);
                a.sub(RCX, 1);
                a.jump(GREATER, nextLine);
            });
        }

        /** {@code count} cells from RSI on, to places {@code stride} bytes apart from R9 on. */
        private void scatter(int bytes, int count, int stride) {
            int unroll = count % 4 == 0 ? 4 : count % 2 == 0 ? 2 : 1;
            a.mov(RDX, R9);
            a.mov(RCX, count / unroll);
            Label nextCell = a.here();
            for (int u = 0; u < unroll; u++) {
                if (bytes == 1) {
                    a.movzx8(RAX, Mem.at(RSI, u));
                    a.mov8(Mem.at(RDX, u * stride), RAX);
                } else if (bytes == Short.BYTES) {
                    a.movzx16(RAX, Mem.at(RSI, u * bytes));
                    a.mov16(Mem.at(RDX, u * stride), RAX);
                } else {
                    a.mov32(RAX, Mem.at(RSI, u * bytes));
                    a.mov32(Mem.at(RDX, u * stride), RAX);
                }
            }
            a.add(RSI, unroll * bytes);
            a.add(RDX, unroll * stride);
            a.sub(RCX, 1);
            a.jump(GREATER, nextCell);
        }

        MachineCode several() {
            target.convention().enter(a);
            if (type.scaled()) {
                severalOfBytes();
                target.convention().leave(a);
                return a.finish();
            }
            heads(KEYS, KEYS_TO, shape.keyDims, shape.keyHead(), () -> {
                if (shape.pairs()) {
                    rowsToScratch(KEY_STRIDE, shape.keyDims);
                    a.mov(R14, shape.keyDims * Short.BYTES);
                } else {
                    a.mov(R14, argument(KEY_STRIDE));
                }
                turn();
            });
            heads(VALUES, VALUES_TO, shape.valueDims, shape.valueHead(), () -> {
                if (shape.pairs()) {
                    rowsToScratch(VALUE_STRIDE, shape.valueDims);
                    interleave();
                } else {
                    eachRow(VALUE_STRIDE, R9, () -> narrow(shape.valueDims), shape.valueRow());
                }
            });
            target.convention().leave(a);
            return a.finish();
        }

        private void severalOfBytes() {
            ByteRows rows = new ByteRows(a);
            a.mov(R15, argument(KEY_SCALES_TO));
            heads(KEYS, KEYS_TO, shape.keyDims, shape.keyHead(), () -> {
                a.mov(RDX, argument(SCRATCH));
                Runnable row = () -> {
                    blocks(shape.keyDims, Mem.at(R15), shape.tile * Short.BYTES, true);
                    a.add(R15, Short.BYTES);
                };
                eachRow(KEY_STRIDE, RDX, row, shape.keyDims);
                a.add(R15, shape.keyHead() - TOGETHER * Short.BYTES);
                a.mov(RSI, argument(SCRATCH));
                a.mov(R14, shape.keyDims);
                turn();
            });
            a.mov(R15, argument(VALUE_SCALES_TO));
            heads(VALUES, VALUES_TO, shape.valueDims, shape.valueHead(), () -> {
                a.mov(RDX, argument(SCRATCH));
                Runnable row = () -> {
                    rows.block(Mem.at(RSI), shape.valueDims, Mem.at(RDX), false);
                    a.mov16(Mem.at(R15), RAX);
                    a.add(R15, Short.BYTES);
                };
                eachRow(VALUE_STRIDE, RDX, row, shape.valueDims);
                a.add(R15, shape.valueHead() - TOGETHER * Short.BYTES);
                a.mov(RSI, argument(SCRATCH));
                interleaveBytes();
            });
        }

        /** Codes of rows from RSI on, four of them side by side, to R9 on. */
        private void interleaveBytes() {
            int dims = shape.valueDims;
            a.mov(RDX, R9);
            a.mov(R12, TOGETHER / 4);
            Label nextFour = a.here();
            int whole = dims & -16;
            for (int at = 0; at < whole; at += 16) {
                for (int i = 0; i < 4; i++) {
                    a.op(VMOVUPS, Vec.xmm(i), Mem.at(RSI, i * dims + at));
                }
                a.op(VPUNPCKLBW, Vec.xmm(4), Vec.xmm(0), Vec.xmm(1));
                a.op(VPUNPCKHBW, Vec.xmm(5), Vec.xmm(0), Vec.xmm(1));
                a.op(VPUNPCKLBW, Vec.xmm(6), Vec.xmm(2), Vec.xmm(3));
                a.op(VPUNPCKHBW, Vec.xmm(7), Vec.xmm(2), Vec.xmm(3));
                for (int half = 0; half < 2; half++) {
                    a.op(VPUNPCKLWD, Vec.xmm(0), Vec.xmm(4 + half), Vec.xmm(6 + half));
                    a.op(VPUNPCKHWD, Vec.xmm(1), Vec.xmm(4 + half), Vec.xmm(6 + half));
                    a.op(VMOVUPS_STORE, Mem.at(RDX, (at + 8 * half) * 4), Vec.xmm(0));
                    a.op(VMOVUPS_STORE, Mem.at(RDX, (at + 8 * half + 4) * 4), Vec.xmm(1));
                }
            }
            for (int at = whole; at < dims; at++) {
                for (int i = 0; i < 4; i++) {
                    a.movzx8(RAX, Mem.at(RSI, i * dims + at));
                    a.mov8(Mem.at(RDX, at * 4 + i), RAX);
                }
            }
            a.add(RSI, 4 * dims);
            a.add(RDX, 4 * dims);
            a.sub(R12, 1);
            a.jump(GREATER, nextFour);
        }

        /** {@code body} for each of the rows from RSI on, RDX going from {@code to} on; R11, R12 and R13 count. */
        private void eachRow(int stride, Gpr to, Runnable body, int toStride) {
            a.mov(R11, RSI);
            a.mov(R13, to);
            a.mov(R12, TOGETHER);
            Label nextRow = a.here();
            a.mov(RSI, R11);
            a.mov(RDX, R13);
            body.run();
            a.add(R11, argument(stride));
            a.add(R13, toStride);
            a.sub(R12, 1);
            a.jump(GREATER, nextRow);
        }

        private void rowsToScratch(int stride, int count) {
            a.mov(RDX, argument(SCRATCH));
            eachRow(stride, RDX, () -> narrow(count), count * Short.BYTES);
            a.mov(RSI, argument(SCRATCH));
        }

        /** Narrowed rows of values from RSI on, two of them side by side, to R9 on. */
        private void interleave() {
            int rowBytes = shape.valueDims * Short.BYTES;
            a.mov(RDX, R9);
            a.mov(R12, TOGETHER / 2);
            Label nextPair = a.here();
            for (Piece piece : Pieces.of(shape.valueDims, TOGETHER)) {
                LatentPanel.pair(a, piece, RSI, rowBytes, RDX, R11);
            }
            a.add(RSI, 2 * rowBytes);
            a.add(RDX, shape.valueRow());
            a.sub(R12, 1);
            a.jump(GREATER, nextPair);
        }

        /** Keys of rows at RSI, R14 bytes apart, to R9 on: words of eight rows side by side. */
        private void turn() {
            boolean narrow = type == CacheType.F16;
            int words = shape.cells();
            int cell = shape.cellBytes();
            int stride = CacheLayout.GROUP * cell;
            a.lea(R13, Mem.at(R14, R14, 2, 0));
            a.lea(R11, Mem.at(RSI, R14, 4, 0));
            a.mov(RDX, R9);
            if (words >= TOGETHER) {
                a.mov(RCX, words / TOGETHER);
                Label loop = a.here();
                for (int row = 0; row < TOGETHER; row++) {
                    a.op(VMOVUPS, Vec.ymm(row), row(row, 0));
                }
                LatentPanel.turn(a, (turned, word) -> {
                    Mem to = Mem.at(RDX, word * stride);
                    if (narrow) {
                        a.op(VCVTPS2PH, to, turned, 0);
                    } else {
                        a.op(VMOVUPS_STORE, to, turned);
                    }
                });
                a.add(RSI, TOGETHER * Integer.BYTES);
                a.add(R11, TOGETHER * Integer.BYTES);
                a.add(RDX, TOGETHER * stride);
                a.sub(RCX, 1);
                a.jump(GREATER, loop);
            }
            int rest = words % TOGETHER;
            for (int word = 0; word < rest; word++) {
                for (int row = 0; row < TOGETHER; row++) {
                    Mem to = Mem.at(RDX, word * stride + row * cell);
                    if (narrow) {
                        a.op(VMOVSS, Vec.xmm(0), row(row, word * Integer.BYTES));
                        a.op(VCVTPS2PH, Vec.xmm(0), Vec.xmm(0), 0);
                        a.vmovd(RAX, Vec.xmm(0));
                        a.mov16(to, RAX);
                    } else {
                        a.mov32(RAX, row(row, word * Integer.BYTES));
                        a.mov32(to, RAX);
                    }
                }
            }
        }

        private static Mem row(int row, int at) {
            Gpr base = row < 4 ? RSI : R11;
            return switch (row % 4) {
                case 0 -> Mem.at(base, at);
                case 1 -> Mem.at(base, R14, 1, at);
                case 2 -> Mem.at(base, R14, 2, at);
                default -> Mem.at(base, R13, 1, at);
            };
        }

        /**
         * {@code count} floats from RSI on to RDX on, which both go on, in the cache's type: to nearest, ties to even. The
         * instruction for bfloat16 takes the smallest magnitudes, below 2^−126, as zero.
         */
        private void narrow(int count) {
            boolean direct = type == CacheType.BF16 && target.isa() == Isa.AVX512_BF16;
            int lanes = direct || type != CacheType.BF16 ? target.lanes() : 8;
            int whole = count / lanes;
            if (whole > 1) {
                a.mov(RCX, whole);
                Label loop = a.here();
                narrow(new Piece(0, lanes), direct);
                a.add(RSI, lanes * Float.BYTES);
                a.add(RDX, lanes * type.bytes());
                a.sub(RCX, 1);
                a.jump(GREATER, loop);
            }
            int rest = whole > 1 ? count % lanes : count;
            if (rest > 0) {
                for (Piece piece : Pieces.of(rest, lanes)) {
                    narrow(piece, direct);
                }
                a.add(RSI, rest * Float.BYTES);
                a.add(RDX, rest * type.bytes());
            }
        }

        private void narrow(Piece piece, boolean direct) {
            Vec x = piece.in(0);
            Mem to = Mem.at(RDX, piece.from() * type.bytes());
            a.op(piece.single() ? VMOVSS : VMOVUPS, x, Mem.at(RSI, piece.from() * Float.BYTES));
            if (type == CacheType.F32) {
                a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, to, x);
                return;
            }
            if (type == CacheType.F16) {
                a.op(VCVTPS2PH, new Vec(0, Math.max(16, x.bytes() / 2)), x, 0);
            } else if (direct) {
                a.op(VCVTNEPS2BF16, x, x);
            } else {
                round(x);
            }
            if (piece.single()) {
                a.vmovd(RAX, Vec.xmm(0));
                a.mov16(to, RAX);
            } else if (x.bytes() == 16) {
                a.op(VMOVQ_STORE, to, x);
            } else {
                a.op(VMOVUPS_STORE, to, new Vec(0, x.bytes() / 2));
            }
        }

        /** The upper halves of {@code x}, rounded, in its lower half; NaNs stay quiet NaNs. */
        private void round(Vec x) {
            Vec rounded = new Vec(1, x.bytes());
            Vec none = new Vec(2, x.bytes());
            Vec kept = new Vec(3, x.bytes());
            a.op(VPSRLD, rounded, x, 16);
            a.op(VPAND, rounded, rounded, a.constant(1, 8));
            a.op(VPADDD, rounded, rounded, a.constant(0x7fff, 8));
            a.op(VPADDD, rounded, rounded, x);
            a.op(VPOR, kept, x, a.constant(QUIET << 16, 8));
            a.op(VCMPPS, none, x, x, UNORDERED);
            a.op(VBLENDVPS, x, rounded, kept, none);
            a.op(VPSRAD, x, x, 16);
            a.op(VPACKSSDW, x, x, x);
            if (x.bytes() == 32) {
                a.op(VPERMQ, x, x, 0xD8);
            }
        }
    }
}
