package dev.jerboa.bench.gateway;

import dev.jerboa.testkit.upstream.MockUpstream;
import dev.jerboa.testkit.upstream.Script;
import dev.jerboa.testkit.upstream.Served;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongBiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the gateway adds, as {@code ./jerboa serve --config} is: {@code GatewayBenchmark [rate=500] [seconds=20] [streams=1000]
 * [heap=256m] [bytes=1000] [start=0] [warm=40] [rounds=1] [only=whole|streams] [jvm=FLAGS] [launcher=./jerboa]}.
 * Requests come at their times whether earlier ones have ended or not. The stand-in is asked without the gateway too: what sockets and
 * clients take by themselves. {@code start}: this many seconds of the process's first requests, told by tens.
 */
public final class GatewayBenchmark {
    private static final String KEY = "sk-bench-key-of-the-benchmark-0123456789";
    private static final Pattern ID = Pattern.compile("request-([0-9]+)");
    private static final Pattern LISTENING = Pattern.compile("listening on http://[^ ]+:([0-9]+)");
    private static final int TICKS_A_SECOND = 100; // of Linux's accounting of processes

    private final Map<String, String> options;
    private final MockUpstream mock;
    private final Process host;
    private final int port;
    private final Deque<AskingClient> resting = new ConcurrentLinkedDeque<>();
    private volatile Script script = Script.answer();

    private GatewayBenchmark(Map<String, String> options, Path folder) throws IOException {
        this.options = options;
        mock = new MockUpstream(incoming -> script);
        Path file = Files.writeString(folder.resolve("gateway.yaml"), config());
        host = start(file);
        BufferedReader out = new BufferedReader(new InputStreamReader(host.getInputStream(), StandardCharsets.UTF_8));
        port = listening(out);
        Thread.ofVirtual().start(() -> out.lines().forEach(line -> System.out.println("  " + line)));
    }

