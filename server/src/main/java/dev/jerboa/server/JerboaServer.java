package dev.jerboa.server;

import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.server.admin.Admin;
import dev.jerboa.server.anthropic.Anthropic;
import dev.jerboa.server.gateway.GatewayOpening;
import dev.jerboa.server.gateway.GatewayServer;
import dev.jerboa.server.gateway.LocalCaller;
import dev.jerboa.server.gateway.LocalReply;
import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.Connections;
import dev.jerboa.server.http.Guard;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Puller;
import dev.jerboa.server.model.Uses;
import dev.jerboa.server.observe.Observe;
import dev.jerboa.server.observe.Traffic;
import dev.jerboa.server.ollama.Ollama;
import dev.jerboa.server.openai.Errors;
import dev.jerboa.server.openai.OpenAi;
import dev.jerboa.server.page.Page;
import dev.jerboa.server.reply.Replies;
import dev.jerboa.server.reply.Serving;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A running server. Owns its models. Thread-safe.
 *
 * <p>One virtual thread a request; the models' schedulers compute. {@link #close} lets running replies go on for as long as the options
 * say.
 */
public final class JerboaServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(JerboaServer.class.getName());

    /** Kept, so that its level is: what Helidon says of itself is of no interest, what goes wrong is. */
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    /** Where the admin surface listens. */
    private static final String ADMIN_HOST = "127.0.0.1";

    private final Connections connections;
    private final WebServer web;
    private final @Nullable WebServer admin;
    private final Models models;
    private final Traffic traffic;
    private final @Nullable GatewayServer gateway;
    private final Duration stopping;

    private JerboaServer(
            Connections connections,
            WebServer web,
            @Nullable WebServer admin,
            Models models,
            Traffic traffic,
            @Nullable GatewayServer gateway,
            Duration stopping) {
        this.connections = connections;
        this.web = web;
        this.admin = admin;
        this.models = models;
        this.traffic = traffic;
        this.gateway = gateway;
        this.stopping = stopping;
    }

    /**
     * Starts listening; the server closes the models, also where it cannot start.
     *
     * @throws IllegalArgumentException where an address or port cannot be listened on
     */
    public static JerboaServer start(ServerOptions options, Models models) {
        return start(options, models, null);
    }

    /**
     * Starts listening; the server closes the models, also where it cannot start.
     *
     * @param puller fetches models by name for the admin surface; null where none are fetched
     * @throws IllegalArgumentException where an address or port cannot be listened on
     */
    public static JerboaServer start(ServerOptions options, Models models, @Nullable Puller puller) {
        return start(options, models, puller, null);
    }

    /**
     * Starts listening, as a gateway where a configuration is given; the server closes the models, also where it cannot start.
     *
     * @param puller fetches models by name for the admin surface; null where none are fetched
     * @param opening opens the gateway, which the server closes; null for none
     * @throws IllegalArgumentException where an address or port cannot be listened on
     */
    public static JerboaServer start(
            ServerOptions options, Models models, @Nullable Puller puller, @Nullable GatewayOpening opening) {
        Traffic traffic = new Traffic();
        HELIDON.setLevel(Level.WARNING);
        Connections connections = new Connections(options.writeTimeout());
        WebServer admin = null;
        GatewayServer gateway = null;
        try {
            if (options.hasAdmin()) {
                admin = listen(ADMIN_HOST, options.adminPort(), connections, admin(options, models, puller));
            }
            Serving serving = new Serving(
                    models,
                    new Replies(LocalReply.observing(traffic)),
                    options.mostBodyBytes(),
                    options.longestReply());
            Dialects dialects = new Dialects(new Anthropic(serving), new OpenAi(serving), new Ollama(serving));
            if (opening != null) {
                gateway = GatewayServer.open(opening, new LocalCaller(dialects.replies()));
            }
            WebServer web = listen(
                    options.host(), options.port(), connections, routing(options, models, traffic, dialects, gateway));
            return new JerboaServer(connections, web, admin, models, traffic, gateway, options.stopping());
        } catch (RuntimeException | Error e) {
            if (admin != null) {
                admin.stop();
            }
            if (gateway != null) {
                gateway.close();
            }
            connections.close();
            models.close();
            throw e;
        }
    }

    private static WebServer listen(String host, int port, Connections connections, HttpRouting.Builder routing) {
        requireFree(host, port);
        WebServer web = WebServer.builder()
                .host(host)
                .port(port)
                .shutdownHook(false)
                .shutdownGracePeriod(Duration.ofSeconds(1))
                .connectionOptions(connections.sockets())
                .useNio(false) // whose reads never end without a byte
                .addConnectionSelector(connections)
                .routing(routing)
                .build()
                .start();
        if (!web.isRunning() || web.port() < 0) { // Helidon only logs it
            web.stop();
            throw taken(host, port, "it could not be listened on");
        }
        return web;
    }

    /** Tries the address before Helidon does, whose failure is a page of log. */
    private static void requireFree(String host, int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw taken(host, port, String.valueOf(e.getMessage()));
        }
    }

    private static IllegalArgumentException taken(String host, int port, String why) {
        return new IllegalArgumentException(
                host + ":" + port + ": " + why + ": give another port, or an address of this machine");
    }

    /** The dialects of this machine's models. */
    private record Dialects(Anthropic anthropic, OpenAi openAi, Ollama ollama) {
        Map<String, Handler> replies() {
            Map<String, Handler> all = new HashMap<>(anthropic.replies());
            all.putAll(openAi.replies());
            all.putAll(ollama.replies());
            return all;
        }
    }

    private static HttpRouting.Builder routing(
            ServerOptions options, Models models, Traffic traffic, Dialects dialects, @Nullable GatewayServer gateway) {
        HttpRouting.Builder routing = HttpRouting.builder()
                .addFilter(new Guard(options.isLocal(), options.hosts(), options.origins(), options.keys()))
                .addFilter((chain, request, response) -> serve(traffic, chain, request, response));
        if (gateway != null) {
            gateway.register(routing);
        }
        return withErrors(routing.register(new Observe(models, traffic, gateway == null ? null : gateway.metrics()))
                .register(new Page())
                .register(dialects.anthropic()) // lets through what is OpenAI's of the paths that both have
                .register(dialects.openAi())
                .register(dialects.ollama()));
    }

    /** The admin surface: for this machine only, never for pages, and with its own keys. */
    private static HttpRouting.Builder admin(ServerOptions options, Models models, @Nullable Puller puller) {
        return withErrors(HttpRouting.builder()
                .addFilter(new Guard(true, Set.of(), Set.of(), options.adminKeys()))
                .register(new Admin(models, options.stopping(), puller)));
    }

    private static HttpRouting.Builder withErrors(HttpRouting.Builder routing) {
        return routing.error(HttpError.class, JerboaServer::send)
                .error(HttpException.class, JerboaServer::known)
                .error(RuntimeException.class, JerboaServer::unexpected);
    }

    /**
     * One request: what it uses stays loaded until it has ended. Its connection ends with it from when the server stops, so that clients that
     * keep connections go elsewhere.
     */
    private static void serve(Traffic traffic, FilterChain chain, RoutingRequest request, RoutingResponse response) {
        response.beforeSend(() -> {
            if (traffic.isStopping()) {
                response.header(HeaderValues.CONNECTION_CLOSE);
                Connections.endWithThisRequest();
            }
        });
        try (Uses ignored = Uses.begin()) {
            chain.proceed();
        }
    }

    /** Answers with an error in the shape of the path's dialect. */
    private static void send(ServerRequest request, ServerResponse response, HttpError error) {
        boolean ends = error.kind() == HttpError.Kind.TOO_LARGE; // or the rest would be read for as long as it comes
        if (ends) {
            response.header(HeaderValues.CONNECTION_CLOSE);
            Connections.endWithThisRequest();
        }
        if (error.kind() == HttpError.Kind.OVERLOADED) {
            response.header("Retry-After", "1");
        }
        try {
            if (Anthropic.speaks(request)) {
                Anthropic.sendError(response, error);
            } else if (isOllamas(request.path().path())) {
                Ollama.sendError(response, error);
            } else if (GatewayServer.surface(request) == Surface.OPENROUTER) {
                Errors.sendWithStatus(response, error);
            } else {
                Errors.send(response, error);
            }
            if (ends) {
                Body.linger(request);
            }
        } catch (CloseConnectionException e) { // Helidon would try again, and log that it cannot
            LOG.log(System.Logger.Level.DEBUG, () -> "a client was not there to be refused: " + error.message());
        }
    }

    /** Paths of Ollama's; what is below {@code /api/v1} is OpenRouter's, which is OpenAI's shape. */
    private static boolean isOllamas(String path) {
        return path.startsWith("/api/") && !path.startsWith("/api/v1/");
    }

    private static void known(ServerRequest request, ServerResponse response, HttpException error) {
        HttpError.Kind kind = switch (error.status().code()) {
            case 404 -> HttpError.Kind.NOT_FOUND;
            case 405 -> HttpError.Kind.METHOD_NOT_ALLOWED;
            case 413 -> HttpError.Kind.TOO_LARGE;
            default -> HttpError.Kind.BAD_REQUEST;
        };
        send(
                request,
                response,
                HttpError.of(
                        kind,
                        kind == HttpError.Kind.NOT_FOUND
                                ? "there is nothing at " + request.path().path()
                                : String.valueOf(error.getMessage())));
    }

    private static void unexpected(ServerRequest request, ServerResponse response, RuntimeException error) {
        LOG.log(System.Logger.Level.ERROR, "a request to " + request.path().path() + " failed", error);
        send(request, response, HttpError.of(HttpError.Kind.INTERNAL, "the server failed; its log says more"));
    }

    /** The port that it listens on. */
    public int port() {
        return web.port();
    }

    /** The gateway that it is; null where it is none. */
    public @Nullable GatewayServer gateway() {
        return gateway;
    }

    /** The port of the admin surface; −1 where there is none. */
    public int adminPort() {
        return admin == null ? -1 : admin.port();
    }

    /**
     * Says at {@code /ready} that it stops, takes no more requests, lets running replies end for a while, then closes all. Closing twice
     * does nothing.
     */
    @Override
    public void close() {
        traffic.announceStop();
        if (admin != null) {
            admin.stop();
        }
        if (gateway != null) {
            gateway.drain(stopping);
        }
        traffic.drain(stopping);
        web.stop();
        connections.close();
        models.close();
        if (gateway != null) {
            gateway.close();
        }
    }
}
