package dev.jerboa.kernel.ops.machine.asm;

import dev.jerboa.kernel.ops.machine.asm.VectorOp.Form;
import dev.jerboa.kernel.ops.machine.asm.VectorOp.Opcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes x86-64 instructions. Vector instructions go through {@link #op} with a row of {@link VectorOp}; the few general
 * instructions that kernels need are methods of their own names. Operands are in Intel order, destination first.
 *
 * <p>Constants ({@link #constant}) lie behind the code, aligned to 64 bytes, each value once. One routine, one assembler, one
 * thread.
 */
public final class Assembler {
    private static final int CONSTANT_ALIGNMENT = 64;

    /** Conditions of jumps, as the preceding compare of signed numbers left them. */
    public enum Condition {
        EQUAL("je", 0x84),
        NOT_EQUAL("jne", 0x85),
        LESS("jl", 0x8C),
        GREATER_OR_EQUAL("jge", 0x8D),
        LESS_OR_EQUAL("jle", 0x8E),
        GREATER("jg", 0x8F);

        private final String mnemonic;
        private final int opcode;

        Condition(String mnemonic, int opcode) {
            this.mnemonic = mnemonic;
            this.opcode = opcode;
        }
    }

    private record Fix(int at, int end, Label label, int addend) {}

    private record Line(int from, int to, String text) {}

    private final String name;
    private final boolean vexVnni;
    private final List<Fix> fixes = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();
    private final Map<ByteBuffer, Label> constants = new LinkedHashMap<>();
    private byte[] code = new byte[1024];
    private int size;
    private int labels;

    /** An assembler for a routine called {@code name} in listings. */
    public Assembler(String name) {
        this(name, false);
    }

    /**
     * An assembler for a routine called {@code name}.
     *
     * @param vexVnni whether {@code vpdpbusd} is written in its VEX form (AVX-VNNI) where that fits, not in that of AVX-512
     */
    public Assembler(String name, boolean vexVnni) {
        this.name = name;
        this.vexVnni = vexVnni;
    }

    // Vector instructions

    /** An instruction of two operands, such as a load or a conversion. */
    public void op(VectorOp op, Vec destination, Operand source) {
        switch (op.form()) {
            case RM, RM_FROM_X, RM_FROM_Y, RM_FROM_HALF, RM_FROM_QUARTER, RM_TO_HALF ->
                vector(op, op.form() == Form.RM_TO_HALF ? (Vec) source : destination, destination, null, source, null);
            default -> throw misuse(op);
        }
    }

    /** A store. */
    public void op(VectorOp op, Mem destination, Vec source) {
        if (op.form() != Form.MR && op.form() != Form.MR_TO_QUARTER) {
            throw misuse(op);
        }
        vector(op, source, source, null, destination, null);
    }

    /** An instruction of three operands. */
    public void op(VectorOp op, Vec destination, Vec first, Operand second) {
        if (op.form() != Form.RVM) {
            throw misuse(op);
        }
        vector(op, destination, destination, first, second, null);
    }

    /** A store under a mask of sign bits. */
    public void op(VectorOp op, Mem destination, Vec mask, Vec source) {
        if (op.form() != Form.MVR) {
            throw misuse(op);
        }
        vector(op, source, source, mask, destination, null);
    }

    /** An instruction of three operands and an immediate byte. */
    public void op(VectorOp op, Vec destination, Vec first, Operand second, int immediate) {
        switch (op.form()) {
            case RVM_IMM, RV_FROM_X_IMM, RV_FROM_Y_IMM, RVX_IMM -> {}
            default -> throw misuse(op);
        }
        if (op.form() == Form.RVX_IMM && second instanceof Vec) {
            throw misuse(op);
        }
        vector(op, destination, destination, first, second, immediate);
    }

    /** A blend: lanes of {@code second} where {@code selector} has its sign bit set, of {@code first} elsewhere. */
    public void op(VectorOp op, Vec destination, Vec first, Operand second, Vec selector) {
        if (op.form() != Form.RVMR) {
            throw misuse(op);
        }
        int from = size;
        encode(op, destination, destination.number(), first, second, selector.number() << 4);
        line(from, op.mnemonic() + " " + destination + ", " + first + ", " + second + ", " + selector);
    }

    /** An instruction of two operands and an immediate byte: shuffles, roundings, shifts. */
    public void op(VectorOp op, Vec destination, Operand source, int immediate) {
        switch (op.form()) {
            case RM_IMM -> vector(op, destination, destination, null, source, immediate);
            case VM_IMM -> {
                int from = size;
                Opcode vex = op.vex();
                int digit = vex == null ? 0 : vex.digit();
                if (source instanceof Mem) {
                    throw misuse(op);
                }
                encode(op, destination, digit, destination, source, immediate);
                line(from, op.mnemonic() + " " + destination + ", " + source + ", " + immediate);
            }
            default -> throw misuse(op);
        }
    }

    /** A store, or a move to a narrower register, with an immediate byte. */
    public void op(VectorOp op, Operand destination, Vec source, int immediate) {
        switch (op.form()) {
            case MR_TO_HALF_IMM, MR_TO_X_IMM, MR_TO_Y_IMM -> vector(op, source, source, null, destination, immediate);
            case VM_IMM, RM_IMM -> op(op, (Vec) destination, (Operand) source, immediate);
            default -> throw misuse(op);
        }
    }

    /** {@code vmovd xmm, r32}. */
    public void vmovd(Vec destination, Gpr source) {
        int from = size;
        vex(1, 1, 0, 16, destination.number(), 0, source.number(), 0, 0x6E);
        put(modRegister(destination.number(), source.number()));
        line(from, "vmovd " + destination + ", " + source.name32());
    }

    /** {@code vmovd r32, xmm}. */
    public void vmovd(Gpr destination, Vec source) {
        int from = size;
        vex(1, 1, 0, 16, source.number(), 0, destination.number(), 0, 0x7E);
        put(modRegister(source.number(), destination.number()));
        line(from, "vmovd " + destination.name32() + ", " + source);
    }

    /** {@code vpbroadcastd}: a general register's lower half in every lane. */
    public void vzeroupper() {
        int from = size;
        put(0xC5, 0xF8, 0x77);
        line(from, "vzeroupper");
    }

    private void vector(
            VectorOp op, Vec width, Vec register, @Nullable Vec first, Operand operand, @Nullable Integer immediate) {
        int from = size;
        boolean evex = encode(op, width, register.number(), first, operand, immediate);
        line(from, text(op, register, first, operand, immediate, width, evex));
    }

    private String text(
            VectorOp op,
            Vec register,
            @Nullable Vec first,
            Operand operand,
            @Nullable Integer immediate,
            Vec width,
            boolean evex) {
        String source = operand.toString();
        if (operand instanceof Vec vec) {
            source = switch (op.form()) {
                case RM_FROM_X, RV_FROM_X_IMM, MR_TO_X_IMM -> vec.x().toString();
                case RM_FROM_Y, RV_FROM_Y_IMM, MR_TO_Y_IMM -> vec.y().toString();
                case RM_FROM_HALF, MR_TO_HALF_IMM -> new Vec(vec.number(), Math.max(16, width.bytes() / 2)).toString();
                case RM_FROM_QUARTER, MR_TO_QUARTER ->
                    new Vec(vec.number(), Math.max(16, width.bytes() / 4)).toString();
                default -> source;
            };
        } else if (operand instanceof Mem mem) {
            int bytes = op.tuple().bytes(width.bytes(), mem.broadcast());
            source = pointer(bytes) + source;
            if (mem.broadcast()) {
                source += "{1to" + width.bytes() / op.tuple().broadcastBytes() + "}";
            }
        }
        String target = op.form() == Form.RM_TO_HALF
                ? new Vec(register.number(), Math.max(16, width.bytes() / 2)).toString()
                : register.toString();
        String middle = first == null ? "" : ", " + first;
        boolean stores = switch (op.form()) {
            case MR, MVR, MR_TO_QUARTER, MR_TO_HALF_IMM, MR_TO_X_IMM, MR_TO_Y_IMM -> true;
            default -> false;
        };
        String operands = stores ? source + middle + ", " + target : target + middle + ", " + source;
        String form = op == VectorOp.VPDPBUSD && !evex ? "{vex} " : "";
        return form + op.mnemonic() + " " + operands + (immediate == null ? "" : ", " + immediate);
    }

    private static String pointer(int bytes) {
        return switch (bytes) {
            case 1 -> "byte ptr ";
            case 2 -> "word ptr ";
            case 4 -> "dword ptr ";
            case 8 -> "qword ptr ";
            case 16 -> "xmmword ptr ";
            case 32 -> "ymmword ptr ";
            default -> "zmmword ptr ";
        };
    }

    /** Writes the instruction; whether in EVEX form. */
    private boolean encode(
            VectorOp op, Vec width, int register, @Nullable Vec first, Operand operand, @Nullable Integer immediate) {
        int second = first == null ? 0 : first.number();
        Mem mem = operand instanceof Mem m ? m : null;
        int rm = operand instanceof Vec v ? v.number() : 0;
        boolean wantsEvex =
                width.bytes() == 64 || register > 15 || second > 15 || rm > 15 || mem != null && mem.broadcast();
        boolean preferEvex = op == VectorOp.VPDPBUSD && !vexVnni || op == VectorOp.VPDPWSSD && !vexVnni;
        Opcode vex = op.vex();
        Opcode evex = op.evex();
        int tail = immediate == null ? 0 : 1;
        if (vex != null && !wantsEvex && !preferEvex) {
            int index = mem != null && mem.index() != null ? mem.index().number() : 0;
            int base = mem == null ? rm : mem.base() != null ? mem.base().number() : 0;
            vex(vex.prefix(), vex.map(), vex.w(), width.bytes(), register, second, base, index, vex.opcode());
            operand(register, rm, mem, 1, tail);
        } else if (evex != null) {
            evex(evex, width.bytes(), register, second, rm, mem);
            int unit = mem == null ? 1 : op.tuple().bytes(width.bytes(), mem.broadcast());
            operand(register, rm, mem, unit, tail);
        } else {
            throw new IllegalArgumentException(op.mnemonic() + " has no form for these operands");
        }
        if (immediate != null) {
            put(immediate);
        }
        return vex == null || wantsEvex || preferEvex;
    }

    private void vex(int prefix, int map, int w, int bytes, int register, int second, int base, int index, int opcode) {
        int length = bytes == 32 ? 1 : 0;
        int high = register > 7 ? 0 : 0x80;
        int tail = (~second & 15) << 3 | length << 2 | prefix;
        if (map == 1 && w == 0 && base < 8 && index < 8) {
            put(0xC5, high | tail, opcode);
        } else {
            put(0xC4, high | (index > 7 ? 0 : 0x40) | (base > 7 ? 0 : 0x20) | map, w << 7 | tail, opcode);
        }
    }

    private void evex(Opcode op, int bytes, int register, int second, int rm, @Nullable Mem mem) {
        int index;
        int base;
        if (mem == null) {
            base = rm >> 3 & 1;
            index = rm >> 4 & 1;
        } else {
            base = mem.base() == null ? 0 : mem.base().number() >> 3;
            index = mem.index() == null ? 0 : mem.index().number() >> 3;
        }
        int p0 = (~(register >> 3) & 1) << 7
                | (~index & 1) << 6
                | (~base & 1) << 5
                | (~(register >> 4) & 1) << 4
                | op.map();
        int p1 = op.w() << 7 | (~second & 15) << 3 | 4 | op.prefix();
        int length = bytes == 64 ? 2 : bytes == 32 ? 1 : 0;
        int broadcast = mem != null && mem.broadcast() ? 1 : 0;
        int p2 = length << 5 | broadcast << 4 | (~(second >> 4) & 1) << 3;
        put(0x62, p0, p1, p2, op.opcode());
    }

    /** ModRM, SIB and displacement; {@code unit} scales short displacements, {@code tail} bytes of the instruction follow. */
    private void operand(int register, int rm, @Nullable Mem mem, int unit, int tail) {
        if (mem == null) {
            put(modRegister(register, rm));
            return;
        }
        int reg = (register & 7) << 3;
        Label label = mem.label();
        if (label != null) {
            put(reg | 5);
            fixes.add(new Fix(size, size + 4 + tail, label, mem.displacement()));
            putInt(0);
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

    private static int modRegister(int register, int rm) {
        return 0xC0 | (register & 7) << 3 | rm & 7;
    }

    private static IllegalArgumentException misuse(VectorOp op) {
        return new IllegalArgumentException(op.mnemonic() + " takes other operands: " + op.form());
    }

    // General instructions, on 64 bits

    public void mov(Gpr destination, Gpr source) {
        general(0x8B, destination, source, "mov");
    }

    /** Loads 8 bytes. */
    public void mov(Gpr destination, Mem source) {
        generalMemory(0x8B, destination, source, "mov " + destination + ", qword ptr " + source);
    }

    /** Stores 8 bytes. */
    public void mov(Mem destination, Gpr source) {
        generalMemory(0x89, source, destination, "mov qword ptr " + destination + ", " + source);
    }

    /** A sign-extended constant. */
    public void mov(Gpr destination, int value) {
        int from = size;
        put(0x48 | destination.number() >> 3, 0xC7, 0xC0 | destination.number() & 7);
        putInt(value);
        line(from, "mov " + destination + ", " + value);
    }

    /** Loads 4 bytes, zero-extended. */
    public void mov32(Gpr destination, Mem source) {
        int from = size;
        rex(false, destination.number(), source);
        put(0x8B);
        operand(destination.number(), 0, source, 1, 0);
        line(from, "mov " + destination.name32() + ", dword ptr " + source);
    }

    /** Stores the lower 4 bytes. */
    public void mov32(Mem destination, Gpr source) {
        int from = size;
        rex(false, source.number(), destination);
        put(0x89);
        operand(source.number(), 0, destination, 1, 0);
        line(from, "mov dword ptr " + destination + ", " + source.name32());
    }

    /** Loads 2 bytes, zero-extended. */
    public void movzx16(Gpr destination, Mem source) {
        int from = size;
        rex(false, destination.number(), source);
        put(0x0F, 0xB7);
        operand(destination.number(), 0, source, 1, 0);
        line(from, "movzx " + destination.name32() + ", word ptr " + source);
    }

    /** Loads 1 byte, zero-extended. */
    public void movzx8(Gpr destination, Mem source) {
        int from = size;
        rex(false, destination.number(), source);
        put(0x0F, 0xB6);
        operand(destination.number(), 0, source, 1, 0);
        line(from, "movzx " + destination.name32() + ", byte ptr " + source);
    }

    /** Loads 4 bytes, sign-extended. */
    public void movsxd(Gpr destination, Mem source) {
        generalMemory(0x63, destination, source, "movsxd " + destination + ", dword ptr " + source);
    }

    public void lea(Gpr destination, Mem source) {
        generalMemory(0x8D, destination, source, "lea " + destination + ", " + source);
    }

    public void add(Gpr destination, Gpr source) {
        general(0x03, destination, source, "add");
    }

    public void add(Gpr destination, Mem source) {
        generalMemory(0x03, destination, source, "add " + destination + ", qword ptr " + source);
    }

    public void add(Gpr destination, int value) {
        immediate(0, destination, value, "add");
    }

    public void sub(Gpr destination, Gpr source) {
        general(0x2B, destination, source, "sub");
    }

    public void sub(Gpr destination, int value) {
        immediate(5, destination, value, "sub");
    }

    public void and(Gpr destination, int value) {
        immediate(4, destination, value, "and");
    }

    public void or(Gpr destination, Gpr source) {
        general(0x0B, destination, source, "or");
    }

    public void xor(Gpr destination, Gpr source) {
        general(0x33, destination, source, "xor");
    }

    public void cmp(Gpr left, Gpr right) {
        general(0x3B, left, right, "cmp");
    }

    public void cmp(Gpr left, Mem right) {
        generalMemory(0x3B, left, right, "cmp " + left + ", qword ptr " + right);
    }

    public void cmp(Gpr left, int right) {
        immediate(7, left, right, "cmp");
    }

    public void imul(Gpr destination, Gpr source) {
        int from = size;
        rexRegisters(destination.number(), source.number());
        put(0x0F, 0xAF, modRegister(destination.number(), source.number()));
        line(from, "imul " + destination + ", " + source);
    }

    public void imul(Gpr destination, Mem source) {
        int from = size;
        rex(true, destination.number(), source);
        put(0x0F, 0xAF);
        operand(destination.number(), 0, source, 1, 0);
        line(from, "imul " + destination + ", qword ptr " + source);
    }

    public void imul(Gpr destination, Gpr source, int value) {
        int from = size;
        boolean small = value >= -128 && value <= 127;
        rexRegisters(destination.number(), source.number());
        put(small ? 0x6B : 0x69, modRegister(destination.number(), source.number()));
        if (small) {
            put(value);
        } else {
            putInt(value);
        }
        line(from, "imul " + destination + ", " + source + ", " + value);
    }

    /** Shift left. */
    public void shl(Gpr destination, int bits) {
        shift(4, destination, bits, "shl");
    }

    /** Logical shift right. */
    public void shr(Gpr destination, int bits) {
        shift(5, destination, bits, "shr");
    }

    /** Arithmetic shift right. */
    public void sar(Gpr destination, int bits) {
        shift(7, destination, bits, "sar");
    }

    public void push(Gpr register) {
        int from = size;
        if (register.number() > 7) {
            put(0x41);
        }
        put(0x50 | register.number() & 7);
        line(from, "push " + register);
    }

    public void pop(Gpr register) {
        int from = size;
        if (register.number() > 7) {
            put(0x41);
        }
        put(0x58 | register.number() & 7);
        line(from, "pop " + register);
    }

    public void ret() {
        int from = size;
        put(0xC3);
        line(from, "ret");
    }

    /** Asks for the cache line at {@code place}, into the first-level cache. */
    public void prefetcht0(Mem place) {
        prefetch(1, place, "prefetcht0 ");
    }

    /** Asks for the cache line at {@code place}, into the second-level cache. */
    public void prefetcht1(Mem place) {
        prefetch(2, place, "prefetcht1 ");
    }

    /** Asks for the cache line at {@code place}, used once. */
    public void prefetchnta(Mem place) {
        prefetch(0, place, "prefetchnta ");
    }

    private void prefetch(int hint, Mem place, String text) {
        int from = size;
        rex(false, 0, place);
        put(0x0F, 0x18);
        operand(hint, 0, place, 1, 0);
        line(from, text + "byte ptr " + place);
    }

    private void shift(int digit, Gpr destination, int bits, String mnemonic) {
        int from = size;
        put(0x48 | destination.number() >> 3);
        if (bits == 1) {
            put(0xD1, 0xC0 | digit << 3 | destination.number() & 7);
        } else {
            put(0xC1, 0xC0 | digit << 3 | destination.number() & 7, bits);
        }
        line(from, mnemonic + " " + destination + ", " + bits);
    }

    private void general(int opcode, Gpr register, Gpr rm, String mnemonic) {
        int from = size;
        rexRegisters(register.number(), rm.number());
        put(opcode, modRegister(register.number(), rm.number()));
        line(from, mnemonic + " " + register + ", " + rm);
    }

    private void generalMemory(int opcode, Gpr register, Mem mem, String text) {
        int from = size;
        rex(true, register.number(), mem);
        put(opcode);
        operand(register.number(), 0, mem, 1, 0);
        line(from, text);
    }

    private void immediate(int digit, Gpr destination, int value, String mnemonic) {
        int from = size;
        boolean small = value >= -128 && value <= 127;
        put(0x48 | destination.number() >> 3);
        if (small) {
            put(0x83, 0xC0 | digit << 3 | destination.number() & 7, value);
        } else if (destination == Gpr.RAX) {
            put(digit << 3 | 5);
            putInt(value);
        } else {
            put(0x81, 0xC0 | digit << 3 | destination.number() & 7);
            putInt(value);
        }
        line(from, mnemonic + " " + destination + ", " + value);
    }

    private void rexRegisters(int register, int rm) {
        put(0x48 | register >> 3 << 2 | rm >> 3);
    }

    private void rex(boolean wide, int register, Mem mem) {
        int base = mem.base() == null ? 0 : mem.base().number() >> 3;
        int index = mem.index() == null ? 0 : mem.index().number() >> 3;
        int rex = 0x40 | (wide ? 8 : 0) | register >> 3 << 2 | index << 1 | base;
        if (rex != 0x40) {
            put(rex);
        }
    }

    // Labels, jumps, constants

    /** A new label, not yet placed. */
    public Label label() {
        return new Label(labels++);
    }

    /** Puts {@code label} here. */
    public void place(Label label) {
        if (label.offset != Label.NOWHERE) {
            throw new IllegalStateException(name + ": label " + label + " is placed already");
        }
        label.offset = size;
        line(size, label + ":");
    }

    /** A new label, here. */
    public Label here() {
        Label label = label();
        place(label);
        return label;
    }

    /** A jump taken if {@code condition} holds. */
    public void jump(Condition condition, Label target) {
        int from = size;
        put(0x0F, condition.opcode);
        target(target);
        line(from, condition.mnemonic + " " + target);
    }

    /** A jump always taken. */
    public void jump(Label target) {
        int from = size;
        put(0xE9);
        target(target);
        line(from, "jmp " + target);
    }

    private void target(Label label) {
        fixes.add(new Fix(size, size + 4, label, 0));
        putInt(0);
    }

    /** Fills with no-operations up to a multiple of {@code alignment} (a power of two): before hot loops. */
    public void align(int alignment) {
        int from = size;
        while (size % alignment != 0) {
            put(0x90);
        }
        if (size > from) {
            line(from, ".balign " + alignment);
        }
    }

    /** The place of constant bytes behind the code; equal constants share one. */
    public Mem constant(byte[] bytes) {
        return Mem.at(constants.computeIfAbsent(ByteBuffer.wrap(bytes.clone()), key -> label()));
    }

    /** The place of {@code count} copies of one 32-bit value. */
    public Mem constant(int value, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            bytes.putInt(value);
        }
        return constant(bytes.array());
    }

    /** The place of 32-bit values. */
    public Mem constant(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        return constant(bytes.array());
    }

    /** The finished routine: constants placed, jumps resolved. */
    public MachineCode finish() {
        int codeSize = size;
        for (Map.Entry<ByteBuffer, Label> constant : constants.entrySet()) {
            byte[] bytes = constant.getKey().array();
            int alignment = Math.min(CONSTANT_ALIGNMENT, Math.max(4, Integer.highestOneBit(bytes.length)));
            while (size % alignment != 0) {
                put(0);
            }
            place(constant.getValue());
            int from = size;
            for (byte value : bytes) {
                put(value);
            }
            line(from, ".byte " + bytes.length + " bytes");
        }
        for (Fix fix : fixes) {
            if (fix.label.offset == Label.NOWHERE) {
                throw new IllegalStateException(name + ": label " + fix.label + " is nowhere");
            }
            int distance = fix.label.offset + fix.addend - fix.end;
            for (int i = 0; i < 4; i++) {
                code[fix.at + i] = (byte) (distance >> 8 * i);
            }
        }
        List<MachineCode.Line> listing = lines.stream()
                .map(line -> new MachineCode.Line(line.from, line.to, line.text))
                .toList();
        return new MachineCode(name, Arrays.copyOf(code, size), codeSize, listing);
    }

    private void line(int from, String text) {
        lines.add(new Line(from, size, text));
    }

    private void put(int... bytes) {
        if (size + bytes.length > code.length) {
            code = Arrays.copyOf(code, code.length * 2);
        }
        for (int value : bytes) {
            code[size++] = (byte) value;
        }
    }

    private void putInt(int value) {
        put(value, value >> 8, value >> 16, value >> 24);
    }
}
