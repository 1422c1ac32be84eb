package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Operand;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import dev.jerboa.kernel.ops.machine.asm.VectorOp;

/**
 * How an instruction set multiplies the codes of a tile: emits Σ (code − zero) · q of a block or half, a whole number without
 * loss, for each row group and token, and with it decides how codes lie in the panel and activations in the tile's records.
 */
sealed interface TileSums {
    /** Where the numbers of a tile are. */
    interface Tile {
        int groups();

        int tokens();

        /** The sum of a row group and token. */
        Vec whole(int group, int token);

        /** A register for a row group's codes. */
        Vec weights(int group);

        /** A register to use freely. */
        Vec spare();

        /** Another one. */
        Vec second();

        /** Vector {@code vector} of the panel block of a row group. */
        Mem codes(int group, int vector);

        /** The token's tile record, from byte {@code offset} on. */
        Mem record(int token, int offset);

        /** What follows q in the token's tile record. */
        Mem rest(int token);
    }

    /** The way for a target and format. */
    static TileSums of(Target target, GroupFormat format) {
        if (target.isa().vnni()) {
            return new Dots(target, format);
        }
        return format.loweredZero() == 128 ? new Words(target, format) : new Shorts(target, format);
    }

    /** Vectors of codes in a panel block. */
    int vectors();

    /** The form of the activations. */
    TileRecord records();

    /** Stores part {@code part} of a block, unsigned bytes as {@link GroupReader} has them, into the panel block at {@code to}. */
    void store(Assembler a, Mem to, int part, Vec codes, Vec spare);

    /** Sets all sums of the tile to those of half {@code half} (the whole block where it has one scale). */
    void sum(Assembler a, ByteDots dots, Tile tile, int half);

    /** Products of bytes added into 32-bit lanes by one instruction. */
    record Dots(Target target, GroupFormat format) implements TileSums {
        @Override
        public int vectors() {
            return GroupFormat.PARTS;
        }

        @Override
        public TileRecord records() {
            return TileRecord.PLAIN;
        }

        @Override
        public void store(Assembler a, Mem to, int part, Vec codes, Vec spare) {
            a.op(VMOVUPS_STORE, to.plus(part * target.isa().vectorBytes()), codes);
        }

        @Override
        public void sum(Assembler a, ByteDots dots, Tile tile, int half) {
            boolean wide = target.isa().wide();
            for (int t = 0; t < tile.tokens(); t++) {
                Vec whole = tile.whole(0, t);
                if (format.zero == 0) {
                    a.op(wide ? VPXORD : VPXOR, whole, whole, whole);
                } else {
                    dots.zeroPoint(whole, format.zero, tile.rest(t), half);
                }
                if (tile.groups() == 2) {
                    a.op(VMOVAPS, tile.whole(1, t), whole);
                }
            }
            int parts = format.parts();
            for (int part = half * parts; part < (half + 1) * parts; part++) {
                loadCodes(a, tile, part);
                for (int t = 0; t < tile.tokens(); t++) {
                    Mem inputs = tile.record(t, 4 * part);
                    if (!wide) {
                        a.op(VPBROADCASTD, tile.spare(), inputs);
                    }
                    for (int g = 0; g < tile.groups(); g++) {
                        a.op(VPDPBUSD, tile.whole(g, t), tile.weights(g), wide ? inputs.toAll() : tile.spare());
                    }
                }
            }
        }
    }

    /**
     * Codes of few bits: pairs of products of bytes added in 16 bits over the whole block or half, then once into 32.
     *
     * <p>With codes to m, n parts sum to at most m · 127 · 2n in magnitude. Where that passes 16 bits, sums begin at −o times
     * the sum of their own activations, o the middle of the codes: they end within o · 127 · 2n, which does not, and what
     * wraps on the way wraps back.
     */
    record Shorts(Target target, GroupFormat format) implements TileSums {
        private int offset() {
            int most = format.largest() * 127 * 2 * format.parts();
            return most <= Short.MAX_VALUE ? 0 : Integer.highestOneBit(format.largest());
        }

        @Override
        public int vectors() {
            return GroupFormat.PARTS;
        }

        @Override
        public TileRecord records() {
            return offset() == 0 ? TileRecord.PLAIN : TileRecord.starts(offset(), format.scales.perBlock);
        }

