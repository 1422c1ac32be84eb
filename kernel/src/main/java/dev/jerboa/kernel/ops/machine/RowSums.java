package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.Arrays;

/**
 * How an instruction set multiplies the codes of a row group as they come, part by part: emits Σ (code − zero) · q of each block
 * or half, a whole number without loss, for each token. One emission.
 */
sealed interface RowSums {
    /** Where the numbers of a row kernel are. */
    interface Rows {
        int tokens();

        /** The sum of a token and half. */
        Vec whole(int token, int half);

        /** A second register for the sum of a token and half, where the format leaves one. */
        Vec pending(int token, int half);

        /** A register to use freely. */
        Vec spare();

        /** Another one, in formats whose codes have no planes of bits. */
        Vec second();

        /** A third one, in formats of whole codes. */
        Vec third();

        /** The token's record of the block, from byte {@code offset} on. */
        Mem record(int token, int offset);

        /** What follows q in the token's record of the block. */
        Mem rest(int token);
    }

    /** The most tokens of a row kernel. */
    static int maxTokens(Target target, GroupFormat format) {
        return (target.isa().wide() || byWords(target, format) ? 4 : 2) / format.scales.perBlock;
    }

    /** The form in which a row kernel for {@code tokens} tokens reads their records. */
    static TileRecord records(Target target, GroupFormat format, int tokens) {
        return tokens > Signed.MOST_TOKENS && byWords(target, format) ? TileRecord.WORDS : TileRecord.PLAIN;
    }

    private static boolean byWords(Target target, GroupFormat format) {
        return !target.isa().vnni() && format.wholeBits == 8;
    }

    /** The way for a target and format. */
    static RowSums of(Target target, Assembler a, GroupFormat format, Rows rows) {
        ByteDots dots = new ByteDots(target, a, format);
        if (target.isa().vnni()) {
            return new Dots(target, a, format, rows, dots);
        }
        if (records(target, format, rows.tokens()).equals(TileRecord.WORDS)) {
            return new Words(target, a, rows, dots);
        }
        return format.zero == 128 ? new Signed(target, a, format, rows) : new Shorts(target, a, format, rows, dots);
    }

    /** Before the parts of a block. */
    void begin();

    /** Adds the products of part {@code part}, unsigned bytes as {@link GroupReader} has them; may overwrite {@code codes}. */
    void part(int part, Vec codes);

    /** After the parts of a block. */
    void end();

    /** Products of bytes added into 32-bit lanes by one instruction. */
    record Dots(Target target, Assembler a, GroupFormat format, Rows rows, ByteDots dots) implements RowSums {
        @Override
        public void begin() {
            for (int half = 0; half < format.scales.perBlock; half++) {
                for (int t = 0; t < rows.tokens(); t++) {
                    Vec whole = rows.whole(t, half);
                    if (format.zero == 0) {
                        a.op(target.isa().wide() ? VPXORD : VPXOR, whole, whole, whole);
                    } else {
                        dots.zeroPoint(whole, format.zero, rows.rest(t), half);
                    }
                }
            }
        }

        @Override
        public void part(int part, Vec codes) {
            for (int t = 0; t < rows.tokens(); t++) {
                Mem inputs = rows.record(t, 4 * part);
                Vec whole = rows.whole(t, part / format.parts());
                if (target.isa().wide()) {
                    a.op(VPDPBUSD, whole, codes, inputs.toAll());
                } else {
                    a.op(VPBROADCASTD, rows.spare(), inputs);
                    a.op(VPDPBUSD, whole, codes, rows.spare());
                }
            }
        }

        @Override
        public void end() {}
    }

    /** Codes of few bits: pairs of products of bytes added in 16 bits as long as none can pass them, then into 32. */
    final class Shorts implements RowSums {
        private final Target target;
        private final Assembler a;
        private final GroupFormat format;
        private final Rows rows;
        private final ByteDots dots;
        /** Parts that sum in 16 bits. */
        private final int run;

        private final int[] parts;

        private Shorts(Target target, Assembler a, GroupFormat format, Rows rows, ByteDots dots) {
            this.target = target;
            this.a = a;
            this.format = format;
            this.rows = rows;
            this.dots = dots;
            this.run = Math.min(format.parts(), Short.MAX_VALUE / (format.largest() * 127 * 2));
            this.parts = new int[format.scales.perBlock];
        }

