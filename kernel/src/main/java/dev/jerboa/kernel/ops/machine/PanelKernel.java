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
 * Unpacks a row group into a panel that {@link TileKernel} reads again and again. A panel block is the vectors of codes that
 * {@link TileSums} multiplies, then the scales and, where there are, the minimums, as float32.
 */
record PanelKernel(GroupFormat format) {
    /** Arguments: the group, units in it, where the panel goes. */
    static final int GROUP = 0;

    static final int UNITS = 1;
    static final int PANEL = 2;

    /** Vectors of a panel block. */
    static int vectors(Target target, GroupFormat format) {
        return TileSums.of(target, format).vectors() + format.scales.perBlock * (format.scales.minimum ? 2 : 1);
    }

    MachineCode emit(Target target) {
        Assembler a = target.assembler("panel " + format);
        boolean wide = target.isa().wide();
        int bytes = target.isa().vectorBytes();
        Vec[] r = new Vec[9];
        for (int i = 0; i < r.length; i++) {
            r[i] = target.vec(i);
        }
        GroupReader reader = new GroupReader(
                target,
                a,
                format,
                new GroupReader.Registers(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]),
                Gpr.RAX);
        Vec value = target.vec(wide ? 16 : 9);
        int halves = format.scales.perBlock;
        TileSums sums = TileSums.of(target, format);
        Vec spare = target.vec(wide ? 17 : 10);
        int panelBlock = vectors(target, format) * bytes;
        target.convention().enter(a);
        a.mov(Gpr.RAX, Mem.at(Gpr.RDI, 8 * GROUP));
        a.mov(Gpr.RCX, Mem.at(Gpr.RDI, 8 * UNITS));
        a.mov(Gpr.RSI, Mem.at(Gpr.RDI, 8 * PANEL));
        reader.begin();
        Label unit = a.here();
        reader.unit();
        for (int block = 0; block < format.scales.blocks; block++) {
            int to = block * panelBlock;
            reader.codes(block, (part, codes) -> sums.store(a, Mem.at(Gpr.RSI, to), part, codes, spare));
            for (int half = 0; half < halves; half++) {
                reader.scale(block, half, value);
                a.op(VMOVUPS_STORE, Mem.at(Gpr.RSI, to + (sums.vectors() + half) * bytes), value);
                if (format.scales.minimum) {
                    reader.minimum(block, half, value);
                    a.op(VMOVUPS_STORE, Mem.at(Gpr.RSI, to + (sums.vectors() + halves + half) * bytes), value);
                }
            }
        }
        a.add(Gpr.RAX, reader.unitBytes());
        a.add(Gpr.RSI, format.scales.blocks * panelBlock);
        a.sub(Gpr.RCX, 1);
        a.jump(Condition.NOT_EQUAL, unit);
        target.convention().leave(a);
        return a.finish();
    }
}
