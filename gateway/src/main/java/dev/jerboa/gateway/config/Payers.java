package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Countries;
import dev.jerboa.gateway.catalog.SecretReference;
import dev.jerboa.gateway.key.Account;
import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.Key.RateLimits;
import dev.jerboa.gateway.key.KeyHash;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.key.Period;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.price.Dollars;
import dev.jerboa.settings.Section;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who pays: accounts, keys of theirs, and their budgets.
 *
 * @param accounts each behind the one that it is part of, whatever the order of the file
 */
record Payers(List<Account> accounts, KeyPolicy keys, List<Budget> budgets) {
    private static final int MOST_ABOVE = Keys.DEPTH - 1;

    static Payers read(Section file) {
        Map<String, Account> accounts = accounts(file.sectionOrEmpty("accounts"));
        KeyPolicy keys = keys(file.sectionOrEmpty("keys"), accounts);
        Set<String> known = new HashSet<>();
        keys.declared().forEach(key -> known.add(key.key().id()));
        return new Payers(
                List.copyOf(accounts.values()), keys, budgets(file.sections("budgets"), accounts.keySet(), known));
    }

    private static Map<String, Account> accounts(Section section) {
        Map<String, Account> accounts = new LinkedHashMap<>();
        for (String id : section.keys()) {
            Section account = section.section(id);
            Names.require(account, id);
            Optional<String> parent = account.has("parent") ? Optional.of(account.text("parent")) : Optional.empty();
            String country = account.has("country") ? Countries.read(account, "country") : "";
            accounts.put(id, new Account(id, parent, account.text("name", id), country, Instant.EPOCH));
        }
        Map<Account, Integer> above = new LinkedHashMap<>();
        for (Account account : accounts.values()) {
            int count = above(account, accounts, section);
            if (count > MOST_ABOVE) {
                throw new GatewayException(section.where(account.id()) + ": account '" + account.id() + "' has " + count
                        + " accounts above it, expected at most " + MOST_ABOVE);
            }
            above.put(account, count);
        }
        Map<String, Account> ordered = new LinkedHashMap<>();
        above.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(entry -> ordered.put(entry.getKey().id(), entry.getKey()));
        return ordered;
    }

    /** How many accounts are above one. */
    private static int above(Account account, Map<String, Account> accounts, Section section) {
        Set<String> seen = new HashSet<>(Set.of(account.id()));
        Account at = account;
        while (at.parent().isPresent()) {
            String parent = at.parent().get();
            Account next = accounts.get(parent);
            if (next == null) {
                throw new GatewayException(section.where(at.id()) + ": account '" + at.id() + "' is part of '" + parent
                        + "', which is no account of this file, expected one of " + accounts.keySet());
            }
            if (!seen.add(parent)) {
                throw new GatewayException(
                        section.where(account.id()) + ": account '" + account.id() + "' is part of itself by way of '"
                                + at.id() + "', expected parents to end at an account without one");
            }
            at = next;
        }
        return seen.size() - 1;
    }

    private static KeyPolicy keys(Section section, Map<String, Account> accounts) {
        RateLimits limits = RateReader.read(section, RateLimits.NONE);
        Section declared = section.sectionOrEmpty("declared");
        List<FileKey> keys = new ArrayList<>();
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

    private static FileKey key(String id, Section section, Map<String, Account> accounts, RateLimits limits) {
        Account account = accounts.get(section.text("account"));
        if (account == null) {
            throw section.wrong("account", "one of the accounts of this file: " + accounts.keySet());
        }
        Key key = new Key(
                id,
                account.id(),
                section.text("name", id),
                scopes(section),
                section.texts("models", List.of()),
                section.text("app", ""),
                account.payerCountry(),
                RateReader.read(section, limits),
                Instant.EPOCH,
                Optional.empty(),
                section.flag("disabled", false),
                true,
                section.text("category", ""));
        return new FileKey(key, secret(section));
    }

    private static Set<Scope> scopes(Section section) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String text : section.texts("scopes", List.of("inference", "usage"))) {
            try {
                scopes.add(Scope.of(text));
            } catch (IllegalArgumentException e) {
                throw section.wrong("scopes", "some of inference, usage, admin; found '" + text + "'");
            }
        }
        if (scopes.isEmpty()) {
            throw section.wrong("scopes", "some of inference, usage, admin");
        }
        return scopes;
    }

    /** Where the secret is, or its hash, which is none. */
    private static String secret(Section section) {
        if (section.has("secret") == section.has("hash")) {
            throw new GatewayException(
                    section.where() + ": " + section.path()
                            + " says nothing or two things of its secret, expected either secret: env:NAME or file:PATH, or hash: sha256:…");
        }
        if (section.has("secret")) {
            return SecretReference.one(section, "secret");
        }
        String hash = section.text("hash");
        try {
            return KeyHash.parse(hash).text();
        } catch (IllegalArgumentException e) {
            throw new GatewayException(
                    section.where("hash") + ": " + section.path()
                            + ".hash is none (it is not shown here), expected sha256: or hmac-sha256: and 64 hexadecimal digits");
        }
    }

    private static List<Budget> budgets(List<Section> sections, Set<String> accounts, Set<String> keys) {
        List<Budget> budgets = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Section section : sections) {
            Budget budget = budget(section, accounts, keys);
            if (!ids.add(budget.id())) {
                throw new GatewayException(section.where() + ": a second budget of "
                        + budget.kind().text() + " '" + budget.owner() + "' for the same period, expected one");
            }
            budgets.add(budget);
        }
        return budgets;
    }

    private static Budget budget(Section section, Set<String> accounts, Set<String> keys) {
        if (section.has("account") == section.has("key")) {
            throw new GatewayException(section.where() + ": " + section.path()
                    + " is for nobody or for two, expected either account or key");
        }
        Budget.Owner kind = section.has("account") ? Budget.Owner.ACCOUNT : Budget.Owner.KEY;
        String owner = section.text(kind.text());
        Set<String> known = kind == Budget.Owner.ACCOUNT ? accounts : keys;
        if (!known.contains(owner)) {
            throw section.wrong(kind.text(), "one that this file declares: " + known);
        }
        if (!section.has("dollars")) {
            throw new GatewayException(section.where() + ": " + section.path()
                    + ".dollars is missing, expected how much may be spent in each period");
        }
        Period period = section.choice("period", Period.class, Period.MONTH);
        String id = "file:" + kind.text() + ":" + owner + ":" + period.text();
        return new Budget(id, kind, owner, Dollars.nanos(section, "dollars"), period);
    }
}