        @Override
        public void begin() {
            Arrays.fill(parts, 0);
        }

        @Override
        public void part(int part, Vec codes) {
            int half = part / format.parts();
            int done = parts[half]++;
            for (int t = 0; t < rows.tokens(); t++) {
                Vec sum = done < run ? rows.whole(t, half) : rows.pending(t, half);
                a.op(VPBROADCASTD, rows.spare(), rows.record(t, 4 * part));
                if (done % run == 0) {
                    a.op(VPMADDUBSW, sum, codes, rows.spare());
                } else {
                    a.op(VPMADDUBSW, rows.spare(), codes, rows.spare());
                    a.op(VPADDW, sum, sum, rows.spare());
                }
                if (done % run == run - 1) {
                    a.op(VPMADDWD, sum, sum, a.constant(0x00010001, target.lanes()));
                    if (done >= run) {
                        a.op(VPADDD, rows.whole(t, half), rows.whole(t, half), sum);
                    }
                }
            }
        }

        @Override
        public void end() {
            if (format.zero == 0) {
                return;
            }
            for (int half = 0; half < format.scales.perBlock; half++) {
                for (int t = 0; t < rows.tokens(); t++) {
                    dots.zeroPoint(rows.spare(), format.zero, rows.rest(t), half);
                    a.op(VPADDD, rows.whole(t, half), rows.whole(t, half), rows.spare());
                }
            }
        }
    }

    /**
     * Codes of eight bits. Pairs of products of bytes saturate at 16 bits unless one side is small: |w| · (q with w's sign) does
     * not, as |w| ≤ 128 and |q| ≤ 127.
     */
    record Signed(Target target, Assembler a, GroupFormat format, Rows rows) implements RowSums {
        /** With more, what a widened code costs is shared by enough of them. */
        static final int MOST_TOKENS = 2;

        @Override
        public void begin() {
            for (int t = 0; t < rows.tokens(); t++) {
                a.op(VPXOR, rows.whole(t, 0), rows.whole(t, 0), rows.whole(t, 0));
            }
        }

        @Override
        public void part(int part, Vec codes) {
            a.op(VPXOR, codes, codes, a.constant(0x80808080, target.lanes()));
            a.op(VPABSB, rows.second(), codes);
            for (int t = 0; t < rows.tokens(); t++) {
                a.op(VPBROADCASTD, rows.spare(), rows.record(t, 4 * part));
                a.op(VPSIGNB, rows.spare(), rows.spare(), codes);
                a.op(VPMADDUBSW, rows.spare(), rows.second(), rows.spare());
                a.op(VPMADDWD, rows.spare(), rows.spare(), a.constant(0x00010001, target.lanes()));
                a.op(VPADDD, rows.whole(t, 0), rows.whole(t, 0), rows.spare());
            }
        }

        @Override
        public void end() {}
    }

    /** Whole codes for several tokens: widened to 16 bits once, as the activations are, and pairs of products added in 32. */
    record Words(Target target, Assembler a, Rows rows, ByteDots dots) implements RowSums {
        @Override
        public void begin() {
            for (int t = 0; t < rows.tokens(); t++) {
                dots.zeroPoint(rows.whole(t, 0), GroupFormat.Q8_0.zero, rows.rest(t), 0);
            }
        }

        /** Inputs 0 and 2 of the part in one vector, 1 and 3 in the other. */
        @Override
        public void part(int part, Vec codes) {
            a.op(VPAND, rows.second(), codes, a.constant(0x00FF00FF, target.lanes()));
            a.op(VPSRLW, codes, codes, 8);
            add(2 * part, rows.second());
            add(2 * part + 1, codes);
        }

        private void add(int vector, Vec words) {
            for (int t = 0; t < rows.tokens(); t++) {
                a.op(VPBROADCASTD, rows.spare(), rows.record(t, TileRecord.words(vector)));
                a.op(VPMADDWD, rows.third(), words, rows.spare());
                a.op(VPADDD, rows.whole(t, 0), rows.whole(t, 0), rows.third());
            }
        }

        @Override
        public void end() {}
    }
}
