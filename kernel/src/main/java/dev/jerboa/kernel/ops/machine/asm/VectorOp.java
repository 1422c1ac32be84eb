package dev.jerboa.kernel.ops.machine.asm;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.Form.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.Only.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.Tuple.*;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The vector instructions: one row each of mnemonic, operands, and opcode as the manual prints it.
 *
 * <p>A spec reads {@code pp.map.W opcode[/digit]}: pp is NP, 66, F3 or F2; map is 0F, 0F38 or 0F3A; W is W0, W1 or WIG (any;
 * zero is written). Where VEX and EVEX differ, each has a spec of its own. What the tuple names is the memory operand; what
 * follows it narrows the instruction down, which otherwise has all widths that its encodings have, and takes registers and
 * memory alike.
 */
public enum VectorOp {
    // Moves. A load or store of floats serves for integers as well.
    VMOVUPS(RM, "NP.0F.WIG 10", "NP.0F.W0 10", FULL_MEMORY),
    VMOVUPS_STORE(MR, "NP.0F.WIG 11", "NP.0F.W0 11", FULL_MEMORY),
    VMOVAPS(RM, "NP.0F.WIG 28", "NP.0F.W0 28", FULL_MEMORY),
    VMOVSS(RM, "F3.0F.WIG 10", "F3.0F.W0 10", ELEMENT_4, XMM, MEMORY),
    VMOVSS_STORE(MR, "F3.0F.WIG 11", "F3.0F.W0 11", ELEMENT_4, XMM, MEMORY),
    VMOVD(RM, "66.0F.W0 6E", "66.0F.W0 6E", ELEMENT_4, XMM, MEMORY),
    VMOVD_STORE(MR, "66.0F.W0 7E", "66.0F.W0 7E", ELEMENT_4, XMM, MEMORY),
    VMOVQ(RM, "F3.0F.WIG 7E", "66.0F.W1 6E", ELEMENT_8, XMM, MEMORY),
    VMOVQ_STORE(MR, "66.0F.WIG D6", "66.0F.W1 7E", ELEMENT_8, XMM, MEMORY),
    VBROADCASTSS(RM_FROM_X, "66.0F38.W0 18", "66.0F38.W0 18", ELEMENT_4),
    VPBROADCASTD(RM_FROM_X, "66.0F38.W0 58", "66.0F38.W0 58", ELEMENT_4),
    VPBROADCASTQ(RM_FROM_X, "66.0F38.W0 59", "66.0F38.W1 59", ELEMENT_8),
    VPBROADCASTW(RM_FROM_X, "66.0F38.W0 79", "66.0F38.W0 79", ELEMENT_2),
    VPBROADCASTB(RM_FROM_X, "66.0F38.W0 78", "66.0F38.W0 78", ELEMENT_1),
    VBROADCASTI128(RM_FROM_X, "66.0F38.W0 5A", null, ELEMENT_16, YMM, MEMORY),
    VBROADCASTI32X4(RM_FROM_X, null, "66.0F38.W0 5A", ELEMENT_16, YMM_ZMM, MEMORY),
    VBROADCASTI64X4(RM_FROM_Y, null, "66.0F38.W1 5B", ELEMENT_32, ZMM, MEMORY),

