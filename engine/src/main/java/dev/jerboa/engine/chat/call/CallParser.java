package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.Part;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import dev.jerboa.engine.chat.tool.ToolFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Separates an answer's text from the tool calls in it while it streams. The events do not depend on how the text is cut. One
 * thread.
 *
 * <p>White space around calls is dropped. What begins like a call and is none, is text. A call whose arguments go wrong after
 * it was announced ends there, incomplete, and what follows is text. Closing marks may be missing.
 *
 * <p>Memory is bounded: held back are the beginning of a mark, a name, white space, and the value of a parameter that may be
 * something else than a string, each up to a limit.
 */
public final class CallParser {
    /** The most white space that waits for what comes after it. */
    private static final int MAX_SPACE = 1024;

    /** The most text that may turn out to be no call. */
    private static final int MAX_UNCERTAIN = 128 << 10;

    private enum Place {
        TEXT,
        OPEN,
        CALL,
        BETWEEN,
        CLOSE
    }

    private final ToolFormat format;
    private final CallListener out;
    private final RunningCall call;
    private final List<Marker> triggers = new ArrayList<>();
    /** Texts that are dropped wherever they come. */
    private final List<Marker> noise;

    private final boolean section;
    private final StringBuilder input = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder uncertain = new StringBuilder();
    private int read;
    private int space;
    private boolean begun;
    private boolean afterCall;
    private Place place = Place.TEXT;
    private int part;
    private @Nullable PartReader reader;

    /**
     * @param tools the tools that the model was offered
     * @param noise texts of the answer that mean nothing
     * @param ids makes ids for calls whose format has none
     */
    public CallParser(
            ToolFormat format, List<ToolDefinition> tools, List<String> noise, Supplier<String> ids, CallListener out) {
        this.format = format;
        this.out = out;
        Map<String, ToolDefinition> byName = new HashMap<>();
        tools.forEach(tool -> byName.put(tool.name(), tool));
        boolean knownOnly = format.layout() == ToolFormat.Layout.BARE;
        this.call = new RunningCall(byName, ids, out, knownOnly, this::flushText);
        if (!tools.isEmpty()) {
            format.triggers().forEach(trigger -> triggers.add(new Marker(trigger)));
        }
        this.noise = noise.stream().map(Marker::new).toList();
        this.begun = !knownOnly || tools.isEmpty();
        this.section = knownOnly || !format.close().isEmpty();
    }

    /** Takes a piece of the answer. */
    public void accept(CharSequence piece) {
        for (int i = 0; i < piece.length(); i++) {
            input.append(piece.charAt(i));
            readInput();
        }
        flushText();
        call.flush();
    }

    /** The answer ends here. */
    public void finish() {
        switch (place) {
            case TEXT -> {
                if (!afterCall || space < held.length()) {
                    text.append(held);
                }
            }
            case OPEN -> text.append(uncertain);
            case CALL -> finishCall();
            case BETWEEN, CLOSE -> {}
        }
        held.setLength(0);
        flushText();
    }

    /** The text ended inside a call. */
    private void finishCall() {
        if (call.awaitsEnd() && call.known()) {
            call.closed();
        }
        if (call.started()) {
            call.finish();
        } else {
            text.append(uncertain);
        }
    }

    private void flushText() {
        if (!text.isEmpty()) {
            out.answer(text);
            text.setLength(0);
        }
    }

    private void readInput() {
        while (read < input.length()) {
            char c = input.charAt(read++);
            switch (place) {
                case TEXT -> text(c);
                case OPEN, CALL, CLOSE -> inPart(c);
                case BETWEEN -> between(c);
            }
        }
        input.setLength(0);
        read = 0;
    }

    /** Reads these characters again, before what comes next. */
    private void again(CharSequence characters) {
        input.insert(read, characters);
    }

    private void again(char c) {
        input.insert(read, c);
    }

    // Text between calls.

    private void text(char c) {
        boolean white = Character.isWhitespace(c);
        if (!begun && !white) {
            begun = true;
            if (beginsBare(c)) {
                return;
            }
        }
        held.append(c);
        int longest = 0;
        for (Marker marker : noise) {
            if (marker.accept(c)) {
                dropNoise(marker);
                return;
            }
            longest = Math.max(longest, marker.matched());
        }
        for (int i = 0; i < triggers.size(); i++) {
            Marker marker = triggers.get(i);
            if (marker.accept(c)) {
                begin(i == 0 && !format.open().isEmpty() ? Place.OPEN : Place.CALL, 1);
                return;
            }
            longest = Math.max(longest, marker.matched());
        }
        if (white && longest == 0 && space == held.length() - 1 && space < MAX_SPACE) {
            space++;
            return;
        }
        release(longest);
    }

    /** Hands on what is held back but for {@code longest} characters that may begin a mark, and white space before them. */
    private void release(int longest) {
        int certain = held.length() - longest;
        if (certain > space || space >= MAX_SPACE) {
            int keep = certain;
            while (space < MAX_SPACE && keep > 0 && Character.isWhitespace(held.charAt(keep - 1))) {
                keep--;
            }
            text.append(held, 0, keep);
            held.delete(0, keep);
            space = certain - keep;
            afterCall = false;
        }
    }

    private void dropNoise(Marker marker) {
        held.setLength(held.length() - marker.text().length());
        space = Math.min(space, held.length());
        resetMarkers();
        release(0);
    }

