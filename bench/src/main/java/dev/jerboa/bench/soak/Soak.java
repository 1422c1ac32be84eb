package dev.jerboa.bench.soak;

import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.schedule.SchedulerStatus;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.model.json.Json;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Random traffic on a server in this process.
 *
 * <pre>
 * Soak [key=value …]
 *   minutes=30    of traffic
 *   warmup=20     seconds of traffic before the first look at the process
 *   clients=24    at a time
 *   seed=1        of what they do
 * </pre>
 *
 * <p>Ends with 0 where every answer was that of a client alone, every mistake was told as one, nothing was logged as an error, and the
 * process is left as it was: all pages free, nothing under way, threads, files and memory back, with small allowances that the table
 * names.
 */
public final class Soak {
    private static final int MOST_BODY_BYTES = 1 << 20;
    private static final int IDLE_SECONDS = 60;
    /** Carriers of virtual threads, timers and the compiler come and go. */
    private static final int PLATFORM_THREADS = 6;

    private static final int VIRTUAL_THREADS = 2;
    private static final int FILES = 4;
    private static final long HEAP_BYTES = 16L << 20;
    /** Compiled code and what the allocator keeps. */
    private static final long OTHER_BYTES = 64L << 20;

    /**
     * How long, how many, and what.
     *
     * @param seconds of traffic after {@code warmupSeconds} of it
     */
    public record Settings(double seconds, double warmupSeconds, int clients, long seed) {}

    private final Settings settings;
    private final PrintStream out;
    private final LanguageModel model;
    private final JerboaServer server;
    private final List<Question> questions = Questions.all();
    private final Map<Question, String> alone = new HashMap<>();
    private final Tally tally = new Tally();
    private final List<String> wrongs = new ArrayList<>();

    private Soak(Settings settings, PrintStream out, LanguageModel model, JerboaServer server) {
        this.settings = settings;
        this.out = out;
        this.model = model;
        this.server = server;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> given = new HashMap<>();
        for (String arg : args) {
            String[] parts = arg.split("=", 2);
            given.put(parts[0], parts.length > 1 ? parts[1] : "");
        }
        Settings settings = new Settings(
                60 * Double.parseDouble(given.getOrDefault("minutes", "30")),
                Double.parseDouble(given.getOrDefault("warmup", "20")),
                Integer.parseInt(given.getOrDefault("clients", "24")),
                Long.parseLong(given.getOrDefault("seed", "1")));
        List<String> wrongs = run(settings, System.out);
        System.exit(wrongs.isEmpty() ? 0 : 1);
    }

    /** What went wrong; prints what was done and found. */
    public static List<String> run(Settings settings, PrintStream out) throws IOException, InterruptedException {
        LanguageModel model = InsideModel.open(OpenOptions.defaults()
                .withContextLength(512)
                .withCacheTokens(2048)
                .withMaxStepTokens(128)
                .withMaxSequences(10)
                .withMaxWaiting(12));
        Models models = new Models(List.of(new Served("inside", model, Instant.now(), List.of())));
        ServerOptions options = ServerOptions.defaults()
                .withPort(0)
                .withMostBodyBytes(MOST_BODY_BYTES)
                .withLongestReply(Duration.ofMinutes(2))
                .withStopping(Duration.ofSeconds(5));
        try (LogWatch log = LogWatch.open();
                JerboaServer server = JerboaServer.start(options, models)) {
            Soak soak = new Soak(settings, out, model, server);
            soak.run(log);
            return soak.wrongs;
        }
    }

    private void run(LogWatch log) throws IOException, InterruptedException {
        askAlone();
        traffic(settings.warmupSeconds, 1);
        awaitIdle();
        Footprint before = Footprint.take();
        long tokensBefore = model.status().pickedTokens();
        traffic(settings.seconds, 2);
        awaitIdle();
        Footprint after = Footprint.take();
        SchedulerStatus status = model.status();
        out.printf(
                Locale.ROOT,
                "%d questions, %d clients, %.0f s: %d visits, %d tokens, %d positions taken over, %d preemptions%n%n",
                questions.size(),
                settings.clients,
                settings.seconds,
                tally.total(),
                status.pickedTokens() - tokensBefore,
                status.sharedTokens(),
                status.preemptions());
        out.println(tally.table());
        compare(before, after);
        tally.wrongs().forEach(wrong -> out.println("WRONG " + wrong));
        if (tally.wrongCount() > 0) {
            wrongs.add(tally.wrongCount() + " visits went wrong, the first: "
                    + tally.wrongs().getFirst());
        }
        log.counts().forEach((line, count) -> out.println("LOG " + count + " x " + line));
        if (!log.errors().isEmpty()) {
            wrongs.add(log.errors().size() + " errors in the log, the first: "
                    + log.errors().getFirst());
        }
        out.println(wrongs.isEmpty() ? "all is well" : "NOT WELL: " + wrongs);
    }