    // Float arithmetic.
    VADDPS(RVM, "NP.0F.WIG 58", "NP.0F.W0 58", FULL_4),
    VSUBPS(RVM, "NP.0F.WIG 5C", "NP.0F.W0 5C", FULL_4),
    VMULPS(RVM, "NP.0F.WIG 59", "NP.0F.W0 59", FULL_4),
    VDIVPS(RVM, "NP.0F.WIG 5E", "NP.0F.W0 5E", FULL_4),
    VMAXPS(RVM, "NP.0F.WIG 5F", "NP.0F.W0 5F", FULL_4),
    VMINPS(RVM, "NP.0F.WIG 5D", "NP.0F.W0 5D", FULL_4),
    VSQRTPS(RM, "NP.0F.WIG 51", "NP.0F.W0 51", FULL_4),
    VADDSS(RVM, "F3.0F.WIG 58", "F3.0F.W0 58", ELEMENT_4, XMM),
    VMULSS(RVM, "F3.0F.WIG 59", "F3.0F.W0 59", ELEMENT_4, XMM),
    VDIVSS(RVM, "F3.0F.WIG 5E", "F3.0F.W0 5E", ELEMENT_4, XMM),
    VMAXSS(RVM, "F3.0F.WIG 5F", "F3.0F.W0 5F", ELEMENT_4, XMM),
    VSQRTSS(RVM, "F3.0F.WIG 51", "F3.0F.W0 51", ELEMENT_4, XMM),
    VFMADD231PS(RVM, "66.0F38.W0 B8", "66.0F38.W0 B8", FULL_4),
    VFMADD213PS(RVM, "66.0F38.W0 A8", "66.0F38.W0 A8", FULL_4),
    VFNMADD231PS(RVM, "66.0F38.W0 BC", "66.0F38.W0 BC", FULL_4),
    VFMADD231SS(RVM, "66.0F38.W0 B9", "66.0F38.W0 B9", ELEMENT_4, XMM),
    VANDPS(RVM, "NP.0F.WIG 54", "NP.0F.W0 54", FULL_4),
    VANDNPS(RVM, "NP.0F.WIG 55", "NP.0F.W0 55", FULL_4),
    VORPS(RVM, "NP.0F.WIG 56", "NP.0F.W0 56", FULL_4),
    VXORPS(RVM, "NP.0F.WIG 57", "NP.0F.W0 57", FULL_4),
    VBLENDPS(RVM_IMM, "66.0F3A.WIG 0C", null, FULL_MEMORY),
    VCMPPS(RVM_IMM, "NP.0F.WIG C2", null, FULL_MEMORY),
    VBLENDVPS(RVMR, "66.0F3A.W0 4A", null, FULL_MEMORY),
    VROUNDPS(RM_IMM, "66.0F3A.WIG 08", null, FULL_MEMORY),
    VRNDSCALEPS(RM_IMM, null, "66.0F3A.W0 08", FULL_4),
    VREDUCEPS(RM_IMM, null, "66.0F3A.W0 56", FULL_4),
    VSCALEFPS(RVM, null, "66.0F38.W0 2C", FULL_4),
    VMASKMOVPS(RVM, "66.0F38.W0 2C", null, FULL_MEMORY, MEMORY),
    VMASKMOVPS_STORE(MVR, "66.0F38.W0 2E", null, FULL_MEMORY),
    VHADDPS(RVM, "F2.0F.WIG 7C", null, FULL_MEMORY),
    VMOVSHDUP(RM, "F3.0F.WIG 16", "F3.0F.W0 16", FULL_MEMORY),
    VMOVHLPS(RVM, "NP.0F.WIG 12", null, NO_MEMORY, XMM),
    VSHUFPS(RVM_IMM, "NP.0F.WIG C6", "NP.0F.W0 C6", FULL_4),
    VUNPCKLPS(RVM, "NP.0F.WIG 14", "NP.0F.W0 14", FULL_4),
    VUNPCKHPS(RVM, "NP.0F.WIG 15", "NP.0F.W0 15", FULL_4),
    VPERMPS(RVM, "66.0F38.W0 16", "66.0F38.W0 16", FULL_4, YMM_ZMM),

    // Conversions.
    VCVTDQ2PS(RM, "NP.0F.WIG 5B", "NP.0F.W0 5B", FULL_4),
    VCVTPS2DQ(RM, "66.0F.WIG 5B", "66.0F.W0 5B", FULL_4),
    VCVTPH2PS(RM_FROM_HALF, "66.0F38.W0 13", "66.0F38.W0 13", HALF),
    VCVTPS2PH(MR_TO_HALF_IMM, "66.0F3A.W0 1D", "66.0F3A.W0 1D", HALF),
    VCVTNEPS2BF16(RM_TO_HALF, null, "F3.0F38.W0 72", FULL_4),
    VPMOVZXBW(RM_FROM_HALF, "66.0F38.WIG 30", "66.0F38.WIG 30", HALF),
    VPMOVSXBW(RM_FROM_HALF, "66.0F38.WIG 20", "66.0F38.WIG 20", HALF),
    VPMOVZXBD(RM_FROM_QUARTER, "66.0F38.WIG 31", "66.0F38.WIG 31", QUARTER),
    VPMOVSXBD(RM_FROM_QUARTER, "66.0F38.WIG 21", "66.0F38.WIG 21", QUARTER),
    VPMOVZXWD(RM_FROM_HALF, "66.0F38.WIG 33", "66.0F38.WIG 33", HALF),
    VPMOVSXWD(RM_FROM_HALF, "66.0F38.WIG 23", "66.0F38.WIG 23", HALF),
    VPMOVDB(MR_TO_QUARTER, null, "F3.0F38.W0 31", QUARTER),

