package dev.jerboa.train.adapter;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdapterConfig;
import dev.jerboa.model.adapter.ModulePlaces;
import dev.jerboa.model.adapter.ModulePlaces.Place;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is learned beside a frozen model.
 *
 * @param alpha α: products are multiplied by α/r, with rsLoRA by α/√r
 * @param targets last parts of modules' names, such as {@code q_proj}; {@link #ALL_LINEAR} for all projections
 * @param base how the targets' matrices are held
 */
public record AdapterSettings(Kind kind, int rank, double alpha, List<String> targets, Base base) {
    /** Every projection of attention, of gated units and of experts. */
    public static final String ALL_LINEAR = "all-linear";

    /** The method. */
    public enum Kind {
        /** arXiv 2106.09685. */
        LORA,
        /** LoRA with α/√r, arXiv 2312.03732. */
        RSLORA,
        /** LoRA with a length for each row, arXiv 2402.09353. */
        DORA
    }

    /** The form in which the matrices of projections are held while training goes on. */
    public enum Base {
        /** As the checkpoint stores them. */
        AS_IS(null),
        Q8_0(DType.Q8_0),
        Q4_0(DType.Q4_0),
        Q4_K(DType.Q4_K);

        private final @Nullable DType type;

        Base(@Nullable DType type) {
            this.type = type;
        }

        /** The type, or null for the checkpoint's own. */
        @Nullable
        DType type() {
            return type;
        }
    }

    public AdapterSettings {
        if (rank < 1 || rank > AdapterConfig.MAX_RANK || !(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
            throw new ModelException("adapter.rank " + rank + " and adapter.alpha " + alpha
                    + ", expected ranks from 1 to " + AdapterConfig.MAX_RANK + " and a positive alpha");
        }
        targets = List.copyOf(targets);
    }

    boolean magnitudes() {
        return kind == Kind.DORA;
    }

    /** What B · A is multiplied by. */
    float scale() {
        return AdapterConfig.scale(alpha, rank, kind == Kind.RSLORA);
    }

    /**
     * The modules to be adapted.
     *
     * @throws ModelException where a target is none of the model's
     */
    Set<String> modules(ModulePlaces places) {
        Set<String> known = places.kinds();
        for (String target : targets) {
            if (!target.equals(ALL_LINEAR) && !known.contains(target)) {
                throw new ModelException(
                        "adapter.targets has " + target + ", which is no projection of the model; it has "
                                + String.join(", ", known) + ", and " + ALL_LINEAR + " for all of them");
            }
        }
        Set<String> modules = new TreeSet<>();
        for (Place place : places.all()) {
            if (targets.contains(ALL_LINEAR) || targets.contains(place.kind())) {
                modules.add(place.module());
            }
        }
        return modules;
    }

    /** As PEFT writes it down. */
    AdapterConfig config(String baseName, ModulePlaces places) {
        List<String> kinds = targets.contains(ALL_LINEAR)
                ? List.copyOf(places.kinds())
                : targets.stream().sorted().toList();
        return new AdapterConfig(baseName, rank, alpha, kind == Kind.RSLORA, magnitudes(), kinds, Map.of(), Map.of());
    }
}
