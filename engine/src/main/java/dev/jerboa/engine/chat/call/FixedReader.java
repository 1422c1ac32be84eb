package dev.jerboa.engine.chat.call;

/** Reads a fixed text; where that is empty, white space. */
final class FixedReader implements PartReader {
    private final String text;
    private int at;

    FixedReader(String text) {
        this.text = text;
    }

    @Override
    public Verdict accept(char c) {
        if (text.isEmpty()) {
            return Character.isWhitespace(c) ? Verdict.MORE : Verdict.BEFORE;
        }
        if (c != text.charAt(at)) {
            return Verdict.FAIL;
        }
        return ++at == text.length() ? Verdict.DONE : Verdict.MORE;
    }

    @Override
    public String unread() {
        return text.substring(0, at);
    }
}
