package dev.jerboa.gateway.ledger;

import java.nio.file.Path;

/**
 * Where and how a node keeps its journal.
 *
 * @param folder of this machine, not of a network; several nodes may share one
 * @param node the node's name, the same after every start
 * @param sync when the machine's disk is waited for
 * @param mostBytes the most that wait for the store; requests wait where it is reached. At least four times {@code segmentBytes}
 * @param segmentBytes how long a file becomes before the next is begun
 */
public record JournalOptions(Path folder, String node, Sync sync, long mostBytes, long segmentBytes) {
    /** What survives what. */
    public enum Sync {
        /** The operating system writes when it likes: survives the end of the process, not that of the machine. */
        NONE,
        /** Like {@code NONE}, and every second the disk is waited for in the background. */
        INTERVAL,
        /** Every event waits for the disk, together with those that wait at the same time: survives the end of the machine. */
        ALWAYS
    }

    private static final long LEAST_SEGMENT = 4096;

    /** @throws IllegalArgumentException where a size makes no sense, or the node's name is none for a file */
    public JournalOptions {
        if (segmentBytes < LEAST_SEGMENT || mostBytes < 4 * segmentBytes) {
            throw new IllegalArgumentException("a journal of " + mostBytes + " bytes in files of " + segmentBytes
                    + ": expected files of at least " + LEAST_SEGMENT + " bytes, and four of them");
        }
        if (!node.matches("[A-Za-z0-9_][A-Za-z0-9_.]{0,63}")) {
            throw new IllegalArgumentException(
                    "the node's name is '" + node + "': expected 1 to 64 letters, digits, dots and underscores");
        }
    }

    /** 256 MiB in files of 8 MiB, which the operating system writes. */
    public static JournalOptions of(Path folder, String node) {
        return new JournalOptions(folder, node, Sync.NONE, 256L << 20, 8L << 20);
    }
}
