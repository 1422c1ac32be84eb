package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Addresses;
import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.CatalogReader;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.SecretReference;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.settings.Section;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the whole file: what stands by itself first, then what refers to the catalogue, then whether all keys were asked for. */
final class ConfigReader {
    private static final int MAX_NAME = 64;
    /** Where a name is an environment variable's. */
    private static final String VARIABLE = "env:";

    private final Section file;
    private final Path folder;
    private final Map<String, String> environment;

    ConfigReader(Section file, Path folder, Map<String, String> environment) {
        this.file = file;
        this.folder = folder;
        this.environment = environment;
    }

    GatewayConfig config() {
        StoreConfig store = StoreReader.read(file.sectionOrEmpty("store"), folder);
        ProxyReader proxies = new ProxyReader(file, environment);
        Catalog remote = remote(proxies);
        LocalModels local = LocalModels.read(file.sectionOrEmpty("local"), remote, folder);
        Catalog catalog = local.addTo(remote);
        Payers payers = Payers.read(file);
        String node = node(store);
        GatewayConfig config = new GatewayConfig(
                node,
                store,
                JournalReader.read(file.sectionOrEmpty("journal"), folder, node),
                catalog,
                local.models(),
                proxies.config(),
                RoutesReader.read(file, catalog, local.models()),
                RoutingConfig.read(file.sectionOrEmpty("routing")),
                RepliesConfig.read(file.sectionOrEmpty("replies")),
                LimitsConfig.read(file.sectionOrEmpty("limits")),
                RetryConfig.read(file.sectionOrEmpty("retry")),
                BreakerConfig.read(file.sectionOrEmpty("breaker")),
                payers.keys(),
                payers.accounts(),
                payers.budgets(),
                AnalyticsConfig.read(file.sectionOrEmpty("analytics")),
                KafkaReader.read(file, folder));
        file.end();
        return config;
    }

    private String node(StoreConfig store) {
        if (!file.has("node") && store instanceof StoreConfig.Postgres) {
            throw new GatewayException(
                    file.where()
                            + ": node is missing, expected a name of this process's own, as several may share a PostgreSQL store");
        }
        String node = named(file.text("node", "gateway"));
        if (!node.matches("[A-Za-z0-9_][A-Za-z0-9_.]*") || node.length() > MAX_NAME) {
            throw file.wrong(
                    "node",
                    "a name of at most " + MAX_NAME
                            + " letters, digits, '.' and '_', or env:NAME for an environment variable that has one");
        }
        return node;
    }

    /** A name, or what an environment variable has: names of machines and pods have hyphens, which names of nodes do not. */
    private String named(String text) {
        return text.startsWith(VARIABLE)
                ? environment
                        .getOrDefault(text.substring(VARIABLE.length()), "")
                        .replace('-', '_')
                : text;
    }

    private Catalog remote(ProxyReader proxies) {
        Section section = file.sectionOrEmpty("catalogue");
        CatalogReader reader = new CatalogReader();
        if (section.flag("shipped", true)) {
            reader.shipped();
        }
        for (String name : section.texts("files", List.of())) {
            Path path = Paths.resolve(section, "files", name, folder);
            if (!Files.isRegularFile(path)) {
                throw section.wrong("files", "files that are there; there is no file " + path);
            }
            reader.file(path);
        }
        Catalog catalog = reader.section(section).read();
        return catalog.and(reachable(catalog, proxies), List.of());
    }

    /** Providers of the catalogue with the addresses and secrets that the file gives them. */
    private List<Provider> reachable(Catalog catalog, ProxyReader proxies) {
        Section section = file.sectionOrEmpty("providers");
        List<Provider> providers = new ArrayList<>();
        for (String id : section.keys()) {
            Section given = section.section(id);
            Provider known = catalog.provider(id)
                    .orElseThrow(() -> new GatewayException(given.where() + ": there is no provider '" + id
                            + "' in the catalogue, expected one of it, or an entry for it under catalogue.providers"));
            proxies.own(id, given);
            providers.add(new Provider(
                    id,
                    known.name(),
                    known.country(),
                    given.choice("dialect", WireDialect.class, known.dialect()),
                    Addresses.base(given, "base").or(known::base),
                    given.has("secrets") ? SecretReference.read(given, "secrets") : known.secrets(),
                    known.policy()));
        }
        return providers;
    }
}