    // Integer arithmetic.
    VPADDB(RVM, "66.0F.WIG FC", "66.0F.WIG FC", FULL_MEMORY),
    VPADDW(RVM, "66.0F.WIG FD", "66.0F.WIG FD", FULL_MEMORY),
    VPADDD(RVM, "66.0F.WIG FE", "66.0F.W0 FE", FULL_4),
    VPSUBB(RVM, "66.0F.WIG F8", "66.0F.WIG F8", FULL_MEMORY),
    VPSUBW(RVM, "66.0F.WIG F9", "66.0F.WIG F9", FULL_MEMORY),
    VPSUBD(RVM, "66.0F.WIG FA", "66.0F.W0 FA", FULL_4),
    VPMADDUBSW(RVM, "66.0F38.WIG 04", "66.0F38.WIG 04", FULL_MEMORY),
    VPMADDWD(RVM, "66.0F.WIG F5", "66.0F.WIG F5", FULL_MEMORY),
    VPMULLW(RVM, "66.0F.WIG D5", "66.0F.WIG D5", FULL_MEMORY),
    VPMULLD(RVM, "66.0F38.WIG 40", "66.0F38.W0 40", FULL_4),
    VPDPBUSD(RVM, "66.0F38.W0 50", "66.0F38.W0 50", FULL_4),
    VPDPWSSD(RVM, "66.0F38.W0 52", "66.0F38.W0 52", FULL_4),
    VDPBF16PS(RVM, null, "F3.0F38.W0 52", FULL_4),
    VPSIGNB(RVM, "66.0F38.WIG 08", null, FULL_MEMORY),
    VPABSB(RM, "66.0F38.WIG 1C", "66.0F38.WIG 1C", FULL_MEMORY),
    VPMAXSD(RVM, "66.0F38.WIG 3D", "66.0F38.W0 3D", FULL_4),
    VPMINUB(RVM, "66.0F.WIG DA", "66.0F.WIG DA", FULL_MEMORY),
    VPAND(RVM, "66.0F.WIG DB", null, FULL_MEMORY),
    VPANDN(RVM, "66.0F.WIG DF", null, FULL_MEMORY),
    VPOR(RVM, "66.0F.WIG EB", null, FULL_MEMORY),
    VPXOR(RVM, "66.0F.WIG EF", null, FULL_MEMORY),
    VPANDD(RVM, null, "66.0F.W0 DB", FULL_4),
    VPORD(RVM, null, "66.0F.W0 EB", FULL_4),
    VPXORD(RVM, null, "66.0F.W0 EF", FULL_4),
    VPTERNLOGD(RVM_IMM, null, "66.0F3A.W0 25", FULL_4),
    VPCMPGTB(RVM, "66.0F.WIG 64", null, FULL_MEMORY),
    VPCMPEQB(RVM, "66.0F.WIG 74", null, FULL_MEMORY),
    VPCMPEQD(RVM, "66.0F.WIG 76", null, FULL_MEMORY),

    // Shifts.
    VPSRLW(VM_IMM, "66.0F.WIG 71/2", "66.0F.WIG 71/2", FULL_MEMORY),
    VPSLLW(VM_IMM, "66.0F.WIG 71/6", "66.0F.WIG 71/6", FULL_MEMORY),
    VPSRAW(VM_IMM, "66.0F.WIG 71/4", "66.0F.WIG 71/4", FULL_MEMORY),
    VPSRLD(VM_IMM, "66.0F.WIG 72/2", "66.0F.W0 72/2", FULL_4),
    VPSLLD(VM_IMM, "66.0F.WIG 72/6", "66.0F.W0 72/6", FULL_4),
    VPSRAD(VM_IMM, "66.0F.WIG 72/4", "66.0F.W0 72/4", FULL_4),
    VPSRLDQ(VM_IMM, "66.0F.WIG 73/3", "66.0F.WIG 73/3", FULL_MEMORY),
    VPSLLVD(RVM, "66.0F38.W0 47", "66.0F38.W0 47", FULL_4),
    VPSRLVD(RVM, "66.0F38.W0 45", "66.0F38.W0 45", FULL_4),

