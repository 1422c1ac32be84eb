package dev.jerboa.engine.chat.call;

/** Reads the arguments as a JSON object. */
final class JsonArgumentsReader implements PartReader {
    private final RunningCall call;
    private final JsonScanner scanner = new JsonScanner();
    private boolean begun;

    JsonArgumentsReader(RunningCall call) {
        this.call = call;
    }

    @Override
    public Verdict accept(char c) {
        if (!begun) {
            if (Character.isWhitespace(c)) {
                return Verdict.MORE;
            }
            if (c != '{') {
                return Verdict.FAIL;
            }
            begun = true;
        }
        Verdict verdict = forward(c, scanner, call);
        if (verdict == Verdict.DONE) {
            call.completeArguments();
        }
        return verdict;
    }

    /** Scans a character of the arguments and hands it on if it is fine. */
    static Verdict forward(char c, JsonScanner scanner, RunningCall call) {
        boolean inString = scanner.inString();
        Verdict verdict = scanner.accept(c);
        if (verdict == Verdict.MORE || verdict == Verdict.DONE) {
            boolean room = (inString && c < ' ') ? call.inString(String.valueOf(c), 0, 1) : call.json(c);
            return room ? verdict : Verdict.FAIL;
        }
        return verdict;
    }
}
