package dev.jerboa.kernel.ops.machine.asm;

import dev.jerboa.kernel.ops.machine.asm.VectorOp.Opcode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of a routine as they grow: prefixes, operands, and distances that are known at the end. */
final class CodeBuffer {
    /** Four bytes at {@code at} that take the distance from {@code end} to the label. */
    private record Fix(int at, int end, Label label, int addend) {}

    private final List<Fix> fixes = new ArrayList<>();
    private byte[] bytes = new byte[1024];
    private int size;

    int size() {
        return size;
    }

    void put(int... values) {
        if (size + values.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, bytes.length * 2);
        }
        for (int value : values) {
            bytes[size++] = (byte) value;
        }
    }

    void putInt(int value) {
        put(value, value >> 8, value >> 16, value >> 24);
    }

    /** The distance to {@code label}, as the last four bytes of an instruction. */
    void distance(Label label) {
        distance(label, 0, 0);
    }

    private void distance(Label label, int addend, int tail) {
        fixes.add(new Fix(size, size + 4 + tail, label, addend));
        putInt(0);
    }

    /** All bytes, distances written; {@code name} is the routine's, for errors. */
    byte[] finish(String name) {
        for (Fix fix : fixes) {
            if (fix.label.offset == Label.NOWHERE) {
                throw new IllegalStateException(name + ": label " + fix.label + " is nowhere");
            }
            int distance = fix.label.offset + fix.addend - fix.end;
            for (int i = 0; i < 4; i++) {
                bytes[fix.at + i] = (byte) (distance >> 8 * i);
            }
        }
        return Arrays.copyOf(bytes, size);
    }

    /** The prefix of a 64-bit instruction on two registers. */
    void rexRegisters(int register, int rm) {
        put(0x48 | register >> 3 << 2 | rm >> 3);
    }

    /** The prefix of an instruction on memory, where it needs one. */
    void rex(boolean wide, int register, Mem mem) {
        if (mem.broadcast()) {
            throw new IllegalArgumentException("only vector instructions broadcast: " + mem);
        }
        int rex = 0x40 | (wide ? 8 : 0) | register >> 3 << 2 | high(mem.index()) << 1 | high(mem.base());
        if (rex != 0x40) {
            put(rex);
        }
    }

    /** Prefix and opcode of a vector instruction on registers 0 to 15. */
    void vex(Opcode op, int vectorBytes, int register, int second, int rm, @Nullable Mem mem) {
        int base = mem == null ? rm >> 3 : high(mem.base());
        int index = mem == null ? 0 : high(mem.index());
        int high = register > 7 ? 0 : 0x80;
        int last = (~second & 15) << 3 | (vectorBytes == 32 ? 4 : 0) | op.prefix();
        if (op.map() == 1 && op.w() == 0 && base == 0 && index == 0) {
            put(0xC5, high | last, op.opcode());
        } else {
            put(0xC4, high | (~index & 1) << 6 | (~base & 1) << 5 | op.map(), op.w() << 7 | last, op.opcode());
        }
    }

    /** Prefix and opcode of any vector instruction with a form for AVX-512. */
    void evex(Opcode op, int vectorBytes, int register, int second, int rm, @Nullable Mem mem) {
        int base = mem == null ? rm >> 3 & 1 : high(mem.base());
        int index = mem == null ? rm >> 4 & 1 : high(mem.index());
        int p0 = (~(register >> 3) & 1) << 7
                | (~index & 1) << 6
                | (~base & 1) << 5
                | (~(register >> 4) & 1) << 4
                | op.map();
        int p1 = op.w() << 7 | (~second & 15) << 3 | 4 | op.prefix();
        int length = vectorBytes == 64 ? 2 : vectorBytes == 32 ? 1 : 0;
        int broadcast = mem != null && mem.broadcast() ? 1 : 0;
        int p2 = length << 5 | broadcast << 4 | (~(second >> 4) & 1) << 3;
        put(0x62, p0, p1, p2, op.opcode());
    }

    private static int high(@Nullable Gpr register) {
        return register == null ? 0 : register.number() >> 3;
    }

    /** ModRM, SIB and displacement; {@code unit} scales short displacements, {@code tail} bytes of the instruction follow. */
    void operand(int register, int rm, @Nullable Mem mem, int unit, int tail) {
        if (mem == null) {
            registers(register, rm);
            return;
        }
        int reg = (register & 7) << 3;
        Label label = mem.label();
        if (label != null) {
            put(reg | 5);
            distance(label, mem.displacement(), tail);
            return;
        }
        Gpr baseRegister = mem.base();
        Gpr indexRegister = mem.index();
        int base = baseRegister == null ? 0 : baseRegister.number();
        int displacement = mem.displacement();
        boolean none = displacement == 0 && (base & 7) != 5;
        boolean small = !none && displacement % unit == 0 && displacement / unit >= -128 && displacement / unit <= 127;
        int mod = none ? 0 : small ? 0x40 : 0x80;
        if (indexRegister != null || (base & 7) == 4) {
            int index = indexRegister == null ? 4 : indexRegister.number();
            put(mod | reg | 4, Integer.numberOfTrailingZeros(mem.scale()) << 6 | (index & 7) << 3 | base & 7);
        } else {
            put(mod | reg | base & 7);
        }
        if (small) {
            put(displacement / unit);
        } else if (!none) {
            putInt(displacement);
        }
    }

    /** ModRM of two registers. */
    void registers(int register, int rm) {
        put(0xC0 | (register & 7) << 3 | rm & 7);
    }
}
