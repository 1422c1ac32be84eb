package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.cli.term.ProgressLine;
import dev.jerboa.hub.PullProgress;
import java.time.Duration;
import java.util.Locale;

/** A line that shows how far a pull is, how fast, and how long it will take. */
final class PullLine implements PullProgress, AutoCloseable {
    /** The rate is that of about the last so many seconds. */
    private static final double MEMORY_SECONDS = 10;

    private final Console console;
    private final ProgressLine line;
    private long total;
    private long there;
    private long atStart;
    private long start = System.nanoTime();
    private long last = start;
    private double bytesPerSecond;
    private int files;
    private int finished;

    PullLine(Console console) {
        this.console = console;
        this.line = new ProgressLine(console, "pulling");
    }

    @Override
    public void begins(int count, long bytes, long here) {
        files = count;
        total = bytes;
        there = here;
        atStart = here;
        start = System.nanoTime();
        last = start;
        if (here > 0 && bytes > here) {
            console.say("jerboa: going on after " + Sizes.of(here) + " that had come before");
        }
    }

    @Override
    public void came(long bytes) {
        there += bytes;
        long now = System.nanoTime();
        double seconds = (now - last) / 1e9;
        if (seconds > 0) {
            double weight = 1 - Math.exp(-seconds / MEMORY_SECONDS);
            double average = (there - atStart) / Math.max(1e-3, (now - start) / 1e9);
            bytesPerSecond = (now - start) / 1e9 < MEMORY_SECONDS
                    ? average
                    : bytesPerSecond + weight * (bytes / seconds - bytesPerSecond);
            last = now;
        }
        line.at(there, total, words());
    }

    private String words() {
        String left = bytesPerSecond < 1 ? "" : ", " + time((long) ((total - there) / bytesPerSecond)) + " left";
        return Sizes.of(there) + " of " + Sizes.of(total) + ", " + Sizes.of((long) bytesPerSecond) + "/s" + left;
    }

    private static String time(long seconds) {
        Duration time = Duration.ofSeconds(seconds);
        return time.toHours() > 0
                ? String.format(
                        Locale.ROOT, "%d:%02d:%02d h", time.toHours(), time.toMinutesPart(), time.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d min", time.toMinutes(), time.toSecondsPart());
    }

    @Override
    public void lost(long bytes) {
        there -= bytes;
        console.say("jerboa: a file was damaged on the way and is fetched again");
    }

    @Override
    public void verifies(String file, long bytes) {
        line.at(there, total, "verifying " + file);
    }

    @Override
    public void finished(String file) {
        finished++;
    }

    @Override
    public void close() {
        line.close();
        long came = there - atStart;
        if (finished == files && came > 0) {
            double seconds = Math.max(1e-3, (System.nanoTime() - start) / 1e9);
            console.say(String.format(Locale.ROOT, "jerboa: %s in %.1f s, verified", Sizes.of(came), seconds));
        }
    }
}
