package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.Sequence;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that waiting requests have in common. The first one admitted computes it; its pages are held here until the last has been
 * admitted.
 */
final class Prefix {
    /** A prompt by its contents. */
    record Key(int[] prompt) {
        @Override
        public int hashCode() {
            return Arrays.hashCode(prompt);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && Arrays.equals(prompt, key.prompt);
        }
    }

    private final Key key;
    /** Tracks of this prompt that wait for admission. */
    private int waiting;
    /** The running track that computes the prompt for the others. */
    private @Nullable Track leader;
    /** All of the prompt but its last token. */
    private @Nullable Sequence sequence;

    Prefix(Key key) {
        this.key = key;
    }

    Key key() {
        return key;
    }

    void arrives() {
        waiting++;
    }

    /** One track waits no more; with the last one the pages go. */
    void leaves() {
        waiting--;
        if (waiting == 0) {
            evict();
        }
    }

    boolean isIdle() {
        return waiting == 0 && leader == null;
    }

    /** Whether admission of a track should wait until the leader has computed the prompt. */
    boolean isComing() {
        return leader != null;
    }

    /** The prompt's positions, where they are held. */
    @Nullable
    Sequence sequence() {
        return sequence;
    }

    /** {@code track} was admitted and has to compute the prompt: others that wait will wait for it. */
    void follow(Track track) {
        if (waiting > 0 && key.prompt().length > 1) {
            leader = track;
        }
    }

    boolean isLedBy(Track track) {
        return leader == track;
    }

    /** {@code track} runs no more. */
    void forget(Track track) {
        if (leader == track) {
            leader = null;
        }
    }

    /** The leader has computed all but the last token: its pages are held by {@code empty} while somebody waits. */
    void hold(Track track, Sequence empty) {
        leader = null;
        if (waiting > 0) {
            empty.beginWith(track.sequence(), key.prompt().length - 1);
            sequence = empty;
        }
    }

    /** Gives the pages back; whoever comes next computes the prompt again. */
    void evict() {
        if (sequence != null) {
            sequence.close();
            sequence = null;
        }
    }
}
