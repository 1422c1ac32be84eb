package dev.jerboa.engine.chat.call;

/** Reads a name up to white space or a {@code <}. */
final class WordReader implements PartReader {
    private final RunningCall call;
    private final StringBuilder name = new StringBuilder();

    WordReader(RunningCall call) {
        this.call = call;
    }

    @Override
    public Verdict accept(char c) {
        if (Character.isWhitespace(c) || c == '<') {
            return call.name(name.toString()) ? Verdict.BEFORE : Verdict.FAIL;
        }
        name.append(c);
        return name.length() > UntilReader.MAX_LENGTH ? Verdict.FAIL : Verdict.MORE;
    }
}
