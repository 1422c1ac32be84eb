package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopBuilder;
import dev.jerboa.kernel.ops.machine.MachineOps;
import dev.jerboa.kernel.ops.machine.MachinePeaks;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the tier, once a process, and says in one log line what was chosen, why, and what was not available. The order of
 * preference is {@link Tier}'s, best first; {@code -Djerboa.kernel=machine|vector|scalar} forces one.
 *
 * <p>A tier joins by a constant in {@link Tier} and a case in {@link #open}. What is not chosen is not loaded.
 */
public final class OpsProvider {
    /** The system property that forces a tier. */
    public static final String PROPERTY = "jerboa.kernel";

    /** The system property that sets the level of the log line: a {@link Logger.Level}, DEBUG by default. */
    public static final String LOG_LEVEL_PROPERTY = "jerboa.kernel.log";

    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** The tiers, best first. */
    public enum Tier {
        /** Machine code written for this processor. */
        MACHINE,
        /** The Vector API at the width the JVM prefers. */
        VECTOR,
        /** Plain loops: the reference. */
        SCALAR;

        /** The name that {@link #PROPERTY} takes. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What was chosen.
     *
     * @param ops the operations, shared by the whole process
     * @param why why this tier, in words
     * @param unavailable better tiers that could not be taken, each with its reason
     */
    public record Choice(Tier tier, Ops ops, String why, List<String> unavailable) {
        public Choice {
            unavailable = List.copyOf(unavailable);
        }

        /** One line for {@code doctor} and the log. */
        public String description() {
            return "kernels: " + ops.tier() + " (" + why + ") on "
                    + CpuFeatures.here().name()
                    + (unavailable.isEmpty() ? "" : "; not available: " + String.join("; ", unavailable));
        }
    }

    private static final class Here {
        static final Choice CHOICE = log(choose(System.getProperty(PROPERTY)));
    }

    private OpsProvider() {}

    /** The operations of the chosen tier. */
    public static Ops ops() {
        return choice().ops();
    }

    /**
     * What was chosen, and why.
     *
     * @throws IllegalStateException when {@link #PROPERTY} names no tier, or one that this JVM cannot run
     */
    public static Choice choice() {
        return Here.CHOICE;
    }

    /** The loop that {@code describe} describes, of the chosen tier. */
    public static Loop loop(String name, Consumer<LoopBuilder> describe) {
        return ops().loop(LoopBuilder.of(name, describe));
    }

    /** What {@link Peaks#here} gives. */
    static Optional<Peaks> peaks() {
        return MachinePeaks.here();
    }

    /** The choice for a value of {@link #PROPERTY}; null leaves it free. */
    static Choice choose(@Nullable String forced) {
        if (forced != null && !forced.isBlank()) {
            Tier tier = named(forced.strip());
            try {
                return new Choice(tier, open(tier), "forced by -D" + PROPERTY, List.of());
            } catch (UnsupportedOperationException e) {
                throw new IllegalStateException(
                        "-D" + PROPERTY + "=" + forced + " cannot be met: " + e.getMessage(), e);
            }
        }
        List<String> missing = new ArrayList<>();
        for (Tier tier : Tier.values()) {
            try {
                String why = missing.isEmpty() ? "the best tier there is" : "the best tier that can run";
                return new Choice(tier, open(tier), why, missing);
            } catch (UnsupportedOperationException e) {
                missing.add(tier.key() + ": " + e.getMessage());
            }
        }
        throw new IllegalStateException("no tier can run: " + missing);
    }

    private static Tier named(String key) {
        for (Tier tier : Tier.values()) {
            if (tier.key().equals(key)) {
                return tier;
            }
        }
        throw new IllegalStateException(
                "-D" + PROPERTY + "=" + key + ": expected one of " + List.of(Tier.values()) + " in lower case");
    }

    /** The operations of a tier; an {@link UnsupportedOperationException} says why it cannot run here. */
    private static Ops open(Tier tier) {
        return switch (tier) {
            case MACHINE -> MachineOps.create();
            case VECTOR -> {
                if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
                    throw new UnsupportedOperationException("the module " + VECTOR_MODULE
                            + " is not loaded: start java with --add-modules=" + VECTOR_MODULE
                            + " (the launcher takes it from JERBOA_JVM_OPTIONS)");
                }
                yield VectorOps.create();
            }
            case SCALAR -> new ScalarOps();
        };
    }

    private static Choice log(Choice choice) {
        Logger.Level level = Logger.Level.DEBUG;
        String asked = System.getProperty(LOG_LEVEL_PROPERTY, "");
        for (Logger.Level candidate : Logger.Level.values()) {
            if (candidate.name().equalsIgnoreCase(asked)) {
                level = candidate;
            }
        }
        System.getLogger(OpsProvider.class.getName()).log(level, choice.description());
        return choice;
    }
}