    // Shuffles.
    VPSHUFB(RVM, "66.0F38.WIG 00", "66.0F38.WIG 00", FULL_MEMORY),
    VPSHUFD(RM_IMM, "66.0F.WIG 70", "66.0F.W0 70", FULL_4),
    VPALIGNR(RVM_IMM, "66.0F3A.WIG 0F", "66.0F3A.WIG 0F", FULL_MEMORY),
    VPACKSSDW(RVM, "66.0F.WIG 6B", "66.0F.W0 6B", FULL_4),
    VPACKSSWB(RVM, "66.0F.WIG 63", "66.0F.WIG 63", FULL_MEMORY),
    VPUNPCKLBW(RVM, "66.0F.WIG 60", "66.0F.WIG 60", FULL_MEMORY),
    VPUNPCKHBW(RVM, "66.0F.WIG 68", "66.0F.WIG 68", FULL_MEMORY),
    VPUNPCKLWD(RVM, "66.0F.WIG 61", "66.0F.WIG 61", FULL_MEMORY),
    VPUNPCKHWD(RVM, "66.0F.WIG 69", "66.0F.WIG 69", FULL_MEMORY),
    VPUNPCKLDQ(RVM, "66.0F.WIG 62", "66.0F.W0 62", FULL_4),
    VPUNPCKHDQ(RVM, "66.0F.WIG 6A", "66.0F.W0 6A", FULL_4),
    VPUNPCKLQDQ(RVM, "66.0F.WIG 6C", "66.0F.W1 6C", FULL_8),
    VPUNPCKHQDQ(RVM, "66.0F.WIG 6D", "66.0F.W1 6D", FULL_8),
    VPBLENDD(RVM_IMM, "66.0F3A.W0 02", null, FULL_MEMORY),
    VPINSRW(RVX_IMM, "66.0F.W0 C4", "66.0F.WIG C4", ELEMENT_2, XMM, MEMORY),
    VPINSRD(RVX_IMM, "66.0F3A.W0 22", "66.0F3A.W0 22", ELEMENT_4, XMM, MEMORY),
    VINSERTI128(RV_FROM_X_IMM, "66.0F3A.W0 38", null, ELEMENT_16, YMM),
    VEXTRACTI128(MR_TO_X_IMM, "66.0F3A.W0 39", null, ELEMENT_16, YMM),
    VINSERTI32X4(RV_FROM_X_IMM, null, "66.0F3A.W0 38", ELEMENT_16, YMM_ZMM),
    VEXTRACTI32X4(MR_TO_X_IMM, null, "66.0F3A.W0 39", ELEMENT_16, YMM_ZMM),
    VINSERTI64X4(RV_FROM_Y_IMM, null, "66.0F3A.W1 3A", ELEMENT_32, ZMM),
    VEXTRACTI64X4(MR_TO_Y_IMM, null, "66.0F3A.W1 3B", ELEMENT_32, ZMM),
    VPERM2I128(RVM_IMM, "66.0F3A.W0 46", null, FULL_MEMORY, YMM),
    VSHUFI32X4(RVM_IMM, null, "66.0F3A.W0 43", FULL_4, YMM_ZMM),
    VPERMQ(RM_IMM, "66.0F3A.W1 00", "66.0F3A.W1 00", FULL_8, YMM_ZMM),
    VPERMD(RVM, "66.0F38.W0 36", "66.0F38.W0 36", FULL_4, YMM_ZMM),
    VPERMB(RVM, null, "66.0F38.W0 8D", FULL_MEMORY),
    VPERMI2D(RVM, null, "66.0F38.W0 76", FULL_4),
    VPERMT2D(RVM, null, "66.0F38.W0 7E", FULL_4),
    VPERMT2PS(RVM, null, "66.0F38.W0 7F", FULL_4);

