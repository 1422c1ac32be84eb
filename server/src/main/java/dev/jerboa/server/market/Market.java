package dev.jerboa.server.market;

import dev.jerboa.server.http.Routes;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;

/**
 * Every route of the market, below {@code /v1}; what OpenRouter has too also below {@code /api/v1}, where its clients look. To be
 * registered before services that have {@code /v1/models/NAME}. Thread-safe.
 */
public final class Market implements HttpService {
    private final Analytics analytics;
    private final Offers offers;
    private final Activity activity;
    private final Rankings rankings;
    private final Invoices invoices;
    private final KeyDesk desk;
    private final MarketOptions options;

    public Market(Access access, Ledgers ledgers, MarketOptions options) {
        this.analytics = new Analytics(access, ledgers, options);
        this.offers = new Offers(access, ledgers, options);
        this.activity = new Activity(access, ledgers);
        this.rankings = new Rankings(ledgers, options);
        this.invoices = new Invoices(access, ledgers);
        this.desk = new KeyDesk(access, ledgers);
        this.options = options;
    }

    /** Whether a path may be asked without a key: what is behind it then decides what those see. */
    public boolean isOpen(String path) {
        return (options.publishShares() && path.startsWith("/v1/analytics/charts"))
                || (options.publishRankings() && path.matches("(/api)?/v1/datasets/[a-z-]+"))
                || (options.publishCatalogue()
                        && (path.equals("/v1/analytics/workload") || path.matches("(/api)?/v1/models/.+/endpoints")));
    }

    @Override
    public void routing(HttpRules rules) {
        Routes routes = new Routes(rules);
        for (String base : new String[] {"/v1", "/api/v1"}) {
            routes.get(base + "/models/{author}/{slug}/endpoints", offers::endpoints)
                    .get(base + "/generation", activity::generation)
                    .get(base + "/activity", activity::days)
                    .get(base + "/datasets/rankings-daily", rankings::models)
                    .get(base + "/datasets/app-rankings", rankings::apps)
                    .get(base + "/key", desk::own)
                    .get(base + "/credits", desk::credits)
                    .get(base + "/keys", desk::list)
                    .post(base + "/keys", desk::create)
                    .get(base + "/keys/{id}", desk::one)
                    .patch(base + "/keys/{id}", desk::update)
                    .delete(base + "/keys/{id}", desk::delete)
                    .post(base + "/keys/{id}/rotate", desk::rotate);
        }
        routes.get("/v1/analytics/charts", analytics::list)
                .get("/v1/analytics/charts/{chart}", analytics::chart)
                .get("/v1/analytics/workload", analytics::workload)
                .get("/v1/analytics/reconciliation", invoices::form)
                .post("/v1/analytics/reconciliation", invoices::reconcile)
                .get("/v1/budgets", desk::budgets)
                .put("/v1/budgets/{id}", desk::putBudget)
                .delete("/v1/budgets/{id}", desk::deleteBudget)
                .get("/v1/accounts", desk::accounts)
                .put("/v1/accounts/{id}", desk::putAccount)
                .refuseOthers();
    }
}
