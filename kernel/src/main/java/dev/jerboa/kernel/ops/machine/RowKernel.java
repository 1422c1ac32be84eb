package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Products of row groups with few tokens: every weight is read once and multiplied in registers. One call does many row
 * groups; outputs of a token are consecutive.
 *
 * @param tokens 1 to {@link RowSums#maxTokens}
 * @param accumulate whether products are added to what the outputs hold
 */
record RowKernel(GroupFormat format, int tokens, boolean accumulate) {
    /** Arguments: the first group, bytes from group to group, groups, units in a group. */
    static final int GROUP = 0;

    static final int GROUP_BYTES = 1;
    static final int GROUPS = 2;
    static final int UNITS = 3;
    /** Each token's first record ({@link RowSums#records}), then each token's outputs. */
    static final int TOKENS = 4;

    /**
     * Lines are asked for this far ahead where there is so much to compute between them that the processor's own read-ahead
     * falls behind.
     */
    private static final int AHEAD = 4096;

    private static final int LINE = 64;

    private static final Gpr[] RECORDS = {Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11};

    MachineCode emit(Target target) {
        return new Emitter(target).emit();
    }

    private final class Emitter implements RowSums.Rows {
        private final Target target;
        private final Assembler a;
        private final GroupReader reader;
        private final ByteDots dots;
        private final RowSums sums;
        private final int halves = format.scales.perBlock;
        private final TileRecord records;
        private final boolean wide;
        private final int bytes;
        private int record;

        Emitter(Target target) {
            this.target = target;
            this.wide = target.isa().wide();
            this.bytes = target.isa().vectorBytes();
            this.records = RowSums.records(target, format, tokens);
            this.a = target.assembler("rows " + format + " × " + tokens + (accumulate ? " added" : ""));
            Vec[] r = new Vec[9];
            int first = wide ? 20 : 4;
            int[] narrow = {format.wholeBits == 8 ? 14 : 4, 5, 6, 7, 8, 9, 12, 13, 14};
            for (int i = 0; i < r.length; i++) {
                r[i] = target.vec(wide ? first + i : narrow[i]);
            }
            this.reader = new GroupReader(
                    target,
                    a,
                    format,
                    new GroupReader.Registers(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]),
                    Gpr.RAX);
            this.dots = new ByteDots(target, a, format);
            this.sums = RowSums.of(target, a, format, this);
        }

        @Override
        public int tokens() {
            return tokens;
        }

        private Vec sum(int token) {
            return target.vec(token);
        }

        @Override
        public Vec whole(int token, int half) {
            return target.vec((wide || format.wholeBits == 8 ? 4 : 2) + token * halves + half);
        }

        /** Of the reader's registers, those for planes of two bits or, in formats with such planes, those they leave. */
        @Override
        public Vec pending(int token, int half) {
            int number = token * halves + half;
            return target.vec((format.two ? 13 : 7) + number);
        }

        @Override
        public Vec spare() {
            return target.vec(wide ? 29 : 15);
        }

        @Override
        public Vec second() {
            return target.vec(wide ? 30 : format.wholeBits == 8 ? 9 : 6);
        }

        @Override
        public Vec third() {
            return target.vec(12);
        }

        @Override
        public Mem record(int token, int offset) {
            return Mem.at(RECORDS[token], record + offset);
        }

        @Override
        public Mem rest(int token) {
            return record(token, ActivationRecord.INPUTS + records.shift());
        }

        private Vec scale(int half) {
            return target.vec(wide ? 12 + half : 10);
        }

        private Vec minimum(int half) {
            return target.vec(wide ? 14 + half : 11);
        }

        MachineCode emit() {
            target.convention().enter(a);
            a.mov(Gpr.RSI, Mem.at(Gpr.RDI, 8 * GROUP));
            a.mov(Gpr.R12, Mem.at(Gpr.RDI, 8 * GROUPS));
            a.mov(Gpr.R13, 0);
            reader.begin();
            Label group = a.here();
            for (int t = 0; t < tokens; t++) {
                a.mov(RECORDS[t], Mem.at(Gpr.RDI, 8 * (TOKENS + t)));
                zero(sum(t));
            }
            a.mov(Gpr.RAX, Gpr.RSI);
            a.mov(Gpr.RCX, Mem.at(Gpr.RDI, 8 * UNITS));
            a.align(32);
            Label unit = a.here();
            unit();
            a.add(Gpr.RAX, reader.unitBytes());
            for (int t = 0; t < tokens; t++) {
                a.add(RECORDS[t], format.scales.blocks * records.bytes());
            }
            a.sub(Gpr.RCX, 1);
            a.jump(Condition.NOT_EQUAL, unit);
            store();
            a.add(Gpr.R13, bytes);
            a.add(Gpr.RSI, Mem.at(Gpr.RDI, 8 * GROUP_BYTES));
            a.sub(Gpr.R12, 1);
            a.jump(Condition.NOT_EQUAL, group);
            target.convention().leave(a);
            return a.finish();
        }

        private void unit() {
            reader.unit();
            for (int block = 0; block < format.scales.blocks; block++) {
                record = block * records.bytes();
                ask(block);
                sums.begin();
                reader.codes(block, sums::part);
                sums.end();
                for (int half = 0; half < halves; half++) {
                    finish(block, half);
                }
            }
        }

        /** Asks for the lines that block {@code block}'s share of a unit has, some units ahead. */
        private void ask(int block) {
            if (format.wholeBits == 8) {
                return;
            }
            int share = reader.unitBytes() / format.scales.blocks;
            for (int at = block * share / LINE * LINE; at < (block + 1) * share / LINE * LINE; at += LINE) {
                a.prefetcht0(Mem.at(Gpr.RAX, AHEAD + at));
            }
        }

        private void finish(int block, int half) {
            Vec d = second();
            reader.scale(block, half, scale(half));
            if (format.scales.minimum) {
                reader.minimum(block, half, minimum(half));
            }
            for (int t = 0; t < tokens; t++) {
                Mem rest = rest(t);
                dots.factor(d, rest);
                dots.scaled(sum(t), whole(t, half), scale(half), d, spare());
                if (format.scales.minimum) {
                    dots.minimumFactor(whole(t, half), rest, half, d);
                    a.op(VFMADD231PS, sum(t), whole(t, half), minimum(half));
                }
            }
        }

        private void store() {
            for (int t = 0; t < tokens; t++) {
                a.mov(Gpr.RBX, Mem.at(Gpr.RDI, 8 * (TOKENS + tokens + t)));
                Mem out = Mem.at(Gpr.RBX, Gpr.R13, 1, 0);
                if (accumulate) {
                    a.op(VADDPS, sum(t), sum(t), out);
                }
                a.op(VMOVUPS_STORE, out, sum(t));
            }
        }

        private void zero(Vec register) {
            a.op(VXORPS, register.y(), register.y(), register.y());
        }
    }
}