    private void resetMarkers() {
        triggers.forEach(Marker::reset);
        noise.forEach(Marker::reset);
    }

    /** At the beginning of the answer: whether a call without a mark begins with this character. */
    private boolean beginsBare(char c) {
        boolean list = !format.open().isEmpty()
                && format.open().getFirst() instanceof Part.Lit(String open)
                && open.length() == 1
                && open.charAt(0) == c;
        if (list) {
            held.append(c);
            begin(Place.OPEN, 1);
            return true;
        }
        if (c == '{' && format.call().getFirst() instanceof Part.JsonCall) {
            begin(Place.CALL, 0);
            again(c);
            return true;
        }
        return false;
    }

    private void begin(Place where, int from) {
        uncertain.append(held);
        held.setLength(0);
        space = 0;
        resetMarkers();
        begun = true;
        if (where == Place.CALL) {
            call.reset();
        }
        enter(where, from);
    }

    // Parts of a call or of what is around calls.

    private List<Part> parts() {
        return switch (place) {
            case OPEN -> format.open();
            case CLOSE -> format.close();
            default -> format.call();
        };
    }

    private void enter(Place where, int from) {
        place = where;
        part = from;
        reader = null;
        if (part == parts().size()) {
            endOfParts();
        }
    }

    private void inPart(char c) {
        PartReader current = reader;
        if (current == null) {
            current = PartReader.of(parts().get(part), call);
            reader = current;
        }
        boolean certain = (call.started() && place == Place.CALL) || place == Place.CLOSE;
        switch (current.accept(c)) {
            case MORE -> consumed(c, certain);
            case DONE -> {
                consumed(c, certain);
                if (current instanceof FixedReader && place == Place.CALL) {
                    call.closed();
                }
                nextPart();
            }
            case BEFORE -> {
                String unread = unread(current, certain);
                nextPart();
                again(unread + c);
            }
            case FAIL -> failed(current, c, certain);
        }
    }

    private void consumed(char c, boolean certain) {
        if (!certain && !(place == Place.CALL && call.started())) {
            uncertain.append(c);
            if (uncertain.length() > MAX_UNCERTAIN) {
                noCall("");
            }
        } else {
            uncertain.setLength(0);
        }
    }

    private String unread(PartReader current, boolean certain) {
        String unread = current.unread();
        if (!certain && uncertain.length() >= unread.length()) {
            uncertain.setLength(uncertain.length() - unread.length());
        }
        return unread;
    }

    private void failed(PartReader current, char c, boolean certain) {
        boolean closing = place == Place.CLOSE || (place == Place.CALL && call.complete());
        if (closing && current instanceof FixedReader) {
            String unread = unread(current, true);
            nextPart(); // a closing mark that is missing
            again(unread + c);
            return;
        }
        if (place == Place.CALL && call.started()) {
            call.finish();
            again(current.unread() + c);
            toText();
            return;
        }
        String unread = unread(current, certain);
        noCall(unread + c);
    }

    /** What came since the mark is text; {@code rest} is read as text. */
    private void noCall(String rest) {
        text.append(uncertain);
        afterCall = false;
        again(rest);
        toText();
    }

    private void toText() {
        uncertain.setLength(0);
        held.setLength(0);
        space = 0;
        place = Place.TEXT;
        reader = null;
    }

    private void nextPart() {
        if (place == Place.TEXT) {
            return;
        }
        reader = null;
        if (++part == parts().size()) {
            endOfParts();
        }
    }

    private void endOfParts() {
        switch (place) {
            case OPEN -> {
                call.reset();
                enter(Place.CALL, 0);
            }
            case CALL -> {
                if (!call.started()) {
                    noCall("");
                    return;
                }
                call.finish();
                afterCall = true;
                if (section) {
                    place = Place.BETWEEN;
                    held.setLength(0);
                    uncertain.setLength(0);
                } else {
                    toText();
                }
            }
            default -> toText();
        }
    }

    // Between the calls of a section: the next call, the section's end, or neither.

    private void between(char c) {
        if (held.isEmpty() && Character.isWhitespace(c)) {
            return;
        }
        held.append(c);
        String seen = held.toString();
        if (!format.between().isEmpty() && seen.equals(format.between())) {
            held.setLength(0);
        } else if (seen.equals(first(format.call()))) {
            begin(Place.CALL, 1);
        } else if (seen.equals(first(format.close()))) {
            held.setLength(0);
            enter(Place.CLOSE, 1);
        } else if (!begins(first(format.call()), seen) && !begins(first(format.close()), seen)) {
            held.setLength(0);
            if (seen.length() == 1 && beginsUnmarked(c)) {
                begin(Place.CALL, 0);
                again(c);
            } else {
                toText();
                again(seen);
            }
        }
    }

    private boolean beginsUnmarked(char c) {
        return switch (format.call().getFirst()) {
            case Part.JsonCall json -> c == '{';
            case Part.KeyedCall json -> c == '{';
            case Part.Name name -> Character.isLetter(c) || c == '_';
            default -> false;
        };
    }

    private static String first(List<Part> parts) {
        return !parts.isEmpty() && parts.getFirst() instanceof Part.Lit(String text) ? text : "";
    }

    private static boolean begins(String text, String beginning) {
        return text.startsWith(beginning);
    }
}
