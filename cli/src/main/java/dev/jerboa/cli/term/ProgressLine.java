package dev.jerboa.cli.term;

/**
 * One line on stderr that shows how far long work is, redrawn in place and erased at the end; nothing where stderr is no
 * terminal, and nothing in the first half second. One thread.
 */
public final class ProgressLine implements AutoCloseable {
    private static final long DELAY_NANOS = 500_000_000;
    private static final long INTERVAL_NANOS = 100_000_000;
    private static final int BAR = 24;

    private final Console console;
    private final String what;
    private final long start = System.nanoTime();
    private long drawn;
    private boolean visible;

    public ProgressLine(Console console, String what) {
        this.console = console;
        this.what = what;
    }

    /** {@code done} of {@code total} units are finished. */
    public void at(long done, long total) {
        at(done, total, done + "/" + total);
    }

    /** {@code done} of {@code total} units are finished, which {@code words} say. */
    public void at(long done, long total, String words) {
        long now = System.nanoTime();
        if (!console.errIsTerminal() || now - start < DELAY_NANOS || (visible && now - drawn < INTERVAL_NANOS)) {
            return;
        }
        drawn = now;
        visible = true;
        int filled = total <= 0 ? 0 : (int) Math.min(BAR, BAR * done / total);
        console.err()
                .print("\r" + what + " [" + "#".repeat(filled) + "·".repeat(BAR - filled) + "] " + words + "\u001b[K");
        console.err().flush();
    }

    /** Erases the line. */
    @Override
    public void close() {
        if (visible) {
            console.err().print("\r\u001b[K");
            console.err().flush();
            visible = false;
        }
    }
}
