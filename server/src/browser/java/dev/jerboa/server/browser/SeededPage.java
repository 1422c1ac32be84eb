package dev.jerboa.server.browser;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.DataPolicy;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Lab;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Openness;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.key.Account;
import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.key.BudgetOptions;
import dev.jerboa.gateway.key.Budgets;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.KeyDraft;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.key.Period;
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
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.http.JsonMap;
import dev.jerboa.server.market.Asker;
import dev.jerboa.server.market.Ledgers;
import dev.jerboa.server.market.Market;
import dev.jerboa.server.market.MarketOptions;
import dev.jerboa.server.openai.Errors;
import dev.jerboa.server.page.Page;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The page and the market, over the ledger whose true figures are the studies', and a small catalogue. Whoever comes is the owner. */
final class SeededPage implements AutoCloseable {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2025-12-01T10:30:00Z"));

    private final TestStore store = TestStore.of(Database.Kind.SQLITE);
    private final Database database = SeededCharts.seeded(store.open());
    private final Keys keys = new Keys(database, Optional.empty(), List.of(), CLOCK);
    private final Budgets budgets = new Budgets(database, keys, List.of(), BudgetOptions.single("n1"), CLOCK);
    private final WebServer web;

    SeededPage() {
        budgets.start();
        keys.put(new Account("research", Optional.empty(), "Research", "DE", CLOCK.instant()));
        Key editor = keys.create(draft("editor", Scope.INFERENCE, Scope.USAGE)).key();
        keys.create(draft("nightly batch", Scope.INFERENCE));
        keys.create(draft("operations", Scope.ADMIN));
        keys.create(draft("continuous-integration of the department for research and development", Scope.INFERENCE));
        budgets.put(new Budget("research-month", Budget.Owner.ACCOUNT, "research", 500_000_000_000L, Period.MONTH));
        budgets.put(new Budget("key-" + editor.id(), Budget.Owner.KEY, editor.id(), 20_000_000_000L, Period.WEEK));
        seedOperations(editor);
        Ledgers ledgers = new Ledgers(
                new Charts(new JdbcLedger(database)),
                new LedgerStore(database),
                Events.RATER,
                SeededPage::catalog,
                keys,
                budgets,
                CLOCK,
                () -> {});
        web = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .routing(HttpRouting.builder()
                        .register(new Market(request -> Asker.owner(), ledgers, MarketOptions.defaults()))
                        .register(new Page())
                        .get("/v1/models", (request, response) -> Http.json(response, JsonMap.map("data", List.of())))
                        .error(HttpError.class, (request, response, error) -> Errors.send(response, error)))
                .build()
                .start();
    }

    private void seedOperations(Key editor) {
        Instant month = Instant.parse("2025-12-01T00:00:00Z");
        SeededOperations.write(database, month.getEpochSecond() / 3600, editor.id());
        SeededOperations.spent(database, "research-month", month, 412_350_000_000L);
        SeededOperations.spent(database, "research-month", Instant.parse("2025-11-01T00:00:00Z"), 388_900_000_000L);
        SeededOperations.spent(database, "key-" + editor.id(), month, 20_000_000_000L);
        SeededOperations.spent(database, "key-" + editor.id(), Instant.parse("2025-11-24T00:00:00Z"), 13_400_000_000L);
    }

    private static KeyDraft draft(String name, Scope... scopes) {
        return new KeyDraft("research", name, Set.of(scopes), List.of(), "", Key.RateLimits.NONE, Optional.empty());
    }

    /** The page's address. */
    String address() {
        return "http://127.0.0.1:" + web.port() + "/";
    }

    private static Catalog catalog() {
        String[][] models = {
            {"deepseek/deepseek-v3.2", "deepseek", "0.20"}, {"qwen/qwen3-235b-a22b", "qwen", "0.22"},
            {"meta-llama/llama-3.3-70b-instruct", "meta-llama", "0.20"}, {"openai/gpt-oss-120b", "openai", "0.10"},
            {"openai/gpt-5", "openai", "1.25"}, {"anthropic/claude-sonnet-4", "anthropic", "3.00"}
        };
        List<Lab> labs = new ArrayList<>();
        for (String lab : List.of("deepseek", "qwen", "meta-llama", "openai", "anthropic")) {
            labs.add(new Lab(lab, lab, "US", List.of()));
        }
        List<ModelEntry> entries = new ArrayList<>();
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < models.length; i++) {
            String id = models[i][0];
            entries.add(new ModelEntry(
                    id,
                    models[i][1],
                    id,
                    models[i][1],
                    i < 4 ? Openness.OPEN_WEIGHT : Openness.CLOSED,
                    "",
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    Set.of("text"),
                    Set.of("text"),
                    131_072,
                    "t",
                    false,
                    true,
                    Optional.empty(),
                    Optional.empty()));
            long input = Math.round(Double.parseDouble(models[i][2]) * 1_000_000);
            for (String provider : i < 4 ? List.of("together", "maker") : List.of("maker")) {
                long price = provider.equals("together") ? input * 6 / 5 : input;
                endpoints.add(new Endpoint(
                        provider + ":" + id,
                        id,
                        provider,
                        "",
                        id,
                        "fp8",
                        131_072,
                        32_768,
                        Set.of(),
                        Schedule.flat(new Rates(price, price / 10, price, price * 2, price * 4, price * 4, 0)),
                        1,
                        0));
            }
        }
        return new Catalog("1", labs, entries, List.of(provider("together"), provider("maker")), endpoints);
    }

    private static Provider provider(String id) {
        return new Provider(id, id, "US", WireDialect.OPENAI, Optional.empty(), List.of(), DataPolicy.LOCAL);
    }

    @Override
    public void close() {
        web.stop();
        budgets.close();
        database.close();
        store.close();
    }
}
