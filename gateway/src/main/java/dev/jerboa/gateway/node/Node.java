package dev.jerboa.gateway.node;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.LimitsConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.config.StoreConfig;
import dev.jerboa.gateway.key.BudgetOptions;
import dev.jerboa.gateway.key.Budgets;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.key.Limits;
import dev.jerboa.gateway.ledger.CatalogHistory;
import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.DayKeeper;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Outbox;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.ledger.Retention;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.outbox.OutboxSender;
import dev.jerboa.gateway.relay.Categories;
import dev.jerboa.gateway.relay.Gateway;
import dev.jerboa.gateway.relay.KeyAdmission;
import dev.jerboa.gateway.relay.Parts;
import dev.jerboa.gateway.relay.RelayObserver;
import dev.jerboa.gateway.route.Health;
import dev.jerboa.gateway.route.Router;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.upstream.EndpointCaller;
import dev.jerboa.gateway.upstream.RemoteCaller;
import dev.jerboa.gateway.upstream.Timeouts;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** One process of a gateway. Owns everything that it opens; thread-safe. */
public final class Node implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Node.class.getName());
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);
    private static final Duration ALONE = Duration.ofSeconds(30);

    private final GatewayConfig config;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Database database;
    private final Rater rater;
    private final Keys keys;
    private final Budgets budgets;
    private final Journal journal;
    private final Optional<OutboxSender> sender;
    private final LedgerWriter writer;
    private final Router router;
    private final Gateway gateway;
    private final RelayObserver counting;

    private Node(
            GatewayConfig config, Secrets secrets, EndpointCaller local, RelayObserver observer, SinkOpener sinks) {
        this.config = config;
        InstantSource clock = InstantSource.system();
        try {
            database = own(database(config, secrets));
            journal = own(Journal.open(config.journal()));
            own(Claim.take(database, config.journal(), gone(config.store())));
            CatalogRows rows = new CatalogRows(database);
            CatalogHistory.update(rows, config.catalog(), clock.instant());
            rater = new StoredPrices(rows);
            keys = keys(config, database, secrets, clock);
            budgets = own(new Budgets(database, keys, config.budgets(), budgetOptions(config), clock));
            Outbox outbox = new Outbox(database, config.node());
            // before the writer, and so closed behind it: the last events are sent too
            sender = config.kafka()
                    .map(kafka -> own(OutboxSender.start(outbox, sinks.open(kafka, config.node(), secrets))));
            Spending spending = sender.isPresent() ? outbox.after(budgets) : budgets;
            writer = own(LedgerWriter.start(journal, database, rater, spending));
            budgets.start();
            own(DayKeeper.start(database, clock));
            config.store().keepEvents().ifPresent(keep -> own(Retention.start(new LedgerStore(database), keep, clock)));
            counting = own(new SideSums(
                    observer, database, config.node(), config.analytics().scripts(), clock));
            RemoteCaller remote = own(new RemoteCaller(timeouts(config.limits()), secrets::resolve, config.proxies()));
            router = new Router(
                    config.catalog(),
                    config.routes(),
                    localNames(config),
                    config.routing(),
                    new Health(config.breaker(), System::nanoTime),
                    () -> ThreadLocalRandom.current().nextDouble());
            gateway = new Gateway(new Parts(
                    config.node(),
                    () -> router,
                    remote,
                    local,
                    journal,
                    new KeyAdmission(new Limits(System::nanoTime), budgets),
                    config.retry(),
                    config.limits().total(),
                    clock,
                    counting,
                    new Categories(config.analytics().categories())));
        } catch (RuntimeException | Error e) {
            closeAll();
            throw e;
        }
    }

    /**
     * Opens all that a configuration says.
     *
     * @param local asks the engine in this process
     * @param sinks opens where events go as well, if they do
     * @throws dev.jerboa.gateway.GatewayException where something cannot be opened
     */
    public static Node open(
            GatewayConfig config, Secrets secrets, EndpointCaller local, RelayObserver observer, SinkOpener sinks) {
        return new Node(config, secrets, local, observer, sinks);
    }

    /** The store that a configuration says. */
    public static Database database(GatewayConfig config, Secrets secrets) {
        return switch (config.store()) {
            case StoreConfig.Sqlite sqlite ->
                // what survives the end of the machine in the journal is deleted there when the store has it, and must
                // survive there too
                Database.sqlite(sqlite.file(), config.journal().sync() != JournalOptions.Sync.NONE);
            case StoreConfig.Postgres postgres ->
                Database.postgresql(
                        postgres.jdbcUrl(),
                        postgres.user().orElse("postgres"),
                        postgres.password().map(secrets::resolve).orElse(""),
                        postgres.connections());
        };
    }

    /** The keys that a configuration and a store have, with the file's accounts in the store. */
    public static Keys keys(GatewayConfig config, Database database, Secrets secrets, InstantSource clock) {
        Keys keys = new Keys(
                database,
                config.keys().pepper(secrets),
                config.keys().limits(),
                config.keys().declared(secrets),
                clock);
        config.accounts().forEach(keys::put);
        return keys;
    }

    private static BudgetOptions budgetOptions(GatewayConfig config) {
        return switch (config.store()) {
            case StoreConfig.Sqlite _ -> BudgetOptions.single(config.node());
            case StoreConfig.Postgres postgres -> BudgetOptions.several(config.node(), postgres.lease());
        };
    }

    /** After how long without a sign a process is taken for dead: one of several may spend what it took of budgets until then. */
    private static Duration gone(StoreConfig store) {
        return switch (store) {
            case StoreConfig.Sqlite _ -> ALONE;
            case StoreConfig.Postgres postgres -> postgres.lease().multipliedBy(2);
        };
    }

    private static Timeouts timeouts(LimitsConfig limits) {
        return Timeouts.of(limits.connect(), limits.firstToken(), limits.idle(), limits.total(), KEEP_ALIVE);
    }

    private static Map<String, String> localNames(GatewayConfig config) {
        Map<String, String> names = new HashMap<>();
        config.local().forEach(model -> names.put(model.name(), model.endpoint().id()));
        return names;
    }

    private <T extends AutoCloseable> T own(T resource) {
        opened.push(resource);
        return resource;
    }

    public GatewayConfig config() {
        return config;
    }

    public Catalog catalog() {
        return config.catalog();
    }

    public Gateway gateway() {
        return gateway;
    }

    /** Sees what is served: to be told as well of what is refused before {@link #gateway()} has it. */
    public RelayObserver observer() {
        return counting;
    }

    public Router router() {
        return router;
    }

    public Keys keys() {
        return keys;
    }

    public Budgets budgets() {
        return budgets;
    }

    public Database database() {
        return database;
    }

    public LedgerStore store() {
        return new LedgerStore(database);
    }

    /** Prices by their versions. */
    public Rater rater() {
        return rater;
    }

    public LedgerWriter writer() {
        return writer;
    }

    /** What brings events elsewhere; empty where the configuration names nothing. */
    public Optional<OutboxSender> sender() {
        return sender;
    }

    public Journal journal() {
        return journal;
    }

    /** Writes what there is to the store, then closes all. Closing twice does nothing. */
    @Override
    public void close() {
        closeAll();
    }

    private void closeAll() {
        while (!opened.isEmpty()) {
            AutoCloseable resource = opened.pop();
            try {
                resource.close();
            } catch (Exception e) {
                LOG.log(System.Logger.Level.WARNING, "a part of the gateway could not be closed", e);
            }
        }
    }
}
