package dev.jerboa.kernel.ops.machine.asm;

import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Short routines that together use every instruction of the assembler in every shape: each row of {@link VectorOp} at each
 * width, with registers of each range in each position, and memory in each way that encodings tell apart. Shapes that the
 * assembler refuses are left out.
 */
final class EncodingCases {
    private static final int[] WIDTHS = {16, 32, 64};
    /** One register of each range: each sets another bit of the prefixes. */
    private static final int[] NUMBERS = {2, 13, 19, 28};

    private static final int[] IMMEDIATES = {0, 1, 3, 31, 127, 128, 255};

    private final List<MachineCode> cases = new ArrayList<>();
    private int turn;
    private int place;

    private EncodingCases() {}

    /** All of them. */
    static List<MachineCode> all() {
        EncodingCases all = new EncodingCases();
        for (VectorOp op : VectorOp.values()) {
            for (int width : WIDTHS) {
                all.turn = all.place = 0; // the cases of one row do not depend on the others
                all.registers(op, width);
                all.memory(op, width);
            }
        }
        all.turn = 0;
        all.everyRegister();
        all.general();
        all.vexVnni();
        all.flow();
        return all.cases;
    }

    /** A case; not one when the assembler refuses it. */
    private void add(Consumer<Assembler> code) {
        add(new Assembler("case"), code);
    }

    private void add(Assembler a, Consumer<Assembler> code) {
        try {
            code.accept(a);
        } catch (IllegalArgumentException e) {
            return;
        }
        cases.add(a.finish());
    }

    private int immediate() {
        return IMMEDIATES[turn++ % IMMEDIATES.length];
    }

    /** Registers of each range in each two positions together: of three positions, the third follows from the others. */
    private void registers(VectorOp op, int width) {
        for (int d = 0; d < NUMBERS.length; d++) {
            for (int s = 0; s < NUMBERS.length; s++) {
                Vec to = new Vec(NUMBERS[d], width);
                Vec from = new Vec(NUMBERS[s], width);
                Vec first = new Vec(NUMBERS[(d + s) % NUMBERS.length], width);
                add(a -> a.op(op, to, from));
                add(a -> a.op(op, to, from, immediate()));
                add(a -> a.op(op, to, first, from));
                add(a -> a.op(op, to, first, from, immediate()));
                add(a -> a.op(op, to, first, from, new Vec(7, width)));
                add(a -> a.op(op, to, first, from, new Vec(14, width)));
            }
        }
    }

    private void memory(VectorOp op, int width) {
        List<Mem> places = places(op.tuple().bytes(width, false));
        if (op.tuple().broadcastBytes() > 0) {
            places(op.tuple().broadcastBytes()).stream()
                    .filter(place -> turn++ % 5 == 0)
                    .map(Mem::toAll)
                    .forEach(places::add);
        }
        for (Mem place : places) {
            each(op, width, (a, combine) -> combine.accept(place));
        }
        each(op, width, (a, combine) -> {
            Label behind = a.label();
            combine.accept(Mem.at(behind));
            a.ret();
            a.place(behind);
        });
        each(op, width, (a, combine) -> combine.accept(Mem.at(a.here()).plus(-8)));
    }

    /** A case of {@code op} with memory in each of its forms, with a low and a high register in turn. */
    private void each(VectorOp op, int width, BiConsumer<Assembler, Consumer<Mem>> code) {
        int number = NUMBERS[place++ % NUMBERS.length];
        Vec first = new Vec(NUMBERS[place / NUMBERS.length % 2], width);
        for (Vec register : List.of(new Vec(number, width), new Vec(number & 15, width))) {
            add(a -> code.accept(a, place -> a.op(op, register, place)));
            add(a -> code.accept(a, place -> a.op(op, register, place, immediate())));
            add(a -> code.accept(a, place -> a.op(op, register, first, place)));
            add(a -> code.accept(a, place -> a.op(op, register, first, place, immediate())));
            add(a -> code.accept(a, place -> a.op(op, register, first, place, new Vec(9, width))));
            add(a -> code.accept(a, place -> a.op(op, place, register)));
            add(a -> code.accept(a, place -> a.op(op, place, register, immediate())));
            add(a -> code.accept(a, place -> a.op(op, place, first, register)));
        }
    }

