package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.call.CallListener;
import dev.jerboa.engine.chat.call.CallParser;
import dev.jerboa.engine.chat.call.HarmonyParser;
import dev.jerboa.engine.chat.call.Marker;
import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import dev.jerboa.engine.chat.tool.ToolFormat;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Separates a reply's thinking, answer and tool calls while the text streams, and ends the answer at a stop string.
 *
 * <p>Thinking is recognised at the beginning of a reply only (an answer may speak of the marks), after white space, or from
 * the first character where the prompt opened the block. White space around the thinking, and between it and the answer, is
 * dropped; an answer without thinking is left as it is. Tool calls are looked for where tools are offered, and in the answer
 * only; {@link CallParser} says what becomes of malformed ones. The result does not depend on how the text is cut. One thread.
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
    /** What begins a call even inside the thinking, which some models forget to close. */
    private final @Nullable Marker callMark;

    private final @Nullable HarmonyParser harmony;
    private final @Nullable CallParser calls;
    private final Answer answer;
    private final ReplyListener out;
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder answerPiece = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private boolean thought;
    private Place place;

    /**
     * The parser of a reply without tools.
     *
     * @param format how the model marks thinking, or null where everything is answer
     * @param opened whether the prompt already opened the thinking block
     * @param stops stop strings of the answer
     */
    public ReplyParser(@Nullable ReasoningFormat format, boolean opened, List<String> stops, ReplyListener out) {
        this(new ReplyFormat(format, ToolFormat.hermes()), opened, List.of(), stops, ToolCall::newId, out);
    }

    /**
     * @param opened whether the prompt already opened the thinking block
     * @param tools the tools that the model was offered
     * @param stops stop strings of the answer
     * @param ids makes ids for calls that have none of their own
     */
    public ReplyParser(
            ReplyFormat format,
            boolean opened,
            List<ToolDefinition> tools,
            List<String> stops,
            Supplier<String> ids,
            ReplyListener out) {
        ReasoningFormat thinking = format.reasoning();
        this.opened = opened && thinking != null;
        this.open = thinking == null ? null : new Marker(thinking.open());
        this.close = thinking == null ? null : new Marker(thinking.close());
        this.callMark = tools.isEmpty() ? null : specialMark(format.tools());
        this.out = out;
        this.answer = new Answer(stops, out);
        List<String> wrappers = thinking == null ? List.of() : thinking.wrappers();
        this.harmony = format.isHarmony() ? new HarmonyParser(tools, ids, answer, out::reasoning) : null;
        this.calls = format.isHarmony() || (tools.isEmpty() && wrappers.isEmpty())
                ? null
                : new CallParser(format.tools(), tools, wrappers, ids, answer);
        this.place = thinking == null ? Place.ANSWER : Place.START;
    }

    /** The format's opening mark, where it is a special token that a model does not write when it merely speaks of calls. */
    private static @Nullable Marker specialMark(ToolFormat format) {
        for (String trigger : format.triggers()) {
            if (trigger.startsWith("<|") || trigger.startsWith("<｜")) {
                return new Marker(trigger);
            }
        }
        return null;
    }

    /** Takes a piece of text; tells the listener what is certain. */
    public void accept(CharSequence piece) {
        if (harmony != null) {
            harmony.accept(piece);
            return;
        }
        answerPiece.setLength(0);
        int i = 0;
        while (i < piece.length() && place != Place.ANSWER) {
            step(piece.charAt(i++));
        }
        answerPiece.append(piece, i, piece.length());
        flushReasoning();
        passAnswer(answerPiece);
    }

    /** The text ends here: tells the listener what was held back. */
    public void finish() {
        if (harmony != null) {
            harmony.finish();
        } else {
            finishThinking();
            if (calls != null) {
                calls.finish();
            }
        }
        answer.finish();
    }

    private void finishThinking() {
        switch (place) {
            case START -> {
                if (opened) {
                    reasoning.append(held.toString().strip());
                } else {
                    passAnswer(held);
                }
            }
            case THINKING -> reasoning.append(held.toString().stripTrailing());
            case AFTER, ANSWER -> {}
        }
        held.setLength(0);
        flushReasoning();
    }

    private void flushReasoning() {
        if (!reasoning.isEmpty()) {
            out.reasoning(reasoning);
            reasoning.setLength(0);
        }
    }

    private void passAnswer(CharSequence text) {
        if (text.isEmpty()) {
            return;
        }
        if (calls != null) {
            calls.accept(text);
        } else {
            answer.answer(text);
        }
    }

    /** The stop string that ended the answer, or null. */
    public @Nullable String stop() {
        return answer.stops.found();
    }

    /** Whether the text so far ends inside the thinking. */
    public boolean thinking() {
        if (harmony != null) {
            return harmony.thinking();
        }
        return place == Place.THINKING || (place == Place.START && opened);
    }

    private void step(char c) {
        switch (place) {
            case START -> start(c);
            case THINKING -> think(c);
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
    private void start(char c) {
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
                step(text.charAt(i));
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
    private void think(char c) {
        Marker mark = present(close);
        held.append(c);
        if (mark.accept(c)) {
            endThinking(mark, Place.AFTER);
            return;
        }
        int longest = mark.matched();
        if (callMark != null) {
            if (callMark.accept(c)) {
                endThinking(callMark, Place.ANSWER);
                answerPiece.append(callMark.text());
                return;
            }
            longest = Math.max(longest, callMark.matched());
        }
        int certain = held.length() - longest;
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

    private void endThinking(Marker mark, Place next) {
        held.setLength(held.length() - mark.text().length());
        reasoning.append(held.toString().stripTrailing());
        held.setLength(0);
        place = next;
    }

    private static Marker present(@Nullable Marker mark) {
        if (mark == null) {
            throw new AssertionError("no reasoning format");
        }
        return mark;
    }

    /** The answer on its way to the listener: ends at a stop string, after which nothing comes any more. */
    private static final class Answer implements CallListener {
        private final StopStrings stops;
        private final ReplyListener out;
        private final StringBuilder certain = new StringBuilder();

        Answer(List<String> stops, ReplyListener out) {
            this.stops = new StopStrings(stops);
            this.out = out;
        }

        @Override
        public void answer(CharSequence text) {
            stops.accept(text, certain);
            flush();
        }

        @Override
        public void callStarted(int index, String id, String name) {
            finish();
            if (stops.found() == null) {
                out.callStarted(index, id, name);
            }
        }

        @Override
        public void callArguments(int index, CharSequence json) {
            if (stops.found() == null) {
                out.callArguments(index, json);
            }
        }

        @Override
        public void callFinished(int index, boolean whole) {
            if (stops.found() == null) {
                out.callFinished(index, whole);
            }
        }

        /** What was held back is text; a call or the end follows. */
        void finish() {
            stops.finish(certain);
            flush();
        }

        private void flush() {
            if (!certain.isEmpty()) {
                out.answer(certain);
                certain.setLength(0);
            }
        }
    }
}
