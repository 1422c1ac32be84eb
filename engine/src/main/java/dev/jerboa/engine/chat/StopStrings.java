package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.call.Marker;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends a text at the first of several stop strings, also where one is spread over several pieces: what may be the beginning
 * of a stop string is held back until it is clear that it is none. The stop string that is complete first wins (of those
 * complete at the same character, the longest); it is not part of the text. One thread.
 */
public final class StopStrings {
    private final List<Marker> markers;
    private final StringBuilder held = new StringBuilder();
    private @Nullable String found;

    /** @param stops non-empty texts, perhaps none */
    public StopStrings(List<String> stops) {
        this.markers = stops.stream().map(Marker::new).toList();
    }

    /** Takes a piece of text; appends what is certain to be text to {@code out}. After a stop was found, takes nothing. */
    public void accept(CharSequence piece, StringBuilder out) {
        if (found != null) {
            return;
        }
        if (markers.isEmpty()) {
            out.append(piece);
            return;
        }
        for (int i = 0; i < piece.length(); i++) {
            char c = piece.charAt(i);
            held.append(c);
            Marker complete = null;
            for (Marker marker : markers) {
                if (marker.accept(c)
                        && (complete == null
                                || marker.text().length() > complete.text().length())) {
                    complete = marker;
                }
            }
            if (complete != null) {
                found = complete.text();
                out.append(held, 0, held.length() - complete.text().length());
                held.setLength(0);
                return;
            }
        }
        int keep = 0;
        for (Marker marker : markers) {
            keep = Math.max(keep, marker.matched());
        }
        out.append(held, 0, held.length() - keep);
        held.delete(0, held.length() - keep);
    }

    /** The text ends here, or is interrupted: what was held back is text after all. */
    public void finish(StringBuilder out) {
        out.append(held);
        markers.forEach(Marker::reset);
        held.setLength(0);
    }

    /** The stop string that ended the text, or null. */
    public @Nullable String found() {
        return found;
    }
}
