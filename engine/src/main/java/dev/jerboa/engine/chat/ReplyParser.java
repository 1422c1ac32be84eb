package dev.jerboa.engine.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Separates a reply's thinking from its answer while the text streams, and ends the answer at a stop string.
 *
 * <p>Thinking is recognised at the beginning of a reply only (an answer may speak of the marks), after white space, or from
 * the first character where the prompt opened the block. White space around the thinking, and between it and the answer, is
 * dropped; an answer without thinking is left as it is. The result does not depend on how the text is cut. One thread.
 */
public final class ReplyParser {
    private enum Place {
        START,
        THINKING,
        AFTER,
        ANSWER
    }

    private final boolean opened;
    private final @Nullable Marker open;
    private final @Nullable Marker close;
    private final StopStrings stops;
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder answerPiece = new StringBuilder();
    private boolean thought;
    private Place place;

    /**
     * @param format how the model marks thinking, or null where everything is answer
     * @param opened whether the prompt already opened the thinking block
     * @param stops stop strings of the answer
     */
    public ReplyParser(@Nullable ReasoningFormat format, boolean opened, List<String> stops) {
        this.opened = opened && format != null;
        this.open = format == null ? null : new Marker(format.open());
        this.close = format == null ? null : new Marker(format.close());
        this.stops = new StopStrings(stops);
        this.place = format == null ? Place.ANSWER : Place.START;
    }

    /** Takes a piece of text; appends what is certain to {@code answer} and {@code reasoning}. */
    public void accept(CharSequence piece, StringBuilder answer, StringBuilder reasoning) {
        answerPiece.setLength(0);
        int i = 0;
        while (i < piece.length() && place != Place.ANSWER) {
            step(piece.charAt(i++), reasoning);
        }
        answerPiece.append(piece, i, piece.length());
        stops.accept(answerPiece, answer);
    }

    /** The text ends here: appends what was held back. */
    public void finish(StringBuilder answer, StringBuilder reasoning) {
        switch (place) {
            case START -> {
                if (opened) {
                    reasoning.append(held.toString().strip());
                } else {
                    stops.accept(held, answer);
                }
            }
            case THINKING -> reasoning.append(held.toString().stripTrailing());
            case AFTER, ANSWER -> {}
        }
        held.setLength(0);
        stops.finish(answer);
    }

    /** The stop string that ended the answer, or null. */
    public @Nullable String stop() {
        return stops.found();
    }

    /** Whether the text so far ends inside the thinking. */
    public boolean thinking() {
        return place == Place.THINKING || (place == Place.START && opened);
    }

    private void step(char c, StringBuilder reasoning) {
        switch (place) {
            case START -> start(c, reasoning);
            case THINKING -> think(c, reasoning);
            case AFTER -> {
                if (!Character.isWhitespace(c)) {
                    place = Place.ANSWER;
                    answerPiece.append(c);
                }
            }
            case ANSWER -> answerPiece.append(c);
        }
    }

    /** At the beginning: white space, then perhaps the opening mark. */
    private void start(char c, StringBuilder reasoning) {
        Marker mark = present(open);
        held.append(c);
        boolean complete = mark.accept(c);
        if (complete) {
            held.setLength(0);
            place = Place.THINKING;
        } else if (mark.matched() < held.length() - leadingWhitespace()) {
            place = opened ? Place.THINKING : Place.ANSWER;
            String text = held.toString();
            held.setLength(0);
            for (int i = 0; i < text.length(); i++) {
                step(text.charAt(i), reasoning);
            }
        }
    }

    private int leadingWhitespace() {
        int i = 0;
        while (i < held.length() && Character.isWhitespace(held.charAt(i))) {
            i++;
        }
        return i;
    }

    /** Inside the thinking: holds back what may be the closing mark, and white space that may be the thinking's end. */
    private void think(char c, StringBuilder reasoning) {
        Marker mark = present(close);
        held.append(c);
        if (mark.accept(c)) {
            held.setLength(held.length() - mark.text().length());
            reasoning.append(held.toString().stripTrailing());
            held.setLength(0);
            place = Place.AFTER;
            return;
        }
        int certain = held.length() - mark.matched();
        while (certain > 0 && Character.isWhitespace(held.charAt(certain - 1))) {
            certain--;
        }
        if (certain > 0) {
            int from = 0;
            while (!thought && from < certain && Character.isWhitespace(held.charAt(from))) {
                from++;
            }
            thought = true;
            reasoning.append(held, from, certain);
            held.delete(0, certain);
        }
    }

    private static Marker present(@Nullable Marker mark) {
        if (mark == null) {
            throw new AssertionError("no reasoning format");
        }
        return mark;
    }
}
