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
 * Products of a tile: one or two row groups of a panel with up to six tokens (wide) or three, all sums in registers. The
 * order of sums is that of {@link ByteDots}.
 *
 * @param groups row groups, 1 or 2; their outputs are consecutive
 * @param accumulate whether products are added to what the outputs hold
 */
record TileKernel(GroupFormat format, int groups, int tokens, boolean accumulate) {
    /** Arguments: the panel, bytes from group to group in it, blocks, whole bytes from a token's outputs to its tile. */
    static final int PANEL = 0;

    static final int GROUP_BYTES = 1;
    static final int BLOCKS = 2;
    static final int OUT_OFFSET = 3;
    /** How many tiles, of consecutive row groups. */
    static final int TILES = 4;
    /** Each token's first tile record ({@link TileRecord}), then each token's outputs. */
    static final int TOKENS = 5;

    private static final Gpr[] RECORDS = {Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.R12, Gpr.R13};
    private static final Gpr[] PANELS = {Gpr.RAX, Gpr.RDX};

    /** The most tokens of a tile. */
    static int maxTokens(Target target) {
        return target.isa().wide() ? 6 : 3;
    }

    MachineCode emit(Target target) {
        return new Emitter(target).emit();
    }

    private final class Emitter implements TileSums.Tile {
        private final Target target;
        private final Assembler a;
        private final ByteDots dots;
        private final TileSums sums;
        private final boolean wide;
        private final int bytes;
        private final int halves = format.scales.perBlock;

        Emitter(Target target) {
            this.target = target;
            this.wide = target.isa().wide();
            this.bytes = target.isa().vectorBytes();
            this.a = target.assembler("tile " + format + ", " + groups + " groups × " + tokens + " tokens"
                    + (accumulate ? " added" : ""));
            this.dots = new ByteDots(target, a, format);
            this.sums = TileSums.of(target, format);
        }

        @Override
        public int groups() {
            return groups;
        }

        @Override
        public int tokens() {
            return tokens;
        }

        @Override
        public Vec whole(int group, int token) {
            return target.vec(group * tokens + token);
        }

        private Vec sum(int group, int token) {
            return target.vec(groups * tokens + group * tokens + token);
        }

        @Override
        public Vec weights(int group) {
            return target.vec((wide ? 24 : 12) + group);
        }

        @Override
        public Vec spare() {
            return target.vec(wide ? 28 : 14);
        }

        @Override
        public Vec second() {
            return target.vec(wide ? 29 : 15);
        }

        @Override
        public Mem codes(int group, int vector) {
            return Mem.at(PANELS[group], vector * bytes);
        }

        @Override
        public Mem record(int token, int offset) {
            return Mem.at(RECORDS[token], offset);
        }

        @Override
        public Mem rest(int token) {
            return record(token, ActivationRecord.INPUTS + sums.records().shift());
        }

        MachineCode emit() {
            target.convention().enter(a);
            a.mov(Gpr.R14, Mem.at(Gpr.RDI, 8 * PANEL));
            a.mov(Gpr.R15, Mem.at(Gpr.RDI, 8 * OUT_OFFSET));
            a.mov(Gpr.RBP, Mem.at(Gpr.RDI, 8 * TILES));
            Label tile = a.here();
            a.mov(Gpr.RAX, Gpr.R14);
            if (groups == 2) {
                a.mov(Gpr.RDX, Gpr.RAX);
                a.add(Gpr.RDX, Mem.at(Gpr.RDI, 8 * GROUP_BYTES));
            }
            a.mov(Gpr.RCX, Mem.at(Gpr.RDI, 8 * BLOCKS));
            for (int t = 0; t < tokens; t++) {
                a.mov(RECORDS[t], Mem.at(Gpr.RDI, 8 * (TOKENS + t)));
            }
            for (int i = 0; i < groups * tokens; i++) {
                Vec sum = target.vec(groups * tokens + i);
                a.op(wide ? VPXORD : VPXOR, sum, sum, sum);
            }
            a.align(32);
            Label block = a.here();
            for (int half = 0; half < halves; half++) {
                sums.sum(a, dots, this, half);
                scale(half);
                if (format.scales.minimum) {
                    minimum(half);
                }
            }
            for (int g = 0; g < groups; g++) {
                a.add(PANELS[g], PanelKernel.vectors(target, format) * bytes);
            }
            for (int t = 0; t < tokens; t++) {
                a.add(RECORDS[t], sums.records().bytes());
            }
            a.sub(Gpr.RCX, 1);
            a.jump(Condition.NOT_EQUAL, block);
            a.mov(Gpr.R14, PANELS[groups - 1]); // the next group's panel begins where the last one's ends
            store();
            a.add(Gpr.R15, groups * bytes);
            a.sub(Gpr.RBP, 1);
            a.jump(Condition.NOT_EQUAL, tile);
            target.convention().leave(a);
            return a.finish();
        }

        private void scale(int half) {
            for (int g = 0; g < groups; g++) {
                a.op(VMOVUPS, weights(g), codes(g, sums.vectors() + half));
            }
            for (int t = 0; t < tokens; t++) {
                dots.factor(spare(), rest(t));
                for (int g = 0; g < groups; g++) {
                    dots.scaled(sum(g, t), whole(g, t), weights(g), spare(), second());
                }
            }
        }

        private void minimum(int half) {
            for (int g = 0; g < groups; g++) {
                a.op(VMOVUPS, weights(g), codes(g, sums.vectors() + halves + half));
            }
            for (int t = 0; t < tokens; t++) {
                dots.factor(spare(), rest(t));
                dots.minimumFactor(second(), rest(t), half, spare());
                for (int g = 0; g < groups; g++) {
                    a.op(VFMADD231PS, sum(g, t), second(), weights(g));
                }
            }
        }

        private void store() {
            for (int t = 0; t < tokens; t++) {
                a.mov(Gpr.RDX, Mem.at(Gpr.RDI, 8 * (TOKENS + tokens + t)));
                for (int g = 0; g < groups; g++) {
                    Mem out = Mem.at(Gpr.RDX, Gpr.R15, 1, g * bytes);
                    if (accumulate) {
                        a.op(VADDPS, sum(g, t), sum(g, t), out);
                    }
                    a.op(VMOVUPS_STORE, out, sum(g, t));
                }
            }
        }
    }
}
