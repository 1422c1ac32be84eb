package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.ToolDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a reply in OpenAI's harmony format: messages of {@code <|start|>role header<|message|>body<|end|>}, of which the
 * prompt wrote the first {@code <|start|>assistant}. The header's recipient makes the body a call's arguments, its channel
 * {@code analysis} makes it thinking, and everything else is answer; messages of a kind are a paragraph each. One thread.
 */
public final class HarmonyParser {
    private static final int MAX_HEADER = 256;
    private static final String MESSAGE = "<|message|>";
    private static final String CHANNEL = "<|channel|>";
    private static final String START = "<|start|>";
    private static final List<String> ENDS = List.of("<|end|>", "<|return|>", "<|call|>");

    private enum Place {
        /** Before the reply's first mark. */
        FIRST,
        HEADER,
        THINKING,
        ANSWER,
        ARGUMENTS,
        /** After a message. */
        IDLE
    }

    private final boolean tools;
    private final CallListener out;
    private final Consumer<? super CharSequence> reasoning;
    private final RunningCall call;
    private final List<Marker> ends = ENDS.stream().map(Marker::new).toList();
    private final Marker start = new Marker(START);
    private final Marker channel = new Marker(CHANNEL);
    private final Marker message = new Marker(MESSAGE);
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder piece = new StringBuilder();
    private JsonArgumentsReader arguments;
    private Place place = Place.FIRST;
    private boolean analysis;
    private boolean answered;
    private boolean thought;
    private boolean paragraph;

    /**
     * @param offered the tools that the model was offered; without any, there are no calls
     * @param ids makes ids for calls
     * @param reasoning gets the thinking
     */
    public HarmonyParser(
            List<ToolDefinition> offered,
            Supplier<String> ids,
            CallListener out,
            Consumer<? super CharSequence> reasoning) {
        Map<String, ToolDefinition> byName = new HashMap<>();
        offered.forEach(tool -> byName.put(tool.name(), tool));
        this.tools = !offered.isEmpty();
        this.out = out;
        this.reasoning = reasoning;
        this.call = new RunningCall(byName, ids, out, false, () -> {});
        this.arguments = new JsonArgumentsReader(call);
    }