        @Override
        public void store(Assembler a, Mem to, int part, Vec codes, Vec spare) {
            int above = format.zero - format.loweredZero();
            if (above > 0) {
                a.op(VPSUBB, codes, codes, a.constant(above * 0x01010101, target.lanes()));
            }
            a.op(VMOVUPS_STORE, to.plus(part * target.isa().vectorBytes()), codes);
        }

        @Override
        public void sum(Assembler a, ByteDots dots, Tile tile, int half) {
            int parts = format.parts();
            for (int part = half * parts; part < (half + 1) * parts; part++) {
                loadCodes(a, tile, part);
                for (int t = 0; t < tile.tokens(); t++) {
                    a.op(VPBROADCASTD, tile.spare(), tile.record(t, 4 * part));
                    for (int g = 0; g < tile.groups(); g++) {
                        boolean first = part == half * parts;
                        Vec product = first ? tile.whole(g, t) : tile.second();
                        a.op(VPMADDUBSW, product, tile.weights(g), tile.spare());
                        if (!first) {
                            a.op(VPADDW, tile.whole(g, t), tile.whole(g, t), product);
                        }
                    }
                }
            }
            int zero = format.loweredZero() - offset();
            for (int t = 0; t < tile.tokens(); t++) {
                if (offset() > 0) {
                    a.op(VPBROADCASTD, tile.spare(), tile.record(t, TileRecord.START + 4 * half));
                    eachGroup(a, tile, t, VPADDW, tile.spare());
                }
                eachGroup(a, tile, t, VPMADDWD, a.constant(0x00010001, target.lanes()));
                if (zero != 0) {
                    dots.zeroPoint(tile.spare(), Math.abs(zero), tile.rest(t), half);
                    eachGroup(a, tile, t, zero > 0 ? VPADDD : VPSUBD, tile.spare());
                }
            }
        }
    }

    /** Codes of eight bits: widened to 16, as the activations are, and pairs of products added in 32. */
    record Words(Target target, GroupFormat format) implements TileSums {
        @Override
        public int vectors() {
            return 2 * GroupFormat.PARTS;
        }

        @Override
        public TileRecord records() {
            return TileRecord.WORDS;
        }

        /** Inputs 0 and 2 of the part in one vector, 1 and 3 in the next. */
        @Override
        public void store(Assembler a, Mem to, int part, Vec codes, Vec spare) {
            int bytes = target.isa().vectorBytes();
            a.op(VPXOR, codes, codes, a.constant(0x80808080, target.lanes()));
            a.op(VPSLLW, spare, codes, 8);
            a.op(VPSRAW, spare, spare, 8);
            a.op(VMOVUPS_STORE, to.plus(2 * part * bytes), spare);
            a.op(VPSRAW, spare, codes, 8);
            a.op(VMOVUPS_STORE, to.plus((2 * part + 1) * bytes), spare);
        }

        @Override
        public void sum(Assembler a, ByteDots dots, Tile tile, int half) {
            int vectors = 2 * format.parts();
            for (int v = half * vectors; v < (half + 1) * vectors; v++) {
                loadCodes(a, tile, v);
                for (int t = 0; t < tile.tokens(); t++) {
                    a.op(VPBROADCASTD, tile.spare(), tile.record(t, TileRecord.words(v)));
                    for (int g = 0; g < tile.groups(); g++) {
                        boolean first = v == half * vectors;
                        Vec product = first ? tile.whole(g, t) : tile.second();
                        a.op(VPMADDWD, product, tile.weights(g), tile.spare());
                        if (!first) {
                            a.op(VPADDD, tile.whole(g, t), tile.whole(g, t), product);
                        }
                    }
                }
            }
        }
    }

    /** {@code sum = sum op operand} for a token's sums. */
    private static void eachGroup(Assembler a, Tile tile, int token, VectorOp op, Operand operand) {
        for (int g = 0; g < tile.groups(); g++) {
            a.op(op, tile.whole(g, token), tile.whole(g, token), operand);
        }
    }

    private static void loadCodes(Assembler a, Tile tile, int vector) {
        for (int g = 0; g < tile.groups(); g++) {
            a.op(VMOVUPS, tile.weights(g), tile.codes(g, vector));
        }
    }
}
