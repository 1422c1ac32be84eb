package dev.jerboa.gateway.node;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.LocalModel;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.config.StoreConfig;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.store.Inspection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What a process of a gateway would find by its file, told without starting it and without changing anything. */
public final class Checkup {
    /**
     * One thing that was looked at.
     *
     * @param wrong whether a process would not start because of it
     */
    public record Finding(String name, String text, boolean wrong) {}

    private final GatewayConfig config;
    private final Secrets secrets;
    private final List<Finding> findings = new ArrayList<>();

    private Checkup(GatewayConfig config, Secrets secrets) {
        this.config = config;
        this.secrets = secrets;
    }

    /** Looks at all that a configuration says. */
    public static List<Finding> of(GatewayConfig config, Secrets secrets) {
        Checkup checkup = new Checkup(config, secrets);
        checkup.store();
        checkup.add("journal", () -> {
            requireFolder(config.journal().folder());
            return config.journal().folder() + ": " + Journal.way(config.journal());
        });
        checkup.add("gateway keys", checkup::keys);
        checkup.providers();
        if (!config.local().isEmpty()) {
            checkup.add(
                    "local models",
                    () -> config.local().stream().map(LocalModel::name).collect(Collectors.joining(", ")));
        }
        return checkup.findings;
    }

    private void add(String name, Supplier<String> text) {
        try {
            findings.add(new Finding(name, text.get(), false));
        } catch (GatewayException e) {
            findings.add(new Finding(name, String.valueOf(e.getMessage()), true));
        }
    }

    private void store() {
        switch (config.store()) {
            case StoreConfig.Sqlite sqlite ->
                add("store", () -> {
                    requireFolder(sqlite.file().toAbsolutePath().resolveSibling(""));
                    return "SQLite, " + sqlite.file() + ": " + Inspection.sqlite(sqlite.file());
                });
            case StoreConfig.Postgres postgres ->
                add(
                        "store",
                        () -> Inspection.postgresql(
                                postgres.jdbcUrl(),
                                postgres.user().orElse("postgres"),
                                postgres.password().map(secrets::resolve).orElse("")));
        }
    }

    /** A folder that is there or can be made, in which this user may write. */
    private static void requireFolder(Path folder) {
        Path there = folder.toAbsolutePath();
        while (there.getParent() != null && !Files.exists(there)) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            throw new GatewayException(folder + ": " + there + " is no folder that this user may write in");
        }
    }

    private String keys() {
        int declared = config.keys().declared(secrets).size();
        boolean peppered = config.keys().pepper(secrets).isPresent();
        return (config.keys().required() ? "needed" : "not needed") + "; " + declared + " in the file"
                + (peppered ? ", hashed with the pepper" : "");
    }

    /** Which providers can be asked: without its address or its key, one is passed over by each request. */
    private void providers() {
        Set<String> asked = new TreeSet<>();
        for (Endpoint endpoint : config.catalog().endpoints()) {
            asked.add(endpoint.provider());
        }
        List<String> ready = new ArrayList<>();
        List<String> without = new ArrayList<>();
        for (Provider provider : config.catalog().providers()) {
            boolean named = provider.base().isPresent() || !provider.secrets().isEmpty(); // not by the catalogue alone
            if (provider.isLocal() || !named || !asked.contains(provider.id())) {
                continue;
            }
            List<String> missing = missing(provider);
            if (missing.isEmpty()) {
                ready.add(provider.id());
            } else {
                without.add(provider.id() + " (" + String.join(", ", missing) + ")");
            }
        }
        add("providers", () -> ready.isEmpty() ? "none with an address and its key" : String.join(", ", ready));
        if (!without.isEmpty()) {
            add("not asked", () -> "something is missing: " + String.join(", ", without));
        }
    }

    private List<String> missing(Provider provider) {
        List<String> missing = new ArrayList<>();
        if (provider.base().isEmpty()) {
            missing.add("base");
        }
        provider.secrets().stream().filter(reference -> !isThere(reference)).forEach(missing::add);
        return missing;
    }

    private boolean isThere(String reference) {
        try {
            return !secrets.resolve(reference).isEmpty();
        } catch (GatewayException e) {
            return false;
        }
    }
}