    /** Takes a piece of the reply. */
    public void accept(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            step(text.charAt(i));
        }
        flush();
        call.flush();
    }

    /** The reply ends here. */
    public void finish() {
        if (place == Place.ARGUMENTS && call.started()) {
            body(held.length());
            endBody();
        } else if (place != Place.HEADER && place != Place.IDLE) {
            body(held.length());
        }
        held.setLength(0);
        flush();
        place = Place.IDLE;
    }

    /** Whether the text so far ends inside the thinking, or nothing else has begun. */
    public boolean thinking() {
        return place == Place.THINKING || (!answered && place != Place.ANSWER && place != Place.ARGUMENTS);
    }

    private void step(char c) {
        held.append(c);
        boolean begins = start.accept(c);
        boolean hasChannel = channel.accept(c);
        boolean hasMessage = message.accept(c);
        int longest = Math.max(start.matched(), Math.max(channel.matched(), message.matched()));
        boolean ended = false;
        for (Marker end : ends) {
            ended |= end.accept(c);
            longest = Math.max(longest, end.matched());
        }
        if (place == Place.HEADER) {
            header(hasMessage, ended, longest);
        } else if (begins || hasChannel || hasMessage || ended) {
            mark(begins ? START : hasChannel ? CHANNEL : hasMessage ? MESSAGE : null, longest);
        } else {
            plain(longest);
        }
    }

    private void header(boolean complete, boolean ended, int longest) {
        if (complete) {
            route(held.toString());
        } else if (ended) {
            held.setLength(0);
            place = Place.IDLE;
        } else if (held.length() > MAX_HEADER) {
            begin(Place.ANSWER);
            int certain = held.length() - longest;
            body(certain);
            held.delete(0, certain);
        }
    }

    /** A mark outside a header: it ends the body, and perhaps begins a header. */
    private void mark(@Nullable String mark, int length) {
        held.setLength(held.length() - length);
        if (place != Place.FIRST) { // where what is held is a recipient, which stands before the channel
            body(held.length());
            endBody();
            held.setLength(0);
        }
        if (mark == null) {
            held.setLength(0);
            place = Place.IDLE;
            return;
        }
        place = Place.HEADER;
        held.append(mark);
        if (mark.equals(MESSAGE)) {
            route(held.toString());
        }
    }

    private void endBody() {
        if (place == Place.ARGUMENTS && call.started()) {
            call.finish();
        }
        flush();
    }

    /** Characters outside a header that are no mark, but for {@code longest} that may begin one. */
    private void plain(int longest) {
        if (place == Place.FIRST && mayBeRecipient()) {
            return;
        }
        if (place == Place.IDLE && held.toString().isBlank()) {
            held.setLength(0);
            return;
        }
        int certain = held.length() - longest;
        if (certain > 0) {
            if (place == Place.FIRST || place == Place.IDLE) {
                begin(Place.ANSWER);
            }
            body(certain);
            held.delete(0, certain);
        }
    }

    /** Whether the reply's first characters may be a header's beginning, {@code to=name}. */
    private boolean mayBeRecipient() {
        String text = held.toString().stripLeading();
        return held.length() <= MAX_HEADER && ("to=".startsWith(text) || text.startsWith("to="));
    }

    private void route(String header) {
        held.setLength(0);
        String recipient = word(header, "to=");
        analysis = word(header, CHANNEL).equals("analysis");
        boolean called = tools && !recipient.isEmpty() && !"assistant".equals(recipient) && !"user".equals(recipient);
        if (!called) {
            begin(analysis ? Place.THINKING : Place.ANSWER);
            return;
        }
        call.reset();
        call.name(recipient.startsWith("functions.") ? recipient.substring("functions.".length()) : recipient);
        arguments = new JsonArgumentsReader(call);
        place = Place.ARGUMENTS;
    }

    /** The word after {@code before}, or nothing. */
    private static String word(String header, String before) {
        int from = header.indexOf(before);
        if (from < 0) {
            return "";
        }
        int to = from + before.length();
        int end = to;
        while (end < header.length() && !Character.isWhitespace(header.charAt(end)) && header.charAt(end) != '<') {
            end++;
        }
        return header.substring(to, end);
    }

    private void begin(Place body) {
        flush();
        place = body;
        paragraph = body == Place.THINKING ? thought : answered;
    }

    /** The first of the held characters are a message's body. */
    private void body(int length) {
        for (int i = 0; i < length; i++) {
            char c = held.charAt(i);
            if (place == Place.ARGUMENTS) {
                argument(c);
            } else if (place == Place.THINKING || place == Place.ANSWER) {
                write(c);
            } else if (!Character.isWhitespace(c)) {
                begin(Place.ANSWER);
                write(c);
            }
        }
    }

    private void write(char c) {
        if (paragraph) {
            piece.append("\n\n");
            paragraph = false;
        }
        piece.append(c);
        thought |= place == Place.THINKING;
        answered |= place == Place.ANSWER;
    }

    private void argument(char c) {
        if (call.complete() && Character.isWhitespace(c)) {
            return;
        }
        boolean wrong = call.complete() || arguments.accept(c) == Verdict.FAIL;
        if (wrong) {
            if (call.started()) {
                call.finish();
            }
            begin(analysis && !call.started() ? Place.THINKING : Place.ANSWER);
            write(c);
        }
    }

    private void flush() {
        if (!piece.isEmpty()) {
            if (place == Place.THINKING) {
                reasoning.accept(piece);
            } else {
                out.answer(piece);
            }
            piece.setLength(0);
        }
    }
}
