package dev.jerboa.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Traffic on a running server with an OpenAI completions endpoint: random prompts as token ids, answers of a fixed length, streamed.
 *
 * <pre>
 * LoadTest URL [key=value …]
 *   rate=0       requests a second, at random times (open loop: they come whether or not earlier ones have ended); 0: streams decide
 *   streams=8    how many at a time where there is no rate, and how many at most where there is one
 *   requests=32  how many in all
 *   prompt=128-128 answer=64-64   tokens, drawn evenly
 *   vocabulary=1000 first=10      token ids are drawn from first to vocabulary
 *   model=default seed=1 key=…
 * </pre>
 *
 * <p>Prints one JSON object: generated tokens a second over all, times to the first token and between tokens (median, 95th and 99th of
 * a hundred, in milliseconds), failures.
 */
public final class LoadTest {
    private final String url;
    private final Map<String, String> settings;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Double> first = new ArrayList<>();
    private final List<Double> gaps = new ArrayList<>();
    private long tokens;
    private int failures;
    private @Nullable String failure;

    private LoadTest(String url, Map<String, String> settings) {
        this.url = url;
        this.settings = settings;
    }

    public static void main(String[] args) throws InterruptedException {
        if (args.length == 0) {
            System.err.println(
                    "usage: LoadTest http://127.0.0.1:8080 [rate=R] [streams=N] [requests=N] [prompt=A-B] …");
            System.exit(2);
        }
        Map<String, String> settings = new HashMap<>();
        for (String arg : Arrays.asList(args).subList(1, args.length)) {
            String[] parts = arg.split("=", 2);
            settings.put(parts[0], parts.length > 1 ? parts[1] : "");
        }
        System.out.println(new LoadTest(args[0], settings).run());
    }

    private String setting(String name, String otherwise) {
        return settings.getOrDefault(name, otherwise);
    }

    private String run() throws InterruptedException {
        Random random = new Random(Long.parseLong(setting("seed", "1")));
        int requests = Integer.parseInt(setting("requests", "32"));
        double rate = Double.parseDouble(setting("rate", "0"));
        Semaphore streams = new Semaphore(Integer.parseInt(setting("streams", "8")));
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            bodies.add(body(random));
        }
        CountDownLatch done = new CountDownLatch(requests);
        long start = System.nanoTime();
        double due = 0;
        for (String body : bodies) {
            if (rate > 0) {
                due += -Math.log(1 - random.nextDouble()) / rate;
                long wait = start + (long) (due * 1e9) - System.nanoTime();
                if (wait > 0) {
                    Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
                }
            }
            streams.acquire();
            Thread.startVirtualThread(() -> {
                try {
                    request(body);
                } catch (IOException | InterruptedException | RuntimeException e) {
                    fail(String.valueOf(e));
                } finally {
                    streams.release();
                    done.countDown();
                }
            });
        }
        done.await();
        double seconds = (System.nanoTime() - start) / 1e9;
        return String.format(
                Locale.ROOT,
                "{\"requests\": %d, \"failures\": %d, \"failure\": %s, \"seconds\": %.3f, \"generated_tokens\": %d,"
                        + " \"tokens_per_second\": %.2f, \"ttft_ms\": %s, \"inter_token_ms\": %s}",
                requests,
                failures,
                failure == null ? "null" : "\"" + failure.replace('"', '\'') + "\"",
                seconds,
                tokens,
                tokens / seconds,
                quantiles(first),
                quantiles(gaps));
    }

    private String body(Random random) {
        int prompt = drawn(random, setting("prompt", "128-128"));
        int answer = drawn(random, setting("answer", "64-64"));
        int low = Integer.parseInt(setting("first", "10"));
        int high = Integer.parseInt(setting("vocabulary", "1000"));
        StringBuilder ids = new StringBuilder();
        for (int i = 0; i < prompt; i++) {
            ids.append(i == 0 ? "" : ", ").append(low + random.nextInt(high - low));
        }
        return "{\"model\": \"" + setting("model", "default") + "\", \"prompt\": [" + ids + "], \"max_tokens\": "
                + answer
                + ", \"n_predict\": " + answer
                + ", \"ignore_eos\": true, \"temperature\": 0, \"stream\": true,"
                + " \"stream_options\": {\"include_usage\": true}, \"cache_prompt\": false}";
    }

    private static int drawn(Random random, String range) {
        String[] ends = range.split("-");
        int low = Integer.parseInt(ends[0]);
        int high = Integer.parseInt(ends[ends.length - 1]);
        return low + random.nextInt(high - low + 1);
    }

    private void request(String body) throws IOException, InterruptedException {
        long start = System.nanoTime();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (settings.containsKey("key")) {
            request.header("Authorization", "Bearer " + settings.get("key"));
        }
        HttpResponse<java.io.InputStream> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        List<Long> times = new ArrayList<>();
        int generated = 0;
        StringBuilder other = new StringBuilder();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                generated = Math.max(generated, number(line, "completion_tokens"));
                if (line.startsWith("data: ") && line.contains("\"text\":") && line.contains("\"finish_reason\":")) {
                    boolean ends = line.contains("\"finish_reason\": \"") || line.contains("\"finish_reason\":\"");
                    if (!ends) {
                        times.add(System.nanoTime());
                    }
                } else if (response.statusCode() != 200) {
                    other.append(line);
                }
            }
        }
        if (response.statusCode() != 200) {
            fail(response.statusCode() + " " + other);
            return;
        }
        record(start, times, generated);
    }

    private synchronized void record(long start, List<Long> times, int generated) {
        for (int i = 0; i < times.size(); i++) {
            long before = i == 0 ? start : times.get(i - 1);
            (i == 0 ? first : gaps).add((times.get(i) - before) / 1e6);
        }
        tokens += generated;
    }

    /** The number after a name, or 0. */
    private static int number(String line, String name) {
        int at = line.indexOf("\"" + name + "\":");
        if (at < 0) {
            return 0;
        }
        int from = at + name.length() + 3;
        while (from < line.length() && line.charAt(from) == ' ') {
            from++;
        }
        int to = from;
        while (to < line.length() && Character.isDigit(line.charAt(to))) {
            to++;
        }
        return to == from ? 0 : Integer.parseInt(line.substring(from, to));
    }

    private synchronized void fail(String why) {
        failures++;
        failure = why;
    }

    private static String quantiles(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return String.format(
                Locale.ROOT,
                "{\"p50\": %.2f, \"p95\": %.2f, \"p99\": %.2f, \"max\": %.2f}",
                at(sorted, 0.5),
                at(sorted, 0.95),
                at(sorted, 0.99),
                at(sorted, 1));
    }

    private static double at(double[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    }
}
