package dev.jerboa.kernel.ops.machine.asm;

import static dev.jerboa.kernel.ops.machine.asm.Vec.xmm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.CpuFeatures.Feature;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConventionTest {
    private static List<String> text(Convention convention) {
        Assembler a = new Assembler("empty");
        convention.enter(a);
        convention.leave(a);
        return a.finish().lines().stream().map(MachineCode.Line::text).toList();
    }

    @Test
    void systemVSavesSixRegisters() {
        assertThat(text(Convention.SYSTEM_V))
                .containsExactly(
                        "push rbx",
                        "push rbp",
                        "push r12",
                        "push r13",
                        "push r14",
                        "push r15",
                        "vzeroupper",
                        "pop r15",
                        "pop r14",
                        "pop r13",
                        "pop r12",
                        "pop rbp",
                        "pop rbx",
                        "ret");
    }

    @Test
    void windowsSavesEightRegistersAndTenVectors() {
        assertThat(String.join("\n", text(Convention.WINDOWS))).isEqualTo("""
                        push rbx
                        push rbp
                        push rdi
                        push rsi
                        push r12
                        push r13
                        push r14
                        push r15
                        sub rsp, 160
                        vmovups xmmword ptr [rsp], xmm6
                        vmovups xmmword ptr [rsp + 16], xmm7
                        vmovups xmmword ptr [rsp + 32], xmm8
                        vmovups xmmword ptr [rsp + 48], xmm9
                        vmovups xmmword ptr [rsp + 64], xmm10
                        vmovups xmmword ptr [rsp + 80], xmm11
                        vmovups xmmword ptr [rsp + 96], xmm12
                        vmovups xmmword ptr [rsp + 112], xmm13
                        vmovups xmmword ptr [rsp + 128], xmm14
                        vmovups xmmword ptr [rsp + 144], xmm15
                        mov rdi, rcx
                        vzeroupper
                        vmovups xmm6, xmmword ptr [rsp]
                        vmovups xmm7, xmmword ptr [rsp + 16]
                        vmovups xmm8, xmmword ptr [rsp + 32]
                        vmovups xmm9, xmmword ptr [rsp + 48]
                        vmovups xmm10, xmmword ptr [rsp + 64]
                        vmovups xmm11, xmmword ptr [rsp + 80]
                        vmovups xmm12, xmmword ptr [rsp + 96]
                        vmovups xmm13, xmmword ptr [rsp + 112]
                        vmovups xmm14, xmmword ptr [rsp + 128]
                        vmovups xmm15, xmmword ptr [rsp + 144]
                        add rsp, 160
                        pop r15
                        pop r14
                        pop r13
                        pop r12
                        pop rsi
                        pop rdi
                        pop rbp
                        pop rbx
                        ret""");
    }

    /** Overwrites every register but RSP with {@code value}. */
    private static void clobber(Assembler a, int value) {
        boolean wide = CpuFeatures.here().has(Feature.AVX512F);
        Mem constant = a.constant(value, 16);
        for (int i = 0; i < (wide ? 32 : 16); i++) {
            a.op(VectorOp.VMOVUPS, new Vec(i, wide ? 64 : 32), constant);
        }
        for (Gpr register : Gpr.values()) {
            if (register != Gpr.RSP) {
                a.mov(register, value);
            }
        }
    }

    private static double mixed(int rounds, Runnable between) {
        double a = 1;
        double b = 2;
        double c = 3;
        long x = 7;
        long y = 11;
        float[] vector = new float[32];
        for (int i = 0; i < rounds; i++) {
            between.run();
            a = a * 0.5 + b;
            b = b * 0.25 + c;
            c = c * 0.125 + x;
            x = x * 31 + y & 0xFFFF;
            y = y * 17 + x & 0xFFFF;
            for (int j = 0; j < vector.length; j++) {
                vector[j] = vector[j] * 0.5f + j + x;
            }
        }
        double sum = a + b + c + x + y;
        for (float value : vector) {
            sum += value;
        }
        return sum;
    }

    @Test
    void aRoutineThatOverwritesEverythingLeavesItsCallerWhole() {
        assumeThat(CpuFeatures.here().has(Feature.AVX2)).as("AVX2").isTrue();
        Assembler a = new Assembler("clobber");
        Convention.here().enter(a);
        clobber(a, -1);
        Convention.here().leave(a);
        try (Arena arena = Arena.ofConfined()) {
            Routine routine = ExecutableMemory.place(a.finish(), arena);
            int rounds = 30_000; // long enough to be compiled
            assertThat(mixed(rounds, () -> routine.call(0))).isEqualTo(mixed(rounds, () -> {}));
        }
    }

    /** A routine of Windows' convention, called from one of this system's that then tells what its registers hold. */
    @Test
    void windowsGetsBackWhatIsItsOwn() {
        assumeThat(CpuFeatures.here().has(Feature.AVX2)).as("AVX2").isTrue();
        List<Gpr> kept = List.of(Gpr.RBX, Gpr.RBP, Gpr.RSI, Gpr.RDI, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15);
        Assembler a = new Assembler("caller of Windows");
        Convention.here().enter(a);
        a.push(Gpr.RDI);
        Label back = a.label();
        Label windows = a.label();
        for (Gpr register : kept) {
            a.mov(register, 1000 + register.number());
        }
        for (int i = 6; i < 16; i++) {
            a.op(VectorOp.VMOVUPS, xmm(i), a.constant(2000 + i, 4));
        }
        a.mov(Gpr.RCX, Mem.at(Gpr.RSP));
        a.lea(Gpr.RAX, Mem.at(back));
        a.push(Gpr.RAX);
        a.jump(windows);

        a.place(back);
        a.pop(Gpr.RAX);
        for (int i = 0; i < kept.size(); i++) {
            a.mov(Mem.at(Gpr.RAX, 16 + 8 * i), kept.get(i));
        }
        for (int i = 6; i < 16; i++) {
            a.op(VectorOp.VMOVUPS_STORE, Mem.at(Gpr.RAX, 128 + 16 * i), xmm(i));
        }
        Convention.here().leave(a);

        a.place(windows);
        Convention.WINDOWS.enter(a);
        a.mov(Gpr.RAX, 42);
        a.mov(Mem.at(Gpr.RDI, 8), Gpr.RAX);
        clobber(a, -1);
        Convention.WINDOWS.leave(a);

        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(512, 64);
            ExecutableMemory.place(a.finish(), arena).call(block.address());
            assertThat(block.get(ValueLayout.JAVA_LONG, 8)).as("the argument").isEqualTo(42);
            for (int i = 0; i < kept.size(); i++) {
                assertThat(block.get(ValueLayout.JAVA_LONG, 16 + 8L * i))
                        .as(kept.get(i).toString())
                        .isEqualTo(1000 + kept.get(i).number());
            }
            for (int i = 6; i < 16; i++) {
                for (int lane = 0; lane < 4; lane++) {
                    assertThat(block.get(ValueLayout.JAVA_INT, 128 + 16L * i + 4L * lane))
                            .as("xmm" + i)
                            .isEqualTo(2000 + i);
                }
            }
        }
    }
}
