package dev.jerboa.server.market;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.DataPolicy;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Lab;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Openness;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.key.BudgetOptions;
import dev.jerboa.gateway.key.Budgets;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.KeyCheck;
import dev.jerboa.gateway.key.KeyDraft;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.key.NewKey;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.share.Charts;
import dev.jerboa.gateway.share.SeededCharts;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import dev.jerboa.model.json.Json;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.openai.Errors;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The market on a real socket over the seeded ledger, with keys of each scope. The time is the day after the seed's last. */
final class MarketServer implements AutoCloseable {
    static final Instant NOW = Instant.parse("2025-12-08T10:30:00Z");

    final TestStore store;
    final Database database;
    final Keys keys;
    final NewKey admin;
    final NewKey usage;
    final NewKey inference;
    private final Budgets budgets;
    private final WebServer web;
    private final HttpClient client = HttpClient.newHttpClient();

    MarketServer(Database.Kind kind, MarketOptions options) {
        store = TestStore.of(kind);
        database = SeededCharts.seeded(store.open());
        InstantSource clock = InstantSource.fixed(NOW);
        keys = new Keys(database, Optional.empty(), List.of(), clock);
        for (String account : List.of("ops", "team")) {
            keys.put(new dev.jerboa.gateway.key.Account(account, Optional.empty(), account, "DE", NOW));
        }
        admin = keys.create(draft("ops", "admin", Set.of(Scope.ADMIN)));
        usage = keys.create(draft("team", "usage", Set.of(Scope.USAGE)));
        inference = keys.create(draft("team", "inference", Set.of(Scope.INFERENCE)));
        budgets = new Budgets(database, keys, List.of(), BudgetOptions.single("n1"), clock);
        budgets.start();
        Ledgers ledgers = new Ledgers(
                new Charts(new JdbcLedger(database)),
                new LedgerStore(database),
                Events.RATER,
                MarketServer::catalog,
                keys,
                budgets,
                clock,
                () -> {});
        web = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .shutdownGracePeriod(Duration.ofMillis(100))
                .routing(HttpRouting.builder()
                        .register(new Market(this::caller, ledgers, options))
                        .error(HttpError.class, (request, response, error) -> Errors.send(response, error)))
                .build()
                .start();
    }

    private static KeyDraft draft(String account, String name, Set<Scope> scopes) {
        return new KeyDraft(account, name, scopes, List.of(), "", Key.RateLimits.NONE, Optional.empty());
    }

    private Asker caller(ServerRequest request) {
        String given = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        if (keys.check(given.replaceFirst("^Bearer ", "")) instanceof KeyCheck.Valid(var key)) {
            return Asker.of(key);
        }
        if (given.isEmpty()) {
            return Asker.nobody();
        }
        throw HttpError.of(HttpError.Kind.UNAUTHORIZED, "the key is none");
    }

    /** Two offers of one model, one of them dearer in the mornings of working days, and a closed model. */
    private static Catalog catalog() {
        Lab lab = new Lab("deepseek", "DeepSeek", "CN", List.of());
        Lab closed = new Lab("openai", "OpenAI", "US", List.of());
        return new Catalog(
                "1",
                List.of(lab, closed),
                List.of(
                        model("deepseek/flash", "deepseek", Openness.OPEN_WEIGHT),
                        model("openai/big", "openai", Openness.CLOSED)),
                List.of(provider("deepseek", "CN"), provider("together", "US"), provider("openai", "US")),
                List.of(
                        endpoint("deepseek", "deepseek/flash", CLOCKED),
                        endpoint(
                                "together",
                                "deepseek/flash",
                                Schedule.flat(new Rates(200_000, 20_000, 200_000, 200_000, 800_000, 800_000, 0))),
                        endpoint(
                                "openai",
                                "openai/big",
                                Schedule.flat(new Rates(1_250_000, 125_000, 0, 0, 10_000_000, 10_000_000, 1_000)))));
    }

    /** $0.15 and $0.60 a million, double from 1 to 4 o'clock (UTC) on working days; double again for prompts above 100,000 tokens. */
    private static final Schedule CLOCKED = Schedule.parse(String.join(
            "\n",
            "jerboa-prices 1",
            "period always",
            "tier 0 150000 3000 150000 150000 600000 600000 0",
            "tier 100000 300000 6000 300000 300000 1200000 1200000 0",
            "window MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY 60 240 Z -",
            "tier 0 300000 6000 300000 300000 1200000 1200000 0",
            ""));

    private static ModelEntry model(String id, String lab, Openness openness) {
        return new ModelEntry(
                id,
                lab,
                id,
                lab,
                openness,
                "",
                OptionalLong.empty(),
                OptionalLong.empty(),
                Set.of("text"),
                Set.of("text"),
                200_000,
                lab,
                false,
                true,
                Optional.of(LocalDate.of(2025, 1, 1)),
                Optional.empty());
    }

    private static Provider provider(String id, String country) {
        return new Provider(id, id, country, WireDialect.OPENAI, Optional.empty(), List.of(), DataPolicy.LOCAL);
    }

    private static Endpoint endpoint(String provider, String model, Schedule prices) {
        return new Endpoint(
                provider + ":" + model,
                model,
                provider,
                "",
                model,
                "fp8",
                200_000,
                8_000,
                Set.of("tools"),
                prices,
                1,
                0);
    }

    HttpResponse<String> get(@Nullable NewKey key, String path, String... headers) {
        return send("GET", key, path, null, headers);
    }

    HttpResponse<String> send(
            String method, @Nullable NewKey key, String path, @Nullable String body, String... headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port() + path))
                    .method(
                            method,
                            body == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            if (key != null) {
                request.header("Authorization", "Bearer " + key.secret());
            }
            if (headers.length > 0) {
                request.headers(headers);
            }
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static Map<String, @Nullable Object> json(HttpResponse<String> response) {
        return Json.asObject(Json.parse(response.body(), "answer"), "answer");
    }

    @Override
    public void close() {
        web.stop();
        client.close();
        budgets.close();
        database.close();
        store.close();
    }
}