    /** Memory operands around the limits of displacements that are counted in {@code unit} bytes. */
    private static List<Mem> places(int unit) {
        List<Mem> places = new ArrayList<>();
        for (Gpr base : List.of(Gpr.RAX, Gpr.RSP, Gpr.RBP, Gpr.R12, Gpr.R13)) {
            places.add(Mem.at(base));
        }
        places.add(Mem.at(Gpr.RCX, Gpr.RDX, 4, 0));
        places.add(Mem.at(Gpr.RBP, Gpr.R14, 8, 0));
        places.add(Mem.at(Gpr.R13, Gpr.RBP, 1, 0));
        places.add(Mem.at(Gpr.RSP, Gpr.R12, 2, unit));
        for (int displacement : new int[] {1, 127, 128, -128, -129, 0x12345678}) {
            places.add(Mem.at(Gpr.RBX, displacement));
        }
        if (unit > 1) {
            for (int count : new int[] {1, -1, 127, 128, -128, -129}) {
                places.add(Mem.at(Gpr.R11, unit * count));
            }
        }
        return places;
    }

    private void everyRegister() {
        for (int i = 0; i < 32; i++) {
            for (int width : WIDTHS) {
                Vec register = new Vec(i, width);
                Vec other = new Vec(i < 16 ? 1 : 17, width);
                add(a -> a.op(VectorOp.VPADDD, register, other, other));
                add(a -> a.op(VectorOp.VPADDD, other, register, other));
                add(a -> a.op(VectorOp.VPADDD, other, other, register));
                add(a -> a.op(VectorOp.VMOVUPS, register, Mem.at(Gpr.RDI)));
                add(a -> a.op(VectorOp.VPSRLD, register, other, immediate()));
            }
        }
        for (Gpr base : Gpr.values()) {
            add(a -> a.op(VectorOp.VMOVUPS, Vec.ymm(3), Mem.at(base)));
            add(a -> a.op(VectorOp.VMOVUPS, Vec.zmm(3), Mem.at(base, 64)));
            for (Gpr index : Gpr.values()) {
                if (index != Gpr.RSP) {
                    add(a -> a.op(VectorOp.VMOVUPS, Vec.ymm(3), Mem.at(base, index, 1 << turn++ % 4, 0)));
                    add(a -> a.op(VectorOp.VMOVUPS, Vec.zmm(30), Mem.at(base, index, 1 << turn++ % 4, 128)));
                }
            }
        }
    }

    private void general() {
        for (Gpr one : Gpr.values()) {
            for (Gpr two : Gpr.values()) {
                add(a -> a.mov(one, two));
                if (one == two || two.number() % 5 == 0) {
                    registers(one, two);
                }
            }
            immediates(one);
            add(a -> a.push(one));
            add(a -> a.pop(one));
            for (int number : NUMBERS) {
                add(a -> a.vmovd(Vec.xmm(number), one));
                add(a -> a.vmovd(one, Vec.xmm(number)));
            }
            List<Mem> places = one.number() % 5 == 1 ? places(1) : List.of(Mem.at(Gpr.R10, Gpr.RSI, 2, -1));
            places.forEach(place -> memory(one, place));
        }
        add(Assembler::ret);
        add(Assembler::vzeroupper);
        add(Assembler::cpuid);
        add(Assembler::xgetbv);
        for (Mem place : places(1)) {
            add(a -> a.prefetcht0(place));
            add(a -> a.prefetcht1(place));
            add(a -> a.prefetchnta(place));
            add(a -> a.prefetchw(place));
        }
    }

