package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/** What writes rows into the cache: narrowed, scattered, or eight of them turned at a time. */
final class CacheStores {
    /** Argument of all: where it reads. */
    static final int FROM = 0;
    /** Argument of all: where it writes. */
    static final int TO = 1;
    /** Argument of {@link Scatter}: how many cells. */
    static final int COUNT = 2;
    /** Argument of {@link Turn}: bytes from one row to the next. */
    static final int STRIDE = 2;

    private static final int UNORDERED = 3;
    private static final int QUIET = 0x40;

    private CacheStores() {}

    private static Mem argument(int index) {
        return Mem.at(RDI, index * Long.BYTES);
    }

    /**
     * Emits the narrowing of {@code count} floats in a row to 16 bits, to nearest, ties to even. The instruction for
     * bfloat16 takes the smallest magnitudes, below 2^−126, as zero.
     */
    record Narrow(CacheType type, int count) {
        MachineCode emit(Target target) {
            Assembler a = target.assembler("narrow " + type.key() + " " + count);
            target.convention().enter(a);
            a.mov(RSI, argument(FROM));
            a.mov(RDX, argument(TO));
            boolean direct = type == CacheType.BF16 && target.isa() == Isa.AVX512_BF16;
            int lanes = direct || type == CacheType.F16 ? target.lanes() : 8;
            for (Piece piece : Pieces.of(count, lanes)) {
                Vec x = piece.in(0);
                a.op(piece.single() ? VMOVSS : VMOVUPS, x, Mem.at(RSI, piece.from() * Float.BYTES));
                if (type == CacheType.F16) {
                    a.op(VCVTPS2PH, new Vec(0, Math.max(16, x.bytes() / 2)), x, 0);
                } else if (direct) {
                    a.op(VCVTNEPS2BF16, x, x);
                } else {
                    round(a, x);
                }
                Mem to = Mem.at(RDX, piece.from() * Short.BYTES);
                if (piece.single()) {
                    a.vmovd(RAX, Vec.xmm(0));
                    a.mov16(to, RAX);
                } else if (x.bytes() == 16) {
                    a.op(VMOVQ_STORE, to, x);
                } else {
                    a.op(VMOVUPS_STORE, to, new Vec(0, x.bytes() / 2));
                }
            }
            target.convention().leave(a);
            return a.finish();
        }

        /** The upper halves of {@code x}, rounded, in its lower half; NaNs stay quiet NaNs. */
        private static void round(Assembler a, Vec x) {
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

    /** Emits the spreading of cells in a row, each of {@code bytes} bytes (2 or 4), to places {@code stride} bytes apart. */
    record Scatter(int bytes, int stride) {
        MachineCode emit(Target target) {
            Assembler a = target.assembler("scatter " + bytes + " by " + stride);
            target.convention().enter(a);
            a.mov(RSI, argument(FROM));
            a.mov(RDX, argument(TO));
            a.mov(RCX, argument(COUNT));
            Label loop = a.here();
            if (bytes == Short.BYTES) {
                a.movzx16(RAX, Mem.at(RSI));
                a.mov16(Mem.at(RDX), RAX);
            } else {
                a.mov32(RAX, Mem.at(RSI));
                a.mov32(Mem.at(RDX), RAX);
            }
            a.add(RSI, bytes);
            a.add(RDX, stride);
            a.sub(RCX, 1);
            a.jump(GREATER, loop);
            target.convention().leave(a);
            return a.finish();
        }
    }

    /**
     * Emits the turning of eight rows of {@code words} 32-bit words: the eight words of one place side by side, {@code tile}
     * cells from one place to the next. With {@code narrow}, words are floats and cells binary16.
     */
    record Turn(boolean narrow, int words, int tile) {
        MachineCode emit(Target target) {
            Assembler a = target.assembler("turn " + words + " in " + tile + (narrow ? " to f16" : ""));
            target.convention().enter(a);
            int cell = narrow ? Short.BYTES : Integer.BYTES;
            a.mov(R9, argument(FROM));
            a.mov(R10, argument(TO));
            a.mov(R14, argument(STRIDE));
            a.lea(R13, Mem.at(R14, R14, 2, 0));
            a.lea(R11, Mem.at(R9, R14, 4, 0));
            if (words >= LatentPanel.SQUARE) {
                a.mov(RCX, words / LatentPanel.SQUARE);
                Label loop = a.here();
                for (int row = 0; row < LatentPanel.SQUARE; row++) {
                    a.op(VMOVUPS, Vec.ymm(row), row(row, 0));
                }
                LatentPanel.turn(a, (turned, word) -> {
                    Mem to = Mem.at(R10, word * tile * cell);
                    if (narrow) {
                        a.op(VCVTPS2PH, to, turned, 0);
                    } else {
                        a.op(VMOVUPS_STORE, to, turned);
                    }
                });
                a.add(R9, LatentPanel.SQUARE * Integer.BYTES);
                a.add(R11, LatentPanel.SQUARE * Integer.BYTES);
                a.add(R10, LatentPanel.SQUARE * tile * cell);
                a.sub(RCX, 1);
                a.jump(GREATER, loop);
            }
            for (int word = 0; word < words % LatentPanel.SQUARE; word++) {
                for (int row = 0; row < LatentPanel.SQUARE; row++) {
                    Mem to = Mem.at(R10, (word * tile + row) * cell);
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
            target.convention().leave(a);
            return a.finish();
        }

        private static Mem row(int row, int at) {
            Gpr base = row < 4 ? R9 : R11;
            return switch (row % 4) {
                case 0 -> Mem.at(base, at);
                case 1 -> Mem.at(base, R14, 1, at);
                case 2 -> Mem.at(base, R14, 2, at);
                default -> Mem.at(base, R13, 1, at);
            };
        }
    }
}