    /** The port of a gateway that has begun to listen; what else it says is printed. */
    private static int listening(BufferedReader out) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher at = LISTENING.matcher(line);
            if (at.find()) {
                return Integer.parseInt(at.group(1));
            }
            System.out.println("  " + line);
        }
        throw new IllegalStateException("the gateway did not start");
    }

    private String config() {
        return """
                store: {url: ledger.db}
                journal: {folder: journal}
                catalogue:
                  shipped: false
                  labs: {lab: {name: Lab, country: FR}}
                  models: {lab/one: {name: One, openness: open-weight, context: 100000}}
                  providers: {p: {name: P, country: US, dialect: openai, base: "%s", secrets: "env:UPSTREAM"}}
                  endpoints: {"p:lab/one": {max_output: 1000, prices: [{input: 1, cache_read: 0.1, output: 4}]}}
                keys: {required: true, declared: {bench: {account: us, secret: "env:KEY"}}}
                accounts: {us: {name: Us, country: FR}}
                budgets: [{account: us, dollars: 1000000, period: total}, {key: bench, dollars: 1000000, period: day}]
                """.formatted(mock.base());
    }

    private Process start(Path file) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                options.getOrDefault("launcher", "./jerboa"), "serve", "--config", file.toString(), "--port", "0"));
        if (options.containsKey("rehearse")) {
            command.addAll(List.of("--rehearse", String.valueOf(number("rehearse", 0))));
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        String flags = "-Xmx" + options.getOrDefault("heap", "256m") + " " + options.getOrDefault("jvm", "");
        builder.environment()
                .putAll(Map.of("KEY", KEY, "UPSTREAM", "upstream-key", "JERBOA_JVM_OPTIONS", flags.trim()));
        return builder.redirectErrorStream(true).start();
    }

    private int number(String name, int otherwise) {
        return Integer.parseInt(options.getOrDefault(name, String.valueOf(otherwise)));
    }

    private String body(int id, boolean stream) {
        String padding = "x".repeat(Math.max(0, number("bytes", 1000) - 150));
        return "{\"model\": \"lab/one\", \"stream\": " + stream
                + ", \"max_tokens\": 100, \"messages\": [{\"role\": \"user\", \"content\": \"request-" + id + " "
                + padding + "\"}]}";
    }

    /** Seconds of processor time that the gateway's process has had. */
    private double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + host.pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / (double) TICKS_A_SECOND;
    }

    /** The same by kind of thread: threads whose names are alike but for numbers are one kind. */
    private Map<String, Double> cpuByThread() throws IOException {
        Map<String, Double> seconds = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + host.pid() + "/task"))) {
            for (Path task : tasks.toList()) {
                try {
                    String stat = Files.readString(task.resolve("stat"));
                    int end = stat.lastIndexOf(')');
                    String name = stat.substring(stat.indexOf('(') + 1, end).replaceAll("[0-9#-]+$", "");
                    String[] fields = stat.substring(end + 2).split(" ");
                    seconds.merge(
                            name,
                            (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / (double) TICKS_A_SECOND,
                            Double::sum);
                } catch (NoSuchFileException e) {
                    // it has ended
                }
            }
        }
        return seconds;
    }

    /** What kinds of threads had between two readings, in microseconds a request, the most first. */
    private static String shares(Map<String, Double> before, Map<String, Double> after, int requests) {
        Map<String, Long> micros = new HashMap<>();
        after.forEach((name, seconds) ->
                micros.put(name, Math.round((seconds - before.getOrDefault(name, 0.0)) * 1e6 / requests)));
        return micros.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    private long residentKilobytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + host.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0);
        }
    }

    /** Asks at a rate, and says what the gateway added. */
    private void rate(String what, int rate, int seconds, boolean stream, boolean tells)
            throws IOException, InterruptedException {
        rate(what, rate, seconds, stream, tells, port, resting);
    }

    private void rate(
            String what, int rate, int seconds, boolean stream, boolean tells, int to, Deque<AskingClient> clients)
            throws IOException, InterruptedException {
        mock.forget();
        Map<Integer, AskingClient.Answer> answers = new ConcurrentHashMap<>();
        AtomicInteger failed = new AtomicInteger();
        int count = rate * seconds;
        CountDownLatch ended = new CountDownLatch(count);
        double before = cpuSeconds();
        Map<String, Double> threadsBefore = cpuByThread();
        long began = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long at = began + i * TimeUnit.SECONDS.toNanos(1) / rate;
            while (System.nanoTime() < at) {
                LockSupport.parkNanos(Math.min(at - System.nanoTime(), 200_000));
            }
            int id = i;
            Thread.ofVirtual().start(() -> {
                try {
                    AskingClient client = Objects.requireNonNullElseGet(clients.pollFirst(), () -> connect(to));
                    AskingClient.Answer answer = client.ask(AskingClient.request(KEY, body(id, stream)));
                    clients.addFirst(client);
                    if (answer.status() == 200) {
                        answers.put(id, answer);
                    } else {
                        failed.incrementAndGet();
                    }
                } catch (IOException | RuntimeException e) {
                    failed.incrementAndGet();
                } finally {
                    ended.countDown();
                }
            });
        }
        ended.await();
        double wall = (System.nanoTime() - began) / 1e9;
        double cpu = cpuSeconds() - before;
        String shares = shares(threadsBefore, cpuByThread(), count);
        if (tells) {
            Thread.sleep(100); // the stand-in notes a request when it is over
            tell(what, answers, failed.get(), wall, cpu, count);
            if (to == port) {
                System.out.println("  by thread, in µs a request: " + shares);
            }
        }
    }

    private static AskingClient connect(int port) {
        try {
            return new AskingClient(port);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void tell(
            String what, Map<Integer, AskingClient.Answer> answers, int failed, double wall, double cpu, int count) {
        Map<Integer, Served> served = new HashMap<>();
        for (Served one : mock.served()) {
            Matcher id = ID.matcher(one.body());
            if (id.find()) {
                served.put(Integer.parseInt(id.group(1)), one);
            }
        }
        long[] whole = overhead(
                answers,
                served,
                (answer, one) -> (answer.lastNanos() - answer.sentNanos()) - (one.lastNanos() - one.arrivedNanos()));
        long[] first = overhead(
                answers,
                served,
                (answer, one) -> (answer.firstNanos() - answer.sentNanos()) - (one.firstNanos() - one.arrivedNanos()));
        System.out.printf(
                Locale.ROOT,
                "%s: %d requests in %.1f s, %d failed; added to the whole: p50 %.3f ms, p99 %.3f ms, most %.3f ms;"
                        + " to the first byte: p50 %.3f ms, p99 %.3f ms; %.0f µs of processor a request%n",
                what,
                count,
                wall,
                failed,
                quantile(whole, 0.5),
                quantile(whole, 0.99),
                quantile(whole, 1),
                quantile(first, 0.5),
                quantile(first, 0.99),
                cpu * 1e6 / count);
    }

    private static long[] overhead(
            Map<Integer, AskingClient.Answer> answers,
            Map<Integer, Served> served,
            ToLongBiFunction<AskingClient.Answer, Served> of) {
        long[] all = answers.entrySet().stream()
                .filter(entry -> served.containsKey(entry.getKey()))
                .mapToLong(
                        entry -> of.applyAsLong(entry.getValue(), Objects.requireNonNull(served.get(entry.getKey()))))
                .toArray();
        Arrays.sort(all);
        return all;
    }

    private static double quantile(long[] sorted, double share) {
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1L, Math.round(share * (sorted.length - 1)))] / 1e6;
    }

    /** Holds many streams open that say little. */
    private void idle(int streams) throws IOException, InterruptedException {
        script = Script.answer().withText(3, "word ").withTrickle(6_000);
        CountDownLatch ended = new CountDownLatch(streams);
        AtomicInteger whole = new AtomicInteger();
        long before = residentKilobytes();
        for (int i = 0; i < streams; i++) {
            int id = i;
            Thread.ofVirtual().start(() -> {
                try (AskingClient client = connect(port)) {
                    if (client.ask(AskingClient.request(KEY, body(id, true))).status() == 200) {
                        whole.incrementAndGet();
                    }
                } catch (IOException | RuntimeException e) {
                    System.out.println("a stream failed: " + e);
                } finally {
                    ended.countDown();
                }
            });
        }
        Thread.sleep(5_000);
        double cpu = cpuSeconds();
        long resident = residentKilobytes();
        String heap = heap();
        Thread.sleep(5_000);
        double busy = (cpuSeconds() - cpu) / 5;
        ended.await();
        System.out.printf(
                Locale.ROOT,
                "%d idle streams: %d came to their ends with a heap of %s at most; live heap %s; resident %d MB (before: %d MB);"
                        + " %.1f %% of a processor meanwhile%n",
                streams,
                whole.get(),
                options.getOrDefault("heap", "256m"),
                heap,
                resident / 1024,
                before / 1024,
                100 * busy);
    }

    /** What is reachable in the gateway's heap, by the machine's own tool. */
    private String heap() throws IOException, InterruptedException {
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        String.valueOf(host.pid()),
                        "GC.class_histogram")
                .start();
        String last = "?";
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(tool.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("Total")) {
                    last = Long.parseLong(line.trim().split("\\s+")[2]) / (1 << 20) + " MiB";
                }
            }
        }
        tool.waitFor();
        return last;
    }

    private void run() throws IOException, InterruptedException {
        int rate = number("rate", 500);
        int seconds = number("seconds", 20);
        int warm = number("warm", 40); // the machine's compilers need some time on two processors
        Deque<AskingClient> straight = new ConcurrentLinkedDeque<>();
        int start = number("start", 0);
        if (start > 0) { // the clients and the stand-in are not to be new as well
            rate("warm-up", rate, 10, false, false, mock.base().getPort(), straight);
        }
        for (int from = 0; from < start; from += 10) {
            rate("whole replies at " + rate + "/s from second " + from, rate, 10, false, true);
        }
        boolean whole = !options.getOrDefault("only", "whole").equals("streams");
        boolean pieces = !options.getOrDefault("only", "streams").equals("whole");
        if (whole) {
            rate("warm-up", Math.max(50, rate / 2), warm, false, false);
        }
        if (pieces) {
            rate("warm-up", Math.max(50, rate / 2), warm, true, false);
        }
        for (int round = number("rounds", 1); round > 0; round--) {
            // each is warm again before it is measured: whoever has rested has cold caches, and the gateway has given
            // threads back
            rate("warm-up", rate, 5, false, false, mock.base().getPort(), straight);
            rate(
                    "the stand-in itself at " + rate + "/s",
                    rate,
                    seconds,
                    false,
                    true,
                    mock.base().getPort(),
                    straight);
            if (whole) {
                rate("warm-up", rate, 5, false, false);
                rate("whole replies at " + rate + "/s", rate, seconds, false, true);
            }
            if (pieces) {
                rate("warm-up", rate, 5, true, false);
                rate("streams of 4 pieces at " + rate + "/s", rate, seconds, true, true);
            }
        }
        int streams = number("streams", 1000);
        if (streams > 0) {
            idle(streams);
        }
    }

    /** Runs it. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> options = new HashMap<>();
        for (String arg : args) {
            int at = arg.indexOf('=');
            options.put(arg.substring(0, at), arg.substring(at + 1));
        }
        GatewayBenchmark benchmark = new GatewayBenchmark(options, Files.createTempDirectory("gateway-benchmark"));
        try {
            benchmark.run();
        } finally {
            benchmark.host.destroy();
            benchmark.mock.close();
        }
        System.exit(0);
    }
}
