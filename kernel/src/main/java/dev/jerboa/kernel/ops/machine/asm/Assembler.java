package dev.jerboa.kernel.ops.machine.asm;

import dev.jerboa.kernel.ops.machine.asm.VectorOp.Form;
import dev.jerboa.kernel.ops.machine.asm.VectorOp.Opcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
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

    /** One instruction each, of 1 to 8 bytes, that does nothing, as the manual recommends them. */
    private static final byte[][] NO_OPERATIONS = {
        {(byte) 0x90},
        {0x66, (byte) 0x90},
        {0x0F, 0x1F, 0},
        {0x0F, 0x1F, 0x40, 0},
        {0x0F, 0x1F, 0x44, 0, 0},
        {0x66, 0x0F, 0x1F, 0x44, 0, 0},
        {0x0F, 0x1F, (byte) 0x80, 0, 0, 0, 0},
        {0x0F, 0x1F, (byte) 0x84, 0, 0, 0, 0, 0}
    };

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

    private record Line(int from, int to, String text) {}

    private final String name;
    private final boolean vexVnni;
    private final List<Line> lines = new ArrayList<>();
    private final Map<ByteBuffer, Label> constants = new LinkedHashMap<>();
    private final CodeBuffer code = new CodeBuffer();
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

    // Vector instructions. Where an operand is narrower or wider than the vector, only its number counts.

    /** An instruction of two operands, such as a load or a conversion. */
    public void op(VectorOp op, Vec destination, Operand source) {
        switch (op.form()) {
            case RM, RM_FROM_X, RM_FROM_Y, RM_FROM_HALF, RM_FROM_QUARTER ->
                vector(op, destination, destination, null, source, null);
            case RM_TO_HALF -> {
                if (!(source instanceof Vec wide)) {
                    throw op.misuse("memory");
                }
                vector(op, wide, destination, null, wide, null);
            }
            default -> throw op.misuse("two operands");
        }
    }

    /** A store. */
    public void op(VectorOp op, Mem destination, Vec source) {
        if (op.form() != Form.MR && op.form() != Form.MR_TO_QUARTER) {
            throw op.misuse("a store of two operands");
        }
        vector(op, source, source, null, destination, null);
    }

    /** An instruction of three operands. */
    public void op(VectorOp op, Vec destination, Vec first, Operand second) {
        if (op.form() != Form.RVM) {
            throw op.misuse("three operands");
        }
        vector(op, destination, destination, first, second, null);
    }

    /** A store under a mask of sign bits. */
    public void op(VectorOp op, Mem destination, Vec mask, Vec source) {
        if (op.form() != Form.MVR) {
            throw op.misuse("a store of three operands");
        }
        vector(op, source, source, mask, destination, null);
    }

    /** An instruction of three operands and an immediate byte. */
    public void op(VectorOp op, Vec destination, Vec first, Operand second, int immediate) {
        switch (op.form()) {
            case RVM_IMM, RV_FROM_X_IMM, RV_FROM_Y_IMM, RVX_IMM ->
                vector(op, destination, destination, first, second, immediate);
            default -> throw op.misuse("three operands and an immediate byte");
        }
    }

    /** A blend: lanes of {@code second} where {@code selector} has its sign bit set, of {@code first} elsewhere. */
    public void op(VectorOp op, Vec destination, Vec first, Operand second, Vec selector) {
        if (op.form() != Form.RVMR || selector.number() > 15 || selector.bytes() != destination.bytes()) {
            throw op.misuse("the selector " + selector);
        }
        int from = code.size();
        op.check(destination, first, second);
        encode(op, destination, destination.number(), first, second, selector.number() << 4);
        line(from, op.text(destination, first, second, null, destination, false) + ", " + selector);
    }

    /** An instruction of two operands and an immediate byte: shuffles, roundings, shifts. */
    public void op(VectorOp op, Vec destination, Operand source, int immediate) {
        switch (op.form()) {
            case RM_IMM -> vector(op, destination, destination, null, source, immediate);
            case VM_IMM -> {
                int from = code.size();
                Opcode opcode = op.vex() != null ? op.vex() : op.evex();
                op.checkImmediate(immediate);
                op.check(destination, destination, source);
                encode(op, destination, opcode == null ? 0 : opcode.digit(), destination, source, immediate);
                line(from, op.mnemonic() + " " + destination + ", " + source + ", " + immediate);
            }
            default -> narrowing(op, destination, source, immediate);
        }
    }

    /** An instruction of two registers and an immediate byte. */
    public void op(VectorOp op, Vec destination, Vec source, int immediate) {
        op(op, destination, (Operand) source, immediate);
    }

    /** A store, or a move to a narrower register, with an immediate byte. */
    public void op(VectorOp op, Operand destination, Vec source, int immediate) {
        if (destination instanceof Vec register) {
            op(op, register, (Operand) source, immediate);
        } else {
            narrowing(op, destination, source, immediate);
        }
    }

    private void narrowing(VectorOp op, Operand destination, Operand source, int immediate) {
        switch (op.form()) {
            case MR_TO_HALF_IMM, MR_TO_X_IMM, MR_TO_Y_IMM -> {
                if (!(source instanceof Vec wide)) {
                    throw op.misuse("a source in memory");
                }
                vector(op, wide, wide, null, destination, immediate);
            }
            default -> throw op.misuse("two operands and an immediate byte");
        }
    }

    /** {@code vmovd xmm, r32}. */
    public void vmovd(Vec destination, Gpr source) {
        int from = code.size();
        general(VectorOp.VMOVD, destination, source);
        line(from, "vmovd " + destination.x() + ", " + source.name32());
    }

    /** {@code vmovd r32, xmm}. */
    public void vmovd(Gpr destination, Vec source) {
        int from = code.size();
        general(VectorOp.VMOVD_STORE, source, destination);
        line(from, "vmovd " + destination.name32() + ", " + source.x());
    }

    private void general(VectorOp op, Vec vec, Gpr general) {
        Opcode opcode = Objects.requireNonNull(vec.number() > 15 ? op.evex() : op.vex());
        if (vec.number() > 15) {
            code.evex(opcode, 16, vec.number(), 0, general.number(), null);
        } else {
            code.vex(opcode, 16, vec.number(), 0, general.number(), null);
        }
        code.registers(vec.number(), general.number());
    }

    /** Clears the vector registers above 128 bits: before a return to code that may use the older instructions. */
    public void vzeroupper() {
        int from = code.size();
        code.put(0xC5, 0xF8, 0x77);
        line(from, "vzeroupper");
    }

    private void vector(
            VectorOp op, Vec width, Vec register, @Nullable Vec first, Operand operand, @Nullable Integer immediate) {
        int from = code.size();
        op.check(width, first, operand);
        if (immediate != null) {
            op.checkImmediate(immediate);
        }
        boolean evex = encode(op, width, register.number(), first, operand, immediate);
        line(from, op.text(register, first, operand, immediate, width, evex));
    }

    /** Writes the instruction; whether in EVEX form. */
    private boolean encode(
            VectorOp op, Vec width, int register, @Nullable Vec first, Operand operand, @Nullable Integer immediate) {
        int second = first == null ? 0 : first.number();
        Mem mem = operand instanceof Mem m ? m : null;
        int rm = operand instanceof Vec v ? v.number() : 0;
        Opcode vex = op.vex();
        Opcode evex = op.evex();
        boolean onlyEvex = vex == null
                || width.bytes() == 64
                || register > 15
                || second > 15
                || rm > 15
                || mem != null && mem.broadcast()
                || op.twofold() && !vexVnni;
        int unit = 1;
        if (vex != null && !onlyEvex) {
            code.vex(vex, width.bytes(), register, second, rm, mem);
        } else if (evex != null) {
            code.evex(evex, width.bytes(), register, second, rm, mem);
            unit = op.tuple().bytes(width.bytes(), mem != null && mem.broadcast());
        } else {
            throw op.misuse("registers above 15, 512 bits, or broadcasts");
        }
        code.operand(register, rm, mem, unit, immediate == null ? 0 : 1);
        if (immediate != null) {
            code.put(immediate);
        }
        return onlyEvex;
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
        int from = code.size();
        code.put(0x48 | destination.number() >> 3, 0xC7, 0xC0 | destination.number() & 7);
        code.putInt(value);
        line(from, "mov " + destination + ", " + value);
    }

    /** Loads 4 bytes, zero-extended. */
    public void mov32(Gpr destination, Mem source) {
        int from = code.size();
        code.rex(false, destination.number(), source);
        code.put(0x8B);
        code.operand(destination.number(), 0, source, 1, 0);
        line(from, "mov " + destination.name32() + ", dword ptr " + source);
    }

    /** Stores the lower 4 bytes. */
    public void mov32(Mem destination, Gpr source) {
        int from = code.size();
        code.rex(false, source.number(), destination);
        code.put(0x89);
        code.operand(source.number(), 0, destination, 1, 0);
        line(from, "mov dword ptr " + destination + ", " + source.name32());
    }

    /** Stores the lower 2 bytes. */
    public void mov16(Mem destination, Gpr source) {
        int from = code.size();
        code.put(0x66);
        code.rex(false, source.number(), destination);
        code.put(0x89);
        code.operand(source.number(), 0, destination, 1, 0);
        line(from, "mov word ptr " + destination + ", " + source.name16());
    }

    /** Stores the lowest byte; not of RSP, RBP, RSI and RDI, whose lowest bytes take another prefix. */
    public void mov8(Mem destination, Gpr source) {
        int from = code.size();
        String name = source.name8();
        code.rex(false, source.number(), destination);
        code.put(0x88);
        code.operand(source.number(), 0, destination, 1, 0);
        line(from, "mov byte ptr " + destination + ", " + name);
    }

    /** Loads 2 bytes, zero-extended. */
    public void movzx16(Gpr destination, Mem source) {
        int from = code.size();
        code.rex(false, destination.number(), source);
        code.put(0x0F, 0xB7);
        code.operand(destination.number(), 0, source, 1, 0);
        line(from, "movzx " + destination.name32() + ", word ptr " + source);
    }

    /** Loads 1 byte, zero-extended. */
    public void movzx8(Gpr destination, Mem source) {
        int from = code.size();
        code.rex(false, destination.number(), source);
        code.put(0x0F, 0xB6);
        code.operand(destination.number(), 0, source, 1, 0);
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
        int from = code.size();
        code.rexRegisters(destination.number(), source.number());
        code.put(0x0F, 0xAF);
        code.registers(destination.number(), source.number());
        line(from, "imul " + destination + ", " + source);
    }

    public void imul(Gpr destination, Mem source) {
        int from = code.size();
        code.rex(true, destination.number(), source);
        code.put(0x0F, 0xAF);
        code.operand(destination.number(), 0, source, 1, 0);
        line(from, "imul " + destination + ", qword ptr " + source);
    }

    public void imul(Gpr destination, Gpr source, int value) {
        int from = code.size();
        boolean small = value >= -128 && value <= 127;
        code.rexRegisters(destination.number(), source.number());
        code.put(small ? 0x6B : 0x69);
        code.registers(destination.number(), source.number());
        if (small) {
            code.put(value);
        } else {
            code.putInt(value);
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
        int from = code.size();
        if (register.number() > 7) {
            code.put(0x41);
        }
        code.put(0x50 | register.number() & 7);
        line(from, "push " + register);
    }

    public void pop(Gpr register) {
        int from = code.size();
        if (register.number() > 7) {
            code.put(0x41);
        }
        code.put(0x58 | register.number() & 7);
        line(from, "pop " + register);
    }

    public void ret() {
        int from = code.size();
        code.put(0xC3);
        line(from, "ret");
    }

    /** What the processor is: asks with EAX and ECX, answers in EAX, EBX, ECX and EDX. */
    public void cpuid() {
        int from = code.size();
        code.put(0x0F, 0xA2);
        line(from, "cpuid");
    }

    /** Which registers the system saves: asks with ECX, answers in EDX:EAX. */
    public void xgetbv() {
        int from = code.size();
        code.put(0x0F, 0x01, 0xD0);
        line(from, "xgetbv");
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

    /** Asks for the cache line at {@code place}, to write to it. Does nothing on processors that do not know it. */
    public void prefetchw(Mem place) {
        prefetch(0x0D, 1, place, "prefetchw ");
    }

    private void prefetch(int hint, Mem place, String text) {
        prefetch(0x18, hint, place, text);
    }

    private void prefetch(int opcode, int hint, Mem place, String text) {
        int from = code.size();
        code.rex(false, 0, place);
        code.put(0x0F, opcode);
        code.operand(hint, 0, place, 1, 0);
        line(from, text + "byte ptr " + place);
    }

    private void shift(int digit, Gpr destination, int bits, String mnemonic) {
        if (bits < 0 || bits > 63) {
            throw new IllegalArgumentException(mnemonic + " by " + bits + " bits");
        }
        int from = code.size();
        code.put(0x48 | destination.number() >> 3);
        if (bits == 1) {
            code.put(0xD1, 0xC0 | digit << 3 | destination.number() & 7);
        } else {
            code.put(0xC1, 0xC0 | digit << 3 | destination.number() & 7, bits);
        }
        line(from, mnemonic + " " + destination + ", " + bits);
    }

    private void general(int opcode, Gpr register, Gpr rm, String mnemonic) {
        int from = code.size();
        code.rexRegisters(register.number(), rm.number());
        code.put(opcode);
        code.registers(register.number(), rm.number());
        line(from, mnemonic + " " + register + ", " + rm);
    }

    private void generalMemory(int opcode, Gpr register, Mem mem, String text) {
        int from = code.size();
        code.rex(true, register.number(), mem);
        code.put(opcode);
        code.operand(register.number(), 0, mem, 1, 0);
        line(from, text);
    }

    private void immediate(int digit, Gpr destination, int value, String mnemonic) {
        int from = code.size();
        boolean small = value >= -128 && value <= 127;
        code.put(0x48 | destination.number() >> 3);
        if (small) {
            code.put(0x83, 0xC0 | digit << 3 | destination.number() & 7, value);
        } else if (destination == Gpr.RAX) {
            code.put(digit << 3 | 5);
            code.putInt(value);
        } else {
            code.put(0x81, 0xC0 | digit << 3 | destination.number() & 7);
            code.putInt(value);
        }
        line(from, mnemonic + " " + destination + ", " + value);
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
        label.offset = code.size();
        line(code.size(), label + ":");
    }

    /** A new label, here. */
    public Label here() {
        Label label = label();
        place(label);
        return label;
    }

    /** A jump taken if {@code condition} holds. */
    public void jump(Condition condition, Label target) {
        int from = code.size();
        code.put(0x0F, condition.opcode);
        target(target);
        line(from, condition.mnemonic + " " + target);
    }

    /** A jump always taken. */
    public void jump(Label target) {
        int from = code.size();
        code.put(0xE9);
        target(target);
        line(from, "jmp " + target);
    }

    private void target(Label label) {
        code.distance(label);
    }

    /** Fills with no-operations up to a multiple of {@code alignment} (a power of two): before hot loops. */
    public void align(int alignment) {
        while (code.size() % alignment != 0) {
            int from = code.size();
            byte[] filler = NO_OPERATIONS[Math.min(NO_OPERATIONS.length, -from & alignment - 1) - 1];
            for (byte value : filler) {
                code.put(value);
            }
            line(from, data(".byte", filler));
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
        int codeSize = code.size();
        for (Map.Entry<ByteBuffer, Label> constant : constants.entrySet()) {
            byte[] bytes = constant.getKey().array();
            int alignment = Math.min(CONSTANT_ALIGNMENT, Math.max(4, Integer.highestOneBit(bytes.length)));
            int before = code.size();
            while (code.size() % alignment != 0) {
                code.put(0);
            }
            if (code.size() > before) {
                line(before, ".balign " + alignment + ", 0");
            }
            place(constant.getValue());
            int from = code.size();
            for (byte value : bytes) {
                code.put(value);
            }
            line(from, data(bytes.length % Integer.BYTES == 0 ? ".long" : ".byte", bytes));
        }
        List<MachineCode.Line> listing = lines.stream()
                .map(line -> new MachineCode.Line(line.from, line.to, line.text))
                .toList();
        return new MachineCode(name, code.finish(name), codeSize, listing);
    }

    private static String data(String directive, byte[] bytes) {
        ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        StringJoiner text = new StringJoiner(", ", directive + " ", "");
        while (values.hasRemaining()) {
            text.add(
                    directive.equals(".long") ? "0x%08x".formatted(values.getInt()) : "0x%02x".formatted(values.get()));
        }
        return text.toString();
    }

    private void line(int from, String text) {
        lines.add(new Line(from, code.size(), text));
    }
}
