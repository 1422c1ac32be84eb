package dev.jerboa.bench.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Takes what is logged, instead of the console, until it is closed. Thread-safe. */
final class LogWatch extends Handler implements AutoCloseable {
    private final Logger root = Logger.getLogger("");
    private final List<Handler> others = List.of(root.getHandlers());
    private final Map<String, Integer> counts = new TreeMap<>();
    private final List<String> errors = new ArrayList<>();

    private LogWatch() {}

    static LogWatch open() {
        LogWatch watch = new LogWatch();
        watch.others.forEach(watch.root::removeHandler);
        watch.root.addHandler(watch);
        return watch;
    }

    @Override
    public synchronized void publish(LogRecord record) {
        if (record.getLevel().intValue() < Level.WARNING.intValue()) {
            return;
        }
        String line =
                record.getLevel() + " " + record.getLoggerName() + ": " + record.getMessage() + why(record.getThrown());
        // what differs from one to the next: ids of connections
        counts.merge(line.replaceAll("\\[0x[^\\]]*\\] ", ""), 1, Integer::sum);
        if (record.getLevel() == Level.SEVERE) {
            errors.add(line);
        }
    }

    private static String why(@Nullable Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null ? "" : " (" + cause + ")";
    }

    /** Lines of warnings and errors, and how often each. */
    synchronized Map<String, Integer> counts() {
        return Map.copyOf(counts);
    }

    /** What was logged as an error. */
    synchronized List<String> errors() {
        return List.copyOf(errors);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        root.removeHandler(this);
        others.forEach(root::addHandler);
    }
}
