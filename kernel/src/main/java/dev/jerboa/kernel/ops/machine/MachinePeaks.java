package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VBROADCASTSS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VFMADD231PS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS_STORE;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VPADDD;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VPDPBUSD;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VPMADDUBSW;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VPMADDWD;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VXORPS;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Convention;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The machine's peaks by emitted loops. Arguments of each: 0 turns, 1 address to read (reads only), 2 address of {@link
 * #RESULT_BYTES} for the sums.
 */
public final class MachinePeaks implements Peaks {
    static final int TURNS = 0;
    static final int MEMORY = 1;
    static final int RESULT = 2;

    /** Sums in registers: more than two units of five cycles keep under way. */
    static final int SUMS = 12;

    static final int RESULT_BYTES = SUMS * 64;

    /** Vectors that a turn of the reading loop reads. */
    static final int READS = 8;

    private static final int ROUNDS = 7;
    private static final int TRIALS = 3;
    private static final long ROUND_NANOS = 4_000_000;
    private static final long FIRST_TURNS = 20_000;
    private static final int PAGE = 1 << 12;

    private enum Loop {
        MULTIPLY_ADD,
        BYTE_PRODUCT,
        READ
    }

    private final Routines routines;

    MachinePeaks(Routines routines) {
        this.routines = routines;
    }

    /** Those of this machine; empty where no code can be emitted for it. */
    public static Optional<Peaks> here() {
        return Here.VALUE;
    }

    private static final class Here {
        static final Optional<Peaks> VALUE = open();

        private static Optional<Peaks> open() {
            try {
                return Optional.of(new MachinePeaks(new Routines(new Target(Convention.here(), Isa.ready()))));
            } catch (UnsupportedOperationException e) {
                return Optional.empty(); // no code of ours runs here
            }
        }
    }

    private Routine routine(Loop loop) {
        return routines.get(loop, target -> switch (loop) {
            case MULTIPLY_ADD -> multiplyAdd(target);
            case BYTE_PRODUCT -> byteProduct(target);
            case READ -> read(target);
        });
    }

    @Override
    public double multiplyAdds(Team team) {
        return team.size() * 2.0 * SUMS * routines.target().lanes() / turnNanos(team, routine(Loop.MULTIPLY_ADD));
    }

    @Override
    public double byteProducts(Team team) {
        return team.size()
                * 2.0
                * SUMS
                * routines.target().isa().vectorBytes()
                / turnNanos(team, routine(Loop.BYTE_PRODUCT));
    }

    /** Nanoseconds of a turn when all workers turn at once. */
    private static double turnNanos(Team team, Routine routine) {
        try (Arena arena = Arena.ofShared()) {
            Arguments[] arguments = arguments(team, arena);
            long turns = FIRST_TURNS;
            long nanos = least(team, routine, set(arguments, turns));
            while (nanos < ROUND_NANOS / 2) {
                turns = nanos < ROUND_NANOS / 64 ? turns * 16 : turns * ROUND_NANOS / nanos;
                nanos = least(team, routine, set(arguments, turns));
            }
            double[] rounds = new double[ROUNDS];
            for (int i = 0; i < ROUNDS; i++) {
                rounds[i] = (double) nanos(team, routine, arguments) / turns;
            }
            return median(rounds);
        }
    }