    /** Which operands there are, in the order that the listing prints. */
    public enum Form {
        /** destination, source */
        RM,
        /** destination, xmm or memory */
        RM_FROM_X,
        /** destination, ymm or memory */
        RM_FROM_Y,
        /** destination, register of half the width or memory */
        RM_FROM_HALF,
        /** destination, register of a quarter of the width or memory */
        RM_FROM_QUARTER,
        /** destination of half the width, source */
        RM_TO_HALF,
        /** memory or register, source */
        MR,
        /** memory or register of a quarter of the width, source */
        MR_TO_QUARTER,
        /** memory or register of half the width, source, immediate */
        MR_TO_HALF_IMM,
        /** memory or xmm, source, immediate */
        MR_TO_X_IMM,
        /** memory or ymm, source, immediate */
        MR_TO_Y_IMM,
        /** memory, mask register, source */
        MVR,
        /** destination, first source, second source */
        RVM,
        /** destination, first source, second source, immediate */
        RVM_IMM,
        /** destination, first source, second source, selecting register */
        RVMR,
        /** destination, first source, general register or memory, immediate */
        RVX_IMM,
        /** destination, first source, xmm or memory, immediate */
        RV_FROM_X_IMM,
        /** destination, first source, ymm or memory, immediate */
        RV_FROM_Y_IMM,
        /** destination, source, immediate */
        RM_IMM,
        /** destination, source register, immediate */
        VM_IMM
    }

    /** How the memory operand's size follows from the vector's: the unit of short EVEX displacements. */
    enum Tuple {
        FULL_4,
        FULL_8,
        FULL_MEMORY,
        HALF,
        QUARTER,
        ELEMENT_1,
        ELEMENT_2,
        ELEMENT_4,
        ELEMENT_8,
        ELEMENT_16,
        ELEMENT_32,
        NO_MEMORY;

        int bytes(int vectorBytes, boolean broadcast) {
            return switch (this) {
                case FULL_4 -> broadcast ? 4 : vectorBytes;
                case FULL_8 -> broadcast ? 8 : vectorBytes;
                case FULL_MEMORY, NO_MEMORY -> vectorBytes;
                case HALF -> vectorBytes / 2;
                case QUARTER -> vectorBytes / 4;
                case ELEMENT_1 -> 1;
                case ELEMENT_2 -> 2;
                case ELEMENT_4 -> 4;
                case ELEMENT_8 -> 8;
                case ELEMENT_16 -> 16;
                case ELEMENT_32 -> 32;
            };
        }

        /** The element size of a broadcast; 0 where there is none. */
        int broadcastBytes() {
            return this == FULL_4 ? 4 : this == FULL_8 ? 8 : 0;
        }
    }

    /** What an instruction is limited to. */
    enum Only {
        XMM,
        YMM,
        ZMM,
        YMM_ZMM,
        MEMORY
    }

    /** Opcode fields as VEX and EVEX write them. */
    record Opcode(int prefix, int map, int w, int opcode, int digit) {
        static Opcode parse(String spec) {
            String[] halves = spec.split(" ");
            String[] fields = halves[0].split("\\.");
            int prefix = switch (fields[0]) {
                case "NP" -> 0;
                case "66" -> 1;
                case "F3" -> 2;
                case "F2" -> 3;
                default -> throw new IllegalArgumentException(spec);
            };
            int map = switch (fields[1]) {
                case "0F" -> 1;
                case "0F38" -> 2;
                case "0F3A" -> 3;
                default -> throw new IllegalArgumentException(spec);
            };
            String[] opcode = halves[1].split("/");
            return new Opcode(
                    prefix,
                    map,
                    fields[2].equals("W1") ? 1 : 0,
                    Integer.parseInt(opcode[0], 16),
                    opcode.length > 1 ? Integer.parseInt(opcode[1]) : 0);
        }
    }

    private final Form form;
    private final @Nullable Opcode vex;
    private final @Nullable Opcode evex;
    private final Tuple tuple;
    private final Set<Only> only;
    private final String mnemonic;

    VectorOp(Form form, @Nullable String vex, @Nullable String evex, Tuple tuple, Only... only) {
        this.form = form;
        this.vex = vex == null ? null : Opcode.parse(vex);
        this.evex = evex == null ? null : Opcode.parse(evex);
        this.tuple = tuple;
        this.only = Set.of(only);
        this.mnemonic = name().toLowerCase(Locale.ROOT).replace("_store", "");
    }

    /** The operands it takes. */
    public Form form() {
        return form;
    }

    @Nullable
    Opcode vex() {
        return vex;
    }

