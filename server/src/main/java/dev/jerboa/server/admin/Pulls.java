package dev.jerboa.server.admin;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.ClientGoneException;
import dev.jerboa.server.http.EventStream;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.model.Declared;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Puller;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /admin/models/pull} and {@code /api/pull}, as Ollama's clients send it: {@code model} (or {@code name}) and {@code stream}.
 * The answer is one JSON object a line, {@code status} with {@code total} and {@code completed} bytes, and at the end {@code success} or
 * {@code error}. What was pulled is declared under the name that was asked for; it is loaded when it is asked to be.
 */
final class Pulls {
    private static final System.Logger LOG = System.getLogger(Pulls.class.getName());
    private static final int MOST_BODY_BYTES = 64 << 10;
    private static final long LINE_MILLIS = 250;

    private final Models models;
    private final Puller puller;

    Pulls(Models models, Puller puller) {
        this.models = models;
        this.puller = puller;
    }

    private record At(String status, long total, long completed) {
        Map<String, @Nullable Object> line() {
            return total > 0 ? map("status", status, "total", total, "completed", completed) : map("status", status);
        }
    }

    void pull(ServerRequest request, ServerResponse response) {
        Fields body = Body.fields(request, MOST_BODY_BYTES);
        String name = body.text("model", body.text("name", ""));
        boolean stream = body.flag("stream", true);
        boolean insecure = body.flag("insecure", false);
        if (name.isEmpty()) {
            throw HttpError.field("model", "expected a name such as qwen3:0.6b or org/name[@revision][:choice]");
        }
        if (insecure) {
            throw HttpError.field("insecure", "is not supported: every file is verified by its hash");
        }
        AtomicReference<At> at = new AtomicReference<>(new At("pulling manifest", 0, 0));
        CompletableFuture<Declared> pulled = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().name("pull").start(() -> {
            try {
                Declared model =
                        puller.pull(name, (status, total, completed) -> at.set(new At(status, total, completed)));
                models.declare(model); // its name may be an adapter's: who asked is told, as of any failure
                pulled.complete(model);
            } catch (RuntimeException | Error e) {
                pulled.completeExceptionally(e);
            }
        });
        try {
            if (stream) {
                follow(response, pulled, at, name);
            } else {
                pulled.get();
                Http.json(response, map("status", "success", "model", name));
            }
        } catch (ExecutionException e) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, why(name, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
        } finally {
            thread.interrupt(); // where the client is gone; otherwise it has ended
        }
    }

    private static void follow(
            ServerResponse response, CompletableFuture<Declared> pulled, AtomicReference<At> at, String name)
            throws InterruptedException {
        try (EventStream lines = EventStream.lines(response)) {
            At last = null;
            while (true) {
                At now = at.get();
                if (!now.equals(last)) {
                    lines.line(now.line());
                    lines.flush();
                    last = now;
                }
                try {
                    pulled.get(LINE_MILLIS, TimeUnit.MILLISECONDS);
                    lines.line(map("status", "success", "model", name));
                    lines.flush();
                    return;
                } catch (TimeoutException e) {
                    // another line
                } catch (ExecutionException e) {
                    lines.line(map("error", why(name, e)));
                    lines.flush();
                    return;
                }
            }
        } catch (ClientGoneException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "who asked for " + name + " is gone; what has come is kept");
        }
    }

    private static String why(String name, ExecutionException e) {
        Throwable cause = e.getCause();
        LOG.log(System.Logger.Level.WARNING, "the model " + name + " could not be pulled: " + cause);
        return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
    }
}
