package dev.jerboa.kernel.ops.machine.asm;

import static dev.jerboa.kernel.ops.machine.asm.Vec.xmm;
import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.Vec.zmm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AssemblerTest {
    private static final Mem PLACE = Mem.at(Gpr.RDI);

    /** Instructions that no processor has; those that have the shapes are in the reference encodings. */
    private static final Map<String, Consumer<Assembler>> MISUSES = Map.ofEntries(
            Map.entry("vinserti128 zmm", a -> a.op(VectorOp.VINSERTI128, zmm(1), zmm(2), PLACE, 1)),
            Map.entry("vperm2i128 xmm", a -> a.op(VectorOp.VPERM2I128, xmm(1), xmm(2), PLACE, 1)),
            Map.entry("vpermd xmm", a -> a.op(VectorOp.VPERMD, xmm(1), xmm(2), PLACE)),
            Map.entry("vpermps xmm", a -> a.op(VectorOp.VPERMPS, xmm(1), xmm(2), PLACE)),
            Map.entry("vpermq xmm", a -> a.op(VectorOp.VPERMQ, xmm(1), PLACE, 1)),
            Map.entry("vbroadcasti128 xmm", a -> a.op(VectorOp.VBROADCASTI128, xmm(1), PLACE)),
            Map.entry("vbroadcasti128 of a register", a -> a.op(VectorOp.VBROADCASTI128, ymm(1), xmm(2))),
            Map.entry("vbroadcasti32x4 xmm", a -> a.op(VectorOp.VBROADCASTI32X4, xmm(1), PLACE)),
            Map.entry("vroundps zmm", a -> a.op(VectorOp.VROUNDPS, zmm(1), PLACE, 1)),
            Map.entry("vroundps ymm16", a -> a.op(VectorOp.VROUNDPS, ymm(16), PLACE, 1)),
            Map.entry("vpsignb with a broadcast", a -> a.op(VectorOp.VPSIGNB, ymm(1), ymm(1), PLACE.toAll())),
            Map.entry("vpaddb with a broadcast", a -> a.op(VectorOp.VPADDB, zmm(1), zmm(1), PLACE.toAll())),
            Map.entry("vmovups with a broadcast", a -> a.op(VectorOp.VMOVUPS, zmm(1), PLACE.toAll())),
            Map.entry("a store with a broadcast", a -> a.op(VectorOp.VMOVUPS_STORE, PLACE.toAll(), zmm(1))),
            Map.entry("vmovss of registers", a -> a.op(VectorOp.VMOVSS, xmm(1), xmm(2))),
            Map.entry("vmovss ymm", a -> a.op(VectorOp.VMOVSS, ymm(1), PLACE)),
            Map.entry("vmovd of registers", a -> a.op(VectorOp.VMOVD, xmm(1), xmm(2))),
            Map.entry("vpinsrd of a vector", a -> a.op(VectorOp.VPINSRD, xmm(1), xmm(1), xmm(2), 1)),
            Map.entry("vpinsrw ymm", a -> a.op(VectorOp.VPINSRW, ymm(1), ymm(1), PLACE, 1)),
            Map.entry("vmovhlps of memory", a -> a.op(VectorOp.VMOVHLPS, xmm(1), xmm(1), PLACE)),
            Map.entry("vmaskmovps of registers", a -> a.op(VectorOp.VMASKMOVPS, ymm(1), ymm(1), ymm(2))),
            Map.entry("vaddps of two widths", a -> a.op(VectorOp.VADDPS, ymm(1), xmm(1), ymm(2))),
            Map.entry("vaddps of two widths, last", a -> a.op(VectorOp.VADDPS, ymm(1), ymm(1), xmm(2))),
            Map.entry("vaddps of two operands", a -> a.op(VectorOp.VADDPS, ymm(1), ymm(1))),
            Map.entry("vcvtneps2bf16 of memory", a -> a.op(VectorOp.VCVTNEPS2BF16, ymm(1), PLACE)),
            Map.entry("vpsrld of memory", a -> a.op(VectorOp.VPSRLD, ymm(1), PLACE, 1)),
            Map.entry("an immediate of two bytes", a -> a.op(VectorOp.VPSHUFD, ymm(1), ymm(1), 256)),
            Map.entry("vblendvps by ymm16", a -> a.op(VectorOp.VBLENDVPS, ymm(1), ymm(1), ymm(1), ymm(16))),
            Map.entry("shl by 64", a -> a.shl(Gpr.RAX, 64)),
            Map.entry("mov with a broadcast", a -> a.mov(Gpr.RAX, PLACE.toAll())));

    @Test
    void refusesWhatDoesNotExistAndWritesNothing() {
        MISUSES.forEach((name, misuse) -> {
            Assembler a = new Assembler(name);
            assertThatThrownBy(() -> misuse.accept(a)).as(name).isInstanceOf(IllegalArgumentException.class);
            MachineCode code = a.finish();
            assertThat(code.bytes()).as(name).isEmpty();
            assertThat(code.lines()).as(name).isEmpty();
        });
    }

    @Test
    void aMisuseIsToldByNameAndOperand() {
        assertThatThrownBy(() -> new Assembler("x").op(VectorOp.VPERMD, xmm(1), xmm(2), PLACE))
                .hasMessageContaining("vpermd does not take xmm1");
        assertThatThrownBy(() -> Mem.at(Gpr.RAX, Gpr.RSP, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Mem.at(Gpr.RAX, Gpr.RCX, 3, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLabelHasOnePlace() {
        Assembler a = new Assembler("loop");
        Label nowhere = a.label();
        a.jump(nowhere);
        assertThatThrownBy(a::finish).isInstanceOf(IllegalStateException.class).hasMessageContaining("loop: label .L0");
        a.place(nowhere);
        assertThatThrownBy(() -> a.place(nowhere)).hasMessageContaining("placed already");
    }

    @Test
    void equalConstantsShareOnePlace() {
        Assembler a = new Assembler("constants");
        assertThat(a.constant(1, 4)).isEqualTo(a.constant(1, 1, 1, 1)).isNotEqualTo(a.constant(1, 8));
        a.ret();
        MachineCode code = a.finish();
        assertThat(code.codeSize()).isEqualTo(1);
        assertThat(code.bytes()).hasSize(32 + 32);
        assertThat(code.lines())
                .last()
                .isEqualTo(new MachineCode.Line(32, 64, ".long " + "0x00000001, ".repeat(7) + "0x00000001"));
    }

    @Test
    void aListingGivesEachInstructionWithItsBytes() {
        Assembler a = new Assembler("negate avx2");
        Label start = a.here();
        a.op(VectorOp.VXORPS, ymm(0), ymm(1), a.constant(0x80000000, 8));
        a.jump(start);
        assertThat(a.finish().listing().lines().toList())
                .isEqualTo(List.of(
                        "# negate avx2: 64 bytes",
                        ".intel_syntax noprefix",
                        ".L0:",
                        "    %-58s # 0000 c5f4570518000000".formatted("vxorps ymm0, ymm1, ymmword ptr [rip + .L1]"),
                        "    %-58s # 0008 e9f3ffffff".formatted("jmp .L0"),
                        "    .balign 32, 0",
                        ".L1:",
                        "    .long " + "0x80000000, ".repeat(7) + "0x80000000"));
    }
}