    /** Twice, so that what is taken over from an earlier computation is known to say the same. */
    private void askAlone() throws IOException {
        for (int round = 0; round < 2; round++) {
            for (Question question : questions) {
                try (Connection connection = new Connection(server.port())) {
                    connection.send(question);
                    Response response = connection.receive();
                    if (response.status() != 200) {
                        throw new IOException(question.name() + " alone: " + response.status() + " " + response.text());
                    }
                    String said = Said.of(response);
                    String first = alone.putIfAbsent(question, said);
                    if (first != null && !first.equals(said)) {
                        wrongs.add(question.name() + " alone says " + first + " and then " + said);
                    }
                }
            }
        }
    }

    private void traffic(double seconds, int phase) throws InterruptedException {
        long end = Visitor.endAfter(seconds);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < settings.clients; i++) {
            long seed = (settings.seed * 31 + phase) * 1000 + i;
            clients.add(Thread.ofVirtual()
                    .start(new Visitor(server.port(), MOST_BODY_BYTES, questions, alone, seed, tally, end)));
        }
        for (Thread client : clients) {
            client.join();
        }
    }

    /** Nothing is under way and every page is free, within a minute. */
    private void awaitIdle() throws IOException, InterruptedException {
        String busy = busy();
        for (int i = 0; i < 20 * IDLE_SECONDS && !busy.isEmpty(); i++) {
            Thread.sleep(50);
            busy = busy();
        }
        if (!busy.isEmpty()) {
            wrongs.add("after " + IDLE_SECONDS + " s without clients there are still " + busy);
        }
        model.forget();
        for (int i = 0; i < 100 && model.status().keptTokens() > 0; i++) {
            Thread.sleep(10);
        }
        if (model.status().keptTokens() > 0) {
            wrongs.add(model.status().keptTokens() + " positions are kept although all were to be forgotten");
        }
    }

    private String busy() throws IOException {
        SchedulerStatus status = model.status();
        long inFlight;
        try (Connection connection = new Connection(server.port())) {
            connection.send(Question.get("/jerboa/status"));
            Object answer = Json.parse(connection.receive().text(), "status");
            Object requests = Json.asObject(answer, "status").get("requests");
            inFlight = ((Number) Objects.requireNonNull(
                            Json.asObject(requests, "requests").get("in_flight")))
                    .longValue();
        }
        boolean idle = status.running() == 0
                && status.waiting() == 0
                && inFlight == 0
                && status.freeTokens() == status.cacheTokens();
        return idle
                ? ""
                : status.running() + " replies running, " + status.waiting() + " waiting, " + inFlight
                        + " requests under way, " + (status.cacheTokens() - status.freeTokens()) + " positions held";
    }

    private void compare(Footprint before, Footprint after) {
        out.printf("%-32s %12s %12s %12s%n", "left behind", "before", "after", "at most more");
        SchedulerStatus status = model.status();
        row("cache positions held", 0, status.cacheTokens() - status.freeTokens(), 0);
        row("platform threads", before.platformThreads(), after.platformThreads(), PLATFORM_THREADS);
        row("virtual threads", before.virtualThreads(), after.virtualThreads(), VIRTUAL_THREADS);
        row("open files", before.files(), after.files(), FILES);
        row("heap, KB", before.heapBytes() >> 10, after.heapBytes() >> 10, HEAP_BYTES >> 10);
        row("other memory, KB", before.otherBytes() >> 10, after.otherBytes() >> 10, OTHER_BYTES >> 10);
        after.grown(before, 8).forEach(out::println);
        out.println();
    }

    private void row(String what, long before, long after, long more) {
        out.printf("%-32s %12d %12d %12d%n", what, before, after, more);
        if (after > before + more) {
            wrongs.add(what + ": " + after + " after " + before + ", at most " + more + " more is allowed");
        }
    }
}
