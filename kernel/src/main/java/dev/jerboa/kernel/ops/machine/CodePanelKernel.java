package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/** Decodes units of a row group of codes to float32, input by input, rows side by side: for exact products. */
record CodePanelKernel(GroupFormat format) {
    /** Arguments: the first unit, units, where the first input's rows go, bytes from input to input. */
    static final int GROUP = 0;

    static final int UNITS = 1;
    static final int PANEL = 2;
    static final int STRIDE = 3;

    MachineCode emit(Target target) {
        Assembler a = target.assembler("float panel " + format);
        boolean wide = target.isa().wide();
        int halves = format.scales.perBlock;
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
        Vec value = target.vec(9);
        Vec[] scale = {target.vec(10), target.vec(11)};
        Vec[] minimum = {target.vec(12), target.vec(13)};
        int factor = Float.floatToRawIntBits(-128f);
        int zero = Float.floatToRawIntBits(format.zero);
        target.convention().enter(a);
        a.mov(Gpr.RAX, Mem.at(Gpr.RDI, 8 * GROUP));
        a.mov(Gpr.RCX, Mem.at(Gpr.RDI, 8 * UNITS));
        a.mov(Gpr.RSI, Mem.at(Gpr.RDI, 8 * PANEL));
        a.mov(Gpr.R8, Mem.at(Gpr.RDI, 8 * STRIDE));
        reader.begin();
        Label unit = a.here();
        reader.unit();
        for (int block = 0; block < format.scales.blocks; block++) {
            for (int half = 0; half < halves; half++) {
                reader.scale(block, half, scale[half]);
                if (format.scales.minimum) {
                    reader.minimum(block, half, minimum[half]);
                    a.op(VMULPS, minimum[half], minimum[half], all(a, target, factor));
                }
            }
            reader.codes(block, (part, codes) -> {
                a.imul(Gpr.R9, Gpr.R8, 4 * part);
                a.add(Gpr.R9, Gpr.RSI);
                int half = halves == 1 ? 0 : part / 4;
                for (int j = 0; j < 4; j++) {
                    if (j == 0) {
                        a.op(VMOVAPS, value, codes);
                    } else {
                        a.op(VPSRLD, value, codes, 8 * j);
                    }
                    if (j < 3) {
                        a.op(wide ? VPANDD : VPAND, value, value, all(a, target, 0xff));
                    }
                    a.op(VCVTDQ2PS, value, value);
                    if (format.zero != 0) {
                        a.op(VSUBPS, value, value, all(a, target, zero));
                    }
                    if (format.scales.minimum) {
                        a.op(VFMADD213PS, value, scale[half], minimum[half]);
                    } else {
                        a.op(VMULPS, value, value, scale[half]);
                    }
                    a.op(VMOVUPS_STORE, Mem.at(Gpr.R9), value);
                    a.add(Gpr.R9, Gpr.R8);
                }
            });
            a.imul(Gpr.R9, Gpr.R8, GroupFormat.BLOCK);
            a.add(Gpr.RSI, Gpr.R9);
        }
        a.add(Gpr.RAX, reader.unitBytes());
        a.sub(Gpr.RCX, 1);
        a.jump(Condition.NOT_EQUAL, unit);
        target.convention().leave(a);
        return a.finish();
    }

    private static Mem all(Assembler a, Target target, int value) {
        return target.isa().wide() ? a.constant(value, 1).toAll() : a.constant(value, target.lanes());
    }
}
