package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.Region;
import dev.jerboa.kernel.ops.Weights;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A place for one expert. Who it holds is changed by worker 0 alone ({@link ExpertStore}); whoever loads it writes its weights, then
 * {@link State#READY}, after which every worker may read them.
 */
final class ExpertSlot {
    enum State {
        /** Nobody's. */
        FREE,
        /** To be loaded. */
        WAITING,
        /** Being loaded. */
        LOADING,
        /** There. */
        READY,
        /** Could not be read. */
        FAILED
    }

    final Region memory;

    volatile State state = State.FREE;

    // Of worker 0:
    @Nullable
    StreamedExperts layer;

    int expert;

    /** Loaded as a guess that no step has confirmed yet. */
    boolean guessed;

    /** The last wave of experts that it was one of. */
    long wave;

    // Written before READY or FAILED:
    private @Nullable Weights gate;
    private @Nullable Weights up;
    private @Nullable Weights down;
    private @Nullable Throwable failure;

    ExpertSlot(Region memory) {
        this.memory = memory;
    }

    void ready(Weights gate, Weights up, Weights down) {
        this.gate = gate;
        this.up = up;
        this.down = down;
        this.state = State.READY;
    }

    void failed(Throwable failure) {
        this.failure = failure;
        this.state = State.FAILED;
    }

    Throwable failure() {
        return Objects.requireNonNull(failure);
    }

    Weights gate() {
        return Objects.requireNonNull(gate);
    }

    Weights up() {
        return Objects.requireNonNull(up);
    }

    Weights down() {
        return Objects.requireNonNull(down);
    }
}
