package dev.jerboa.gateway.dialect.reply;

import dev.jerboa.gateway.dialect.ReplyPiece;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts calls one after the other for forms in which the parts of one cannot come among those of another: a call is held back until the
 * arguments of the one before are whole. One choice, one thread.
 */
public final class CallOrder {
    /** What becomes of the calls. */
    public interface Calls {
        void begun(ReplyPiece.CallBegun call);

        void arguments(String json);
    }

    private static final class Pending {
        private final ReplyPiece.CallBegun call;
        private final StringBuilder arguments = new StringBuilder();
        private int told;
        /** Where what has come of the arguments ends, as JSON: how deep, and whether within a text. */
        private int depth;

        private boolean begun;
        private boolean inText;
        private boolean escaped;

        Pending(ReplyPiece.CallBegun call) {
            this.call = call;
        }

        void take(String json) {
            arguments.append(json);
            for (int i = 0; i < json.length(); i++) {
                see(json.charAt(i));
            }
        }

        private void see(char c) {
            begun |= c > ' ';
            if (inText) {
                inText = escaped || c != '"';
                escaped = !escaped && c == '\\';
            } else if (c == '"') {
                inText = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            }
        }

        boolean isWhole() {
            return begun && depth <= 0 && !inText;
        }
    }

    private final List<Pending> pending = new ArrayList<>();
    private final Calls calls;

    public CallOrder(Calls calls) {
        this.calls = calls;
    }

    public void take(ReplyPiece.CallBegun call) {
        pending.add(new Pending(call));
        if (pending.size() == 1) {
            calls.begun(call);
        } else {
            advance();
        }
    }

    public void take(ReplyPiece.CallArguments piece) {
        for (Pending one : pending) {
            if (one.call.index() == piece.index()) {
                one.take(piece.json());
                tell();
                advance();
                return;
            }
        }
    }

    private void tell() {
        Pending first = pending.getFirst();
        if (first.told < first.arguments.length()) {
            calls.arguments(first.arguments.substring(first.told));
            first.told = first.arguments.length();
        }
    }

    private void advance() {
        while (pending.size() > 1 && pending.getFirst().isWhole()) {
            next();
        }
    }

    private void next() {
        pending.removeFirst();
        calls.begun(pending.getFirst().call);
        tell();
    }

    /** Nothing more comes: gives what was held back. */
    public void end() {
        while (pending.size() > 1) {
            next();
        }
        pending.clear();
    }
}