    @Override
    public double reads(Team team, NativePages.Use pages) {
        Routine routine = routine(Loop.READ);
        int turnBytes = READS * routines.target().isa().vectorBytes();
        int count = (int) (READ_BYTES / PAGE);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory =
                    NativePages.allocate(arena, READ_BYTES, pages).memory();
            Arguments[] arguments = arguments(team, arena);
            team.run(worker -> {
                long from = (long) worker.from(count, 1) * PAGE;
                long bytes = (long) worker.to(count, 1) * PAGE - from;
                memory.asSlice(from, bytes).fill((byte) 1);
                arguments[worker.id()].set(TURNS, bytes / turnBytes).set(MEMORY, memory.address() + from);
            });
            double[] rounds = new double[ROUNDS];
            for (int i = 0; i < ROUNDS; i++) {
                rounds[i] = (double) READ_BYTES / nanos(team, routine, arguments);
            }
            return median(rounds);
        }
    }

    private static Arguments[] arguments(Team team, Arena arena) {
        Arguments[] arguments = new Arguments[team.size()];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = new Arguments(arena)
                    .set(RESULT, arena.allocate(RESULT_BYTES, 64).address());
        }
        return arguments;
    }

    private static Arguments[] set(Arguments[] all, long turns) {
        for (Arguments arguments : all) {
            arguments.set(TURNS, turns);
        }
        return all;
    }

    /** The least of a few: the first ones also link the routine and wake workers up, which must not pass for a long round. */
    private static long least(Team team, Routine routine, Arguments[] arguments) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TRIALS; i++) {
            least = Math.min(least, nanos(team, routine, arguments));
        }
        return least;
    }

    /** From when all workers are there until the last one is done. */
    private static long nanos(Team team, Routine routine, Arguments[] arguments) {
        long[] taken = new long[1];
        team.run(worker -> {
            worker.barrier();
            long start = System.nanoTime();
            routine.call(arguments[worker.id()].address());
            worker.barrier();
            if (worker.id() == 0) {
                taken[0] = System.nanoTime() - start;
            }
        });
        return Math.max(1, taken[0]);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    /** sums[i] += 0.5 × 0.25 in every lane, each turn. */
    static MachineCode multiplyAdd(Target target) {
        return loop(
                target, "peak of multiply-adds", (a, sum) -> a.op(VFMADD231PS, sum, target.vec(14), target.vec(15)));
    }

    /** sums[i] += 4 products of bytes in every 32-bit lane, each turn. */
    static MachineCode byteProduct(Target target) {
        Vec scratch = target.vec(12);
        return loop(target, "peak of byte products", (a, sum) -> {
            if (target.isa().vnni()) {
                a.op(VPDPBUSD, sum, target.vec(14), target.vec(15));
            } else {
                a.op(VPMADDUBSW, scratch, target.vec(14), target.vec(15));
                a.op(VPMADDWD, scratch, scratch, target.vec(13));
                a.op(VPADDD, sum, sum, scratch);
            }
        });
    }

    private interface Body {
        void emit(Assembler a, Vec sum);
    }

    /** Registers: 0 to 11 sums, 12 free, 13 ones in 16 bits, 14 and 15 factors; as floats, and as bytes, small numbers. */
    private static MachineCode loop(Target target, String name, Body body) {
        Assembler a = target.assembler(name);
        target.convention().enter(a);
        zero(a, target, SUMS);
        a.op(VBROADCASTSS, target.vec(13), a.constant(0x0001_0001));
        a.op(VBROADCASTSS, target.vec(14), a.constant(Float.floatToRawIntBits(0.5f)));
        a.op(VBROADCASTSS, target.vec(15), a.constant(Float.floatToRawIntBits(0.25f)));
        a.mov(Gpr.RAX, Mem.at(Gpr.RDI, Long.BYTES * TURNS));
        a.align(32);
        Label turn = a.here();
        for (int i = 0; i < SUMS; i++) {
            body.emit(a, target.vec(i));
        }
        a.sub(Gpr.RAX, 1);
        a.jump(Condition.NOT_EQUAL, turn);
        return finish(a, target, SUMS);
    }

    /** sums[i] += the 32-bit lanes of vector 8·turn + i. */
    static MachineCode read(Target target) {
        Assembler a = target.assembler("peak of reads");
        int bytes = target.isa().vectorBytes();
        target.convention().enter(a);
        zero(a, target, READS);
        a.mov(Gpr.RAX, Mem.at(Gpr.RDI, Long.BYTES * TURNS));
        a.mov(Gpr.RSI, Mem.at(Gpr.RDI, Long.BYTES * MEMORY));
        a.align(32);
        Label turn = a.here();
        for (int i = 0; i < READS; i++) {
            a.op(VPADDD, target.vec(i), target.vec(i), Mem.at(Gpr.RSI, i * bytes));
        }
        a.add(Gpr.RSI, READS * bytes);
        a.sub(Gpr.RAX, 1);
        a.jump(Condition.NOT_EQUAL, turn);
        return finish(a, target, READS);
    }

    private static void zero(Assembler a, Target target, int count) {
        for (int i = 0; i < count; i++) {
            a.op(VXORPS, Vec.ymm(i), Vec.ymm(i), Vec.ymm(i));
        }
    }

    private static MachineCode finish(Assembler a, Target target, int sums) {
        a.mov(Gpr.RAX, Mem.at(Gpr.RDI, Long.BYTES * RESULT));
        for (int i = 0; i < sums; i++) {
            a.op(VMOVUPS_STORE, Mem.at(Gpr.RAX, i * target.isa().vectorBytes()), target.vec(i));
        }
        target.convention().leave(a);
        return a.finish();
    }
}
