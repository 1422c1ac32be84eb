package dev.jerboa.web;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The stand-in server {@code mock/server.mjs}, in a process of its own, on a free port. */
final class Mock implements AutoCloseable {
    private final Process process;
    private final String address;
    private final HttpClient client = HttpClient.newHttpClient();

    private Mock(Process process, String address) {
        this.process = process;
        this.address = address;
    }

    static Mock start() throws IOException {
        Process process = new ProcessBuilder("node", "mock/server.mjs", "--port", "0", "--pace", "4")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = lines.readLine();
        if (line == null || !line.startsWith("mock: ")) {
            process.destroy();
            throw new IOException("mock/server.mjs: expected a line with its address, found " + line);
        }
        return new Mock(process, line.substring("mock: ".length()));
    }

    /** The page's address, with a slash at its end. */
    String address() {
        return address;
    }

    /** Changes pace (milliseconds between tokens), key, bareness, or the scopes that make it a gateway; what keys became is forgotten. */
    void set(String json) {
        send(HttpRequest.newBuilder(URI.create(address + "mock/settings"))
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build());
    }

    void reset() {
        set("{\"pace\": 4, \"key\": \"\", \"bare\": false, \"requests\": [], \"scopes\": []}");
    }

    /** Bodies of the chat requests since the last reset, as JSON. */
    String requests() {
        return send(
                HttpRequest.newBuilder(URI.create(address + "mock/requests")).build());
    }

    private String send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException e) {
            throw new IllegalStateException("the mock does not answer at " + request.uri(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Why no browser test can run here, or empty. */
    static String missing() {
        if (!Files.isExecutable(Visit.CHROMIUM)) {
            return "no Chromium at " + Visit.CHROMIUM + " (-Dchromium=PATH says where one is)";
        }
        if (!Files.isRegularFile(Path.of("dist", "index.html"))) {
            return "the page is not built (dist/index.html; npm is needed)";
        }
        return "";
    }

    @Override
    public void close() {
        client.close();
        process.destroy();
    }
}