    private void registers(Gpr one, Gpr two) {
        add(a -> a.add(one, two));
        add(a -> a.sub(one, two));
        add(a -> a.or(one, two));
        add(a -> a.xor(one, two));
        add(a -> a.cmp(one, two));
        add(a -> a.imul(one, two));
        add(a -> a.imul(one, two, 12));
        add(a -> a.imul(one, two, 1_000_000));
    }

    private void immediates(Gpr register) {
        for (int value : new int[] {0, 1, 127, 128, -128, -129, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            add(a -> a.mov(register, value));
            add(a -> a.add(register, value));
            add(a -> a.sub(register, value));
            add(a -> a.and(register, value));
            add(a -> a.cmp(register, value));
            add(a -> a.imul(register, register, value));
        }
        for (int bits : new int[] {1, 2, 31, 63}) {
            add(a -> a.shl(register, bits));
            add(a -> a.shr(register, bits));
            add(a -> a.sar(register, bits));
        }
    }

    private void memory(Gpr register, Mem place) {
        add(a -> a.mov(register, place));
        add(a -> a.mov(place, register));
        add(a -> a.mov32(register, place));
        add(a -> a.mov32(place, register));
        add(a -> a.mov16(place, register));
        add(a -> a.mov8(place, register));
        add(a -> a.movzx16(register, place));
        add(a -> a.movzx8(register, place));
        add(a -> a.movsxd(register, place));
        add(a -> a.lea(register, place));
        add(a -> a.add(register, place));
        add(a -> a.cmp(register, place));
        add(a -> a.imul(register, place));
    }

    /** What has a form in AVX-VNNI, in that form where it fits. */
    private void vexVnni() {
        for (VectorOp op : List.of(VectorOp.VPDPBUSD, VectorOp.VPDPWSSD)) {
            for (int width : WIDTHS) {
                for (int number : NUMBERS) {
                    Vec register = new Vec(number, width);
                    add(new Assembler("case", true), a -> a.op(op, register, register, register));
                    add(new Assembler("case", true), a -> a.op(op, register, register, Mem.at(Gpr.RSI, 256)));
                    add(
                            new Assembler("case", true),
                            a -> a.op(op, register, register, Mem.at(Gpr.RSI, 8).toAll()));
                }
            }
        }
    }

    /** Jumps near and far, constants of all kinds, alignment. */
    private void flow() {
        for (int distance : new int[] {0, 1, 66}) {
            for (Condition condition : Condition.values()) {
                add(a -> {
                    Label start = a.here();
                    Label end = a.label();
                    a.jump(condition, end);
                    for (int i = 0; i < distance; i++) {
                        a.push(Gpr.R9);
                    }
                    a.jump(condition, start);
                    a.place(end);
                });
            }
            add(a -> {
                Label start = a.here();
                Label end = a.label();
                a.jump(end);
                for (int i = 0; i < distance; i++) {
                    a.pop(Gpr.R9);
                }
                a.jump(start);
                a.place(end);
            });
        }
        add(a -> {
            a.op(VectorOp.VPADDW, Vec.ymm(1), Vec.ymm(1), a.constant(0x00010001, 8));
            a.op(VectorOp.VPSHUFD, Vec.ymm(2), a.constant(1, 2, 3, 4, 5, 6, 7, -8), 27);
            a.op(VectorOp.VPTERNLOGD, Vec.zmm(2), Vec.zmm(3), a.constant(7, 1).toAll(), 0x96);
            a.op(VectorOp.VADDPS, Vec.ymm(3), Vec.ymm(3), a.constant(0x00010001, 8));
            a.op(VectorOp.VPINSRW, Vec.xmm(3), Vec.xmm(3), a.constant(new byte[] {1, 2, 3, -1, 5}), 1);
            a.lea(Gpr.RAX, a.constant(9).plus(2));
            a.mov32(Gpr.R8, a.constant(9));
            a.prefetcht0(a.constant(9));
            a.ret();
        });
        for (int alignment : new int[] {1, 16, 32, 64}) {
            add(a -> {
                a.ret();
                a.align(alignment);
                a.ret();
            });
        }
    }
}
