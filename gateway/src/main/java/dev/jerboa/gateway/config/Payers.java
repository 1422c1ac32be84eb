package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Countries;
import dev.jerboa.gateway.catalog.SecretReference;
import dev.jerboa.gateway.price.Dollars;
import dev.jerboa.settings.Section;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Who pays: accounts, keys of theirs, and their budgets. */
record Payers(List<AccountConfig> accounts, KeyPolicy keys, List<BudgetConfig> budgets) {
    private static final Set<String> SCOPES = Set.of("inference", "usage", "admin");

    static Payers read(Section file) {
        Map<String, AccountConfig> accounts = accounts(file.sectionOrEmpty("accounts"));
        KeyPolicy keys = keys(file.sectionOrEmpty("keys"), accounts.keySet());
        Set<String> known = new HashSet<>();
        keys.declared().forEach(key -> known.add(key.id()));
        return new Payers(
                List.copyOf(accounts.values()), keys, budgets(file.sections("budgets"), accounts.keySet(), known));
    }

    private static Map<String, AccountConfig> accounts(Section section) {
        Map<String, AccountConfig> accounts = new LinkedHashMap<>();
        for (String id : section.keys()) {
            Section account = section.section(id);
            Names.require(account, id);
            Optional<String> parent =
                    account.has("parent") ? Optional.of(account.text("parent")) : Optional.empty();
            String country = account.has("country") ? Countries.read(account, "country") : "";
            accounts.put(id, new AccountConfig(id, account.text("name", id), parent, country));
        }
        for (AccountConfig account : accounts.values()) {
            requireRoot(account, accounts, section);
        }
        return accounts;
    }

    private static void requireRoot(AccountConfig account, Map<String, AccountConfig> accounts, Section section) {
        Set<String> seen = new HashSet<>(Set.of(account.id()));
        AccountConfig at = account;
        while (at.parent().isPresent()) {
            String parent = at.parent().get();
            AccountConfig next = accounts.get(parent);
            if (next == null) {
                throw new GatewayException(section.where(at.id()) + ": account '" + at.id() + "' is part of '" + parent
                        + "', which is no account of this file, expected one of " + accounts.keySet());
            }
            if (!seen.add(parent)) {
                throw new GatewayException(section.where(account.id()) + ": account '" + account.id()
                        + "' is part of itself by way of '" + at.id() + "', expected parents to end at an account without one");
            }
            at = next;
        }
    }

    private static KeyPolicy keys(Section section, Set<String> accounts) {
        RateLimits limits = RateLimits.read(section, RateLimits.NONE);
        Section declared = section.sectionOrEmpty("declared");
        List<DeclaredKey> keys = new ArrayList<>();
        for (String id : declared.keys()) {
            Section key = declared.section(id);
            Names.require(key, id);
            keys.add(key(id, key, accounts, limits));
        }
        return new KeyPolicy(
                section.flag("required", true),
                section.has("pepper") ? Optional.of(SecretReference.one(section, "pepper")) : Optional.empty(),
                limits,
                keys);
    }

    private static DeclaredKey key(String id, Section section, Set<String> accounts, RateLimits limits) {
        if (!accounts.contains(section.text("account"))) {
            throw section.wrong("account", "one of the accounts of this file: " + accounts);
        }
        List<String> scopes = section.texts("scopes", List.of("inference"));
        if (scopes.isEmpty() || !SCOPES.containsAll(scopes)) {
            throw section.wrong("scopes", "some of inference, usage, admin");
        }
        return new DeclaredKey(
                id,
                section.text("account"),
                SecretReference.one(section, "secret"),
                Set.copyOf(scopes),
                section.texts("models", List.of()),
                section.text("app", ""),
                RateLimits.read(section, limits));
    }

    private static List<BudgetConfig> budgets(List<Section> sections, Set<String> accounts, Set<String> keys) {
        List<BudgetConfig> budgets = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Section section : sections) {
            if (section.has("account") == section.has("key")) {
                throw new GatewayException(
                        section.where() + ": " + section.path() + " is for nobody or for two, expected either account or key");
            }
            BudgetConfig.Owner kind = section.has("account") ? BudgetConfig.Owner.ACCOUNT : BudgetConfig.Owner.KEY;
            String word = kind.name().toLowerCase(Locale.ROOT);
            Set<String> known = kind == BudgetConfig.Owner.ACCOUNT ? accounts : keys;
            if (!known.contains(section.text(word))) {
                throw section.wrong(word, "one that this file declares: " + known);
            }
            if (!section.has("dollars")) {
                throw new GatewayException(section.where() + ": " + section.path()
                        + ".dollars is missing, expected how much may be spent in each period");
            }
            BudgetConfig.Period period =
                    section.choice("period", BudgetConfig.Period.class, BudgetConfig.Period.MONTH);
            String id = "file:" + word + ":" + section.text(word) + ":"
                    + period.name().toLowerCase(Locale.ROOT);
            if (!ids.add(id)) {
                throw new GatewayException(section.where() + ": a second budget of " + word + " '" + section.text(word)
                        + "' for the same period, expected one");
            }
            budgets.add(new BudgetConfig(id, kind, section.text(word), Dollars.nanos(section, "dollars"), period));
        }
        return budgets;
    }
}
