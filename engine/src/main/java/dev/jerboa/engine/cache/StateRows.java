package dev.jerboa.engine.cache;

import dev.jerboa.model.decoder.Step;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/**
 * The rows of running states of a cache: those that sequences hold, those of snapshots, and free ones. A row that is wanted when none
 * is free is taken from the snapshot that was used longest ago. One thread.
 */
final class StateRows {
    private final int[] free;
    private int freeCount;
    /** The one used longest ago first. */
    private final SequencedSet<StateSnapshot> snapshots = new LinkedHashSet<>();

    StateRows(int count) {
        this.free = new int[count];
        for (int i = 0; i < count; i++) {
            free[i] = count - 1 - i;
        }
        this.freeCount = count;
    }

    /** Rows that no sequence holds, those of snapshots included. */
    int available() {
        return freeCount + snapshots.size();
    }

    /** Snapshots kept. */
    int kept() {
        return snapshots.size();
    }

    /** A row for a sequence or a snapshot; {@link Step#NO_STATE} where sequences hold all. */
    int take() {
        if (freeCount > 0) {
            return free[--freeCount];
        }
        if (snapshots.isEmpty()) {
            return Step.NO_STATE;
        }
        StateSnapshot oldest = snapshots.removeFirst();
        oldest.page().remove(oldest);
        return oldest.row();
    }

    /** A row that nobody holds any more. */
    void giveBack(int row) {
        free[freeCount++] = row;
    }

    /** The row of a snapshot has been filled: it is found from now on. */
    void keep(StateSnapshot snapshot) {
        snapshot.page().add(snapshot);
        snapshots.addLast(snapshot);
    }

    /** A snapshot is of use. */
    void use(StateSnapshot snapshot) {
        snapshots.remove(snapshot);
        snapshots.addLast(snapshot);
    }

    /** The page of snapshots is forgotten, and they with it. */
    void forget(PageContents page) {
        for (StateSnapshot snapshot : page.snapshots()) {
            snapshots.remove(snapshot);
            giveBack(snapshot.row());
        }
    }
}