    @Nullable
    Opcode evex() {
        return evex;
    }

    Tuple tuple() {
        return tuple;
    }

    /** Whether it exists for vectors of so many bytes. */
    boolean hasWidth(int bytes) {
        if (bytes == 64 && evex == null) {
            return false;
        }
        return only.contains(XMM)
                ? bytes == 16
                : only.contains(YMM)
                        ? bytes == 32
                        : only.contains(ZMM) ? bytes == 64 : !only.contains(YMM_ZMM) || bytes != 16;
    }

    /** Whether the operand that may be memory may be a vector register. */
    boolean takesRegister() {
        return !only.contains(MEMORY);
    }

    /** Whether it takes memory. */
    boolean takesMemory() {
        return tuple != NO_MEMORY && form != VM_IMM && form != RM_TO_HALF;
    }

    /** Whether AVX-VNNI gave it a VEX form after AVX-512 had given it an EVEX form, so that a processor may lack either. */
    boolean twofold() {
        return this == VPDPBUSD || this == VPDPWSSD;
    }

    void checkImmediate(int immediate) {
        if (immediate < Byte.MIN_VALUE || immediate > 255) {
            throw misuse("the immediate " + immediate);
        }
    }

    /** Refuses operands that the instruction does not have; {@code width} is a register of the vector's width. */
    void check(Vec width, @Nullable Vec first, Operand operand) {
        if (!hasWidth(width.bytes())) {
            throw misuse(width.toString());
        }
        if (first != null && first.bytes() != width.bytes()) {
            throw misuse(width + " with " + first);
        }
        switch (operand) {
            case Vec vec -> {
                if (!takesRegister()) {
                    throw misuse("the register " + vec + " where it takes memory");
                }
                boolean same = switch (form) {
                    case RM, RVM, RVM_IMM, RVMR, RM_IMM, VM_IMM -> true;
                    default -> false;
                };
                if (same && vec.bytes() != width.bytes()) {
                    throw misuse(width + " with " + vec);
                }
            }
            case Mem mem -> {
                if (!takesMemory()) {
                    throw misuse("memory");
                }
                if (mem.broadcast() && tuple.broadcastBytes() == 0) {
                    throw misuse("a broadcast");
                }
            }
        }
    }

    IllegalArgumentException misuse(String what) {
        return new IllegalArgumentException(mnemonic + " does not take " + what + ": its operands are " + form);
    }

    /** The instruction in Intel syntax. */
    String text(
            Vec register, @Nullable Vec first, Operand operand, @Nullable Integer immediate, Vec width, boolean evex) {
        String source = operand.toString();
        if (operand instanceof Vec vec) {
            source = switch (form) {
                case RM_FROM_X, RV_FROM_X_IMM, MR_TO_X_IMM -> vec.x().toString();
                case RM_FROM_Y, RV_FROM_Y_IMM, MR_TO_Y_IMM -> vec.y().toString();
                case RM_FROM_HALF, MR_TO_HALF_IMM -> new Vec(vec.number(), Math.max(16, width.bytes() / 2)).toString();
                case RM_FROM_QUARTER, MR_TO_QUARTER ->
                    new Vec(vec.number(), Math.max(16, width.bytes() / 4)).toString();
                default -> source;
            };
        } else if (operand instanceof Mem mem) {
            int bytes = tuple.bytes(width.bytes(), mem.broadcast());
            source = pointer(bytes) + source;
            if (mem.broadcast()) {
                source += "{1to" + width.bytes() / tuple.broadcastBytes() + "}";
            }
        }
        String target = form == Form.RM_TO_HALF
                ? new Vec(register.number(), Math.max(16, width.bytes() / 2)).toString()
                : register.toString();
        String middle = first == null ? "" : ", " + first;
        boolean stores = switch (form) {
            case MR, MVR, MR_TO_QUARTER, MR_TO_HALF_IMM, MR_TO_X_IMM, MR_TO_Y_IMM -> true;
            default -> false;
        };
        String operands = stores ? source + middle + ", " + target : target + middle + ", " + source;
        String form = twofold() && !evex ? "{vex} " : "";
        return form + mnemonic + " " + operands + (immediate == null ? "" : ", " + immediate);
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

    /** The instruction's name in assembler text. */
    public String mnemonic() {
        return mnemonic;
    }
}
