package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayFile;
import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.key.Account;
import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.ledger.JournalOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that an operator says about a gateway. Holds no secrets, only where they are.
 *
 * @param node what this process is called in events; each of several over one store has its own
 * @param store where accounts and events are kept
 * @param journal what survives a kill before the store has it
 * @param catalog labs, models, providers and endpoints: shipped, of the operator's, and of this machine
 * @param local models that the engine in this process runs; each is an endpoint of the catalogue too
 * @param proxies through which of them providers are reached
 * @param routes names of the operator's for models
 * @param routing how an endpoint is chosen where neither request nor route says
 * @param replies what replies say beside
 * @param limits sizes and times
 * @param retry what is tried again
 * @param breaker when an endpoint is left alone
 * @param keys who may ask
 * @param accounts whom keys belong to; made in 1970, as the file does not say when
 * @param budgets how much they may spend
 * @param analytics what may be seen without a key
 * @param kafka where events go as well
 */
public record GatewayConfig(
        String node,
        StoreConfig store,
        JournalOptions journal,
        Catalog catalog,
        List<LocalModel> local,
        ProxyConfig proxies,
        List<RouteConfig> routes,
        RoutingConfig routing,
        RepliesConfig replies,
        LimitsConfig limits,
        RetryConfig retry,
        BreakerConfig breaker,
        KeyPolicy keys,
        List<Account> accounts,
        List<Budget> budgets,
        AnalyticsConfig analytics,
        Optional<KafkaConfig> kafka) {
    public GatewayConfig {
        local = List.copyOf(local);
        routes = List.copyOf(routes);
        accounts = List.copyOf(accounts);
        budgets = List.copyOf(budgets);
    }

    /**
     * What a file says; paths in it are from its folder.
     *
     * @throws dev.jerboa.gateway.GatewayException with file and line, where it is not as it should be
     */
    public static GatewayConfig read(Path file) {
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of(""));
        return GatewayFile.read(file, section -> new ConfigReader(section, folder, System.getenv()).config());
    }

    /**
     * What a text says.
     *
     * @param source names it in messages
     * @param folder where paths in it are from
     * @throws dev.jerboa.gateway.GatewayException with source and line, where it is not as it should be
     */
    public static GatewayConfig parse(String text, String source, Path folder) {
        return parse(text, source, folder, System.getenv());
    }

    /** {@link #parse(String, String, Path)} with other environment variables than this process has. */
    public static GatewayConfig parse(String text, String source, Path folder, Map<String, String> environment) {
        return GatewayFile.parse(text, source, section -> new ConfigReader(section, folder, environment).config());
    }
}
