package dev.jerboa.server.market;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.gateway.key.Account;
import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.key.BudgetState;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.KeyDraft;
import dev.jerboa.gateway.key.NewKey;
import dev.jerboa.gateway.key.Period;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.Dimension;
import dev.jerboa.gateway.ledger.Grain;
import dev.jerboa.gateway.ledger.RollupQuery;
import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keys, their accounts and their budgets: {@code /key}, {@code /keys}, {@code /credits}, {@code /accounts}, {@code /budgets}. A key's
 * secret is in the answer that makes it, and nowhere else. Keys come in headers, never in cookies, so that no other page can act for
 * whoever is looking. Thread-safe.
 */
final class KeyDesk {
    private static final int MOST_BODY_BYTES = 64 << 10;
    private static final int MOST_LIST = 200;
    private static final double MOST_DOLLARS = 1e9;
    private static final long MOST_RATE = 1_000_000_000_000L;
    private static final int NANO_DIGITS = 9;
    /** Budgets that come with a key have its id in theirs. */
    private static final String OF_KEY = "key-";

    private static final String DEFAULT_ACCOUNT = "default";
    private static final String[] KEY_FIELDS = {
        "name",
        "account",
        "scopes",
        "models",
        "app",
        "category",
        "limit",
        "limit_reset",
        "requests_per_minute",
        "tokens_per_minute",
        "concurrent",
        "expires_at",
        "disabled",
        "include_byok_in_limit"
    };

    private final Access access;
    private final Ledgers ledgers;

    KeyDesk(Access access, Ledgers ledgers) {
        this.access = access;
        this.ledgers = ledgers;
    }

    private Asker admin(ServerRequest request) {
        return access.of(request).require(Scope.ADMIN);
    }

    /** The key that asks. */
    void own(ServerRequest request, ServerResponse response) {
        Asker caller = access.of(request).requireKey();
        Map<String, @Nullable Object> data = caller.key()
                .map(key -> shown(key, spent(key)))
                .orElseGet(() -> map("label", "no key", "usage", Exact.dollars(ever(Optional.empty())), "limit", null));
        data.put("is_free_tier", false);
        data.put("is_management_key", caller.isAdmin());
        data.put("scopes", caller.scopes().stream().map(Scope::text).sorted().toList());
        data.put("rate_limit", rate(caller.key().map(Key::limits).orElse(Key.RateLimits.NONE)));
        Http.json(response, map("data", data));
    }

    private static Map<String, @Nullable Object> rate(Key.RateLimits limits) {
        return map("requests", limits.requestsPerMinute().orElse(-1), "interval", "1m");
    }

    /** What all budgets together allow and what was spent; of an account's own budgets with a key of usage. */
    void credits(ServerRequest request, ServerResponse response) {
        Asker caller = access.of(request).require(Scope.USAGE);
        long limits = 0;
        long used = 0;
        boolean any = false;
        for (BudgetState state : Scoped.asked(ledgers.budgets()::states)) {
            boolean mine = caller.isAdmin()
                    || (state.budget().kind() == Budget.Owner.ACCOUNT
                            && caller.key()
                                    .map(Key::account)
                                    .orElse("")
                                    .equals(state.budget().owner()));
            if (mine && state.budget().period() == Period.TOTAL) {
                any = true;
                limits = Math.addExact(limits, state.budget().limitNanos());
                used = Math.addExact(used, state.spentNanos());
            }
        }
        long all = any && !caller.isAdmin() ? used : ever(Scoped.asked(() -> Scoped.keys(caller, ledgers.keys())));
        Http.json(
                response,
                map(
                        "data",
                        map("total_credits", any ? Exact.dollars(limits) : null, "total_usage", Exact.dollars(all))));
    }

    void list(ServerRequest request, ServerResponse response) {
        admin(request);
        Spent spent = spent();
        List<Object> data = new ArrayList<>();
        Scoped.asked(ledgers.keys()::keys).forEach(key -> data.add(shown(key, spent)));
        Http.json(response, map("data", data));
    }

    void one(ServerRequest request, ServerResponse response) {
        admin(request);
        Key key = key(request);
        Http.json(response, map("data", shown(key, spent(key))));
    }

    private Key key(ServerRequest request) {
        String id = request.path().pathParameters().get("id");
        return Scoped.asked(() -> ledgers.keys().key(id))
                .orElseThrow(() -> HttpError.of(HttpError.Kind.NOT_FOUND, "there is no key '" + id + "'"));
    }

    private Key changeable(ServerRequest request) {
        Key key = key(request);
        if (key.declared()) {
            throw HttpError.of(
                    HttpError.Kind.CONFLICT, "the key '" + key.id() + "' is in the gateway's file: change it there");
        }
        return key;
    }

    void create(ServerRequest request, ServerResponse response) {
        Asker caller = admin(request);
        Fields body = body(request, KEY_FIELDS);
        Optional<Limit> limit = limit(body, Optional.empty());
        boolean disabled = body.flag("disabled", false);
        KeyDraft draft = draft(body, null, account(body.text("account"), caller));
        NewKey made = Scoped.asked(() -> ledgers.keys().create(draft));
        limit.ifPresent(one -> put(made.key(), one));
        Key key = disabled ? Scoped.asked(() -> ledgers.keys().update(made.key().id(), draft, true)) : made.key();
        Http.json(response, 201, map("data", shown(key, spent(key)), "key", made.secret()));
    }

    /** The account that is named; else the caller's own; else one that everybody without another shares. */
    private String account(@Nullable String named, Asker caller) {
        if (named != null) {
            return named;
        }
        String id = caller.key().map(Key::account).filter(own -> !own.isEmpty()).orElse(DEFAULT_ACCOUNT);
        Scoped.asked(() -> {
            if (ledgers.keys().account(id).isEmpty()) {
                ledgers.keys()
                        .put(new Account(
                                id, Optional.empty(), id, "", ledgers.clock().instant()));
            }
            return id;
        });
        return id;
    }

    void update(ServerRequest request, ServerResponse response) {
        admin(request);
        Key key = changeable(request);
        Fields body = body(request, KEY_FIELDS);
        KeyDraft draft = draft(body, key, body.text("account", key.account()));
        boolean disabled = body.flag("disabled", key.disabled());
        boolean hasLimit = body.all().containsKey("limit");
        Optional<Limit> limit = limit(body, limitOf(key));
        Key changed = Scoped.asked(() -> ledgers.keys().update(key.id(), draft, disabled));
        if (limit.isPresent()) {
            put(changed, limit.get());
        } else if (hasLimit) {
            Scoped.asked(() -> ledgers.budgets().delete(OF_KEY + key.id()));
        }
        Http.json(response, map("data", shown(changed, spent(changed))));
    }

    void rotate(ServerRequest request, ServerResponse response) {
        admin(request);
        Key key = changeable(request);
        NewKey made = Scoped.asked(() -> ledgers.keys().rotate(key.id()));
        Http.json(response, map("data", shown(made.key(), spent(made.key())), "key", made.secret()));
    }

    void delete(ServerRequest request, ServerResponse response) {
        admin(request);
        Key key = changeable(request);
        Scoped.asked(() -> ledgers.keys().delete(key.id()));
        Scoped.asked(() -> ledgers.budgets().delete(OF_KEY + key.id()));
        Http.json(response, map("deleted", true));
    }

    private static KeyDraft draft(Fields body, @Nullable Key before, String account) {
        String name = body.text("name", before == null ? "" : before.name());
        if (name.isEmpty()) {
            throw HttpError.field("name", "expected a name for people");
        }
        Set<Scope> scopes = new HashSet<>();
        List<String> named = body.texts("scopes", MOST_LIST);
        named.forEach(scope -> scopes.add(Scoped.asked(() -> Scope.of(scope))));
        if (named.isEmpty()) {
            scopes.addAll(before == null ? Set.of(Scope.INFERENCE, Scope.USAGE) : before.scopes());
        }
        List<String> models = body.has("models") || before == null ? body.texts("models", MOST_LIST) : before.models();
        Key.RateLimits limits = before == null ? Key.RateLimits.NONE : before.limits();
        return Scoped.asked(() -> new KeyDraft(
                account,
                name,
                scopes,
                models,
                body.text("app", before == null ? "" : before.app()),
                new Key.RateLimits(
                        number(body, "requests_per_minute", limits.requestsPerMinute()),
                        number(body, "tokens_per_minute", limits.tokensPerMinute()),
                        concurrent(body, limits.concurrent())),
                expiry(body, before),
                body.text("category", before == null ? "" : before.category())));
    }

    private static OptionalLong number(Fields body, String name, OptionalLong before) {
        Long value = body.whole(name, 1L, MOST_RATE);
        return value != null ? OptionalLong.of(value) : body.all().containsKey(name) ? OptionalLong.empty() : before;
    }

    private static OptionalInt concurrent(Fields body, OptionalInt before) {
        Long value = body.whole("concurrent", 1L, 1_000_000L);
        return value != null
                ? OptionalInt.of(value.intValue())
                : body.all().containsKey("concurrent") ? OptionalInt.empty() : before;
    }

    private static Optional<Instant> expiry(Fields body, @Nullable Key before) {
        String text = body.text("expires_at");
        if (text == null) {
            return before == null || body.all().containsKey("expires_at") ? Optional.empty() : before.expires();
        }
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException e) {
            throw HttpError.field("expires_at", "expected a moment such as 2027-01-01T00:00:00Z, found '" + text + "'");
        }
    }

    /** Money that a key may spend in each of a period. */
    private record Limit(long nanos, Period period) {}

    /** The limit that a key has by itself. */
    private Optional<Limit> limitOf(Key key) {
        return Scoped.asked(() -> ledgers.budgets().ofKey(key.id())).stream()
                .map(BudgetState::budget)
                .filter(budget -> budget.id().equals(OF_KEY + key.id()))
                .map(budget -> new Limit(budget.limitNanos(), budget.period()))
                .findFirst();
    }

    /** The limit that a body says, whose other half stays as it was where it says one only; empty where it says none. */
    private static Optional<Limit> limit(Fields body, Optional<Limit> before) {
        Double dollars = body.number("limit", 0, MOST_DOLLARS);
        Optional<Period> reset = reset(body);
        if (dollars != null) {
            Period period = reset.orElse(before.map(Limit::period).orElse(Period.TOTAL));
            return Optional.of(new Limit(nanos("limit", dollars), period));
        }
        boolean ends = body.all().containsKey("limit");
        if (reset.isEmpty() || (reset.get() == Period.TOTAL && (ends || before.isEmpty()))) {
            return Optional.empty();
        }
        if (ends || before.isEmpty()) {
            throw HttpError.field("limit_reset", "expected a limit beside it: there is none whose period it could be");
        }
        return Optional.of(new Limit(before.get().nanos(), reset.get()));
    }

    /** How often a limit begins anew, where a body says it; null in it is never. */
    private static Optional<Period> reset(Fields body) {
        String reset = body.text("limit_reset");
        return switch (reset == null ? "" : reset) {
            case "" -> body.all().containsKey("limit_reset") ? Optional.of(Period.TOTAL) : Optional.empty();
            case "hourly" -> Optional.of(Period.HOUR);
            case "daily" -> Optional.of(Period.DAY);
            case "weekly" -> Optional.of(Period.WEEK);
            case "monthly" -> Optional.of(Period.MONTH);
            default ->
                throw HttpError.field(
                        "limit_reset", "expected hourly, daily, weekly, monthly or null, found '" + reset + "'");
        };
    }

    private static long nanos(String field, double dollars) {
        try {
            return BigDecimal.valueOf(dollars).movePointRight(NANO_DIGITS).longValueExact();
        } catch (ArithmeticException e) {
            throw HttpError.field(field, "expected dollars with at most " + NANO_DIGITS + " digits behind the point");
        }
    }

    /** A body with these fields only. */
    private static Fields body(ServerRequest request, String... names) {
        Fields body = Body.fields(request, MOST_BODY_BYTES);
        body.known(names);
        if (!body.unread().isEmpty()) {
            throw HttpError.of(
                    HttpError.Kind.BAD_REQUEST,
                    "expected fields of " + List.of(names) + ", found " + body.unread() + " too");
        }
        return body;
    }

    private void put(Key key, Limit limit) {
        Scoped.asked(() -> {
            ledgers.budgets()
                    .put(new Budget(OF_KEY + key.id(), Budget.Owner.KEY, key.id(), limit.nanos(), limit.period()));
            return true;
        });
    }

    /** What keys have spent, by key: ever, and in the present day, week and month. */
    private record Spent(
            Map<String, Long> ever,
            Map<String, Long> day,
            Map<String, Long> week,
            Map<String, Long> month,
            Map<String, BudgetState> budgets) {}

    /** What all keys have spent: it reads all sums of all time. */
    private Spent spent() {
        return spent(Optional.empty(), ledgers.budgets()::states);
    }

    /** What one has, which is asked for often, by whoever has a key: only its own sums are read. */
    private Spent spent(Key key) {
        return spent(Optional.of(Set.of(key.id())), () -> ledgers.budgets().ofKey(key.id()));
    }

    private Spent spent(Optional<Set<String>> keys, Supplier<List<BudgetState>> states) {
        return Scoped.asked(() -> {
            Instant now = ledgers.clock().instant();
            Map<String, BudgetState> budgets = new HashMap<>();
            for (BudgetState state : states.get()) {
                Budget budget = state.budget();
                if (budget.kind() == Budget.Owner.KEY
                        && (budget.id().startsWith(OF_KEY) || !budgets.containsKey(budget.owner()))) {
                    budgets.put(budget.owner(), state);
                }
            }
            return new Spent(
                    since(Instant.EPOCH, now, keys),
                    since(Period.DAY.start(now), now, keys),
                    since(Period.WEEK.start(now), now, keys),
                    since(Period.MONTH.start(now), now, keys),
                    budgets);
        });
    }

    private Map<String, Long> since(Instant from, Instant now, Optional<Set<String>> keys) {
        Map<String, Long> spent = new HashMap<>();
        for (RollupRow row : ledgers.store().rollups(query(from, now, keys, Dimension.KEY))) {
            spent.merge(row.key(), row.sums().costNanos(), Math::addExact);
        }
        return spent;
    }

    private static RollupQuery query(Instant from, Instant now, Optional<Set<String>> keys, Dimension... by) {
        RollupQuery query =
                RollupQuery.of(from.getEpochSecond() / 3600, now.getEpochSecond() / 3600 + 1, Grain.ALL, by);
        return keys.map(some -> query.only(Dimension.KEY, some)).orElse(query);
    }

    /** What some keys have spent ever, or all. */
    private long ever(Optional<Set<String>> keys) {
        return Scoped.asked(() -> ledgers.store()
                        .rollups(query(Instant.EPOCH, ledgers.clock().instant(), keys)))
                .stream()
                .mapToLong(row -> row.sums().costNanos())
                .reduce(0, Math::addExact);
    }

    private static @Nullable Long boxed(OptionalLong number) {
        return number.isPresent() ? (Long) number.getAsLong() : null;
    }

    private static Map<String, @Nullable Object> shown(Key key, Spent spent) {
        BudgetState budget = spent.budgets().get(key.id());
        Map<String, @Nullable Object> map = map(
                "hash",
                key.id(),
                "name",
                key.name(),
                "label",
                key.name(),
                "disabled",
                key.disabled(),
                "limit",
                budget == null ? null : Exact.dollars(budget.budget().limitNanos()),
                "limit_remaining",
                budget == null ? null : Exact.dollars(budget.leftNanos()),
                "limit_reset",
                budget == null ? null : reset(budget.budget().period()),
                "usage",
                Exact.dollars(spent.ever().getOrDefault(key.id(), 0L)),
                "usage_daily",
                Exact.dollars(spent.day().getOrDefault(key.id(), 0L)),
                "usage_weekly",
                Exact.dollars(spent.week().getOrDefault(key.id(), 0L)),
                "usage_monthly",
                Exact.dollars(spent.month().getOrDefault(key.id(), 0L)),
                "created_at",
                key.created().toString(),
                "expires_at",
                key.expires().map(Instant::toString).orElse(null));
        map.putAll(map(
                "account",
                key.account(),
                "scopes",
                key.scopes().stream().map(Scope::text).sorted().toList(),
                "models",
                key.models(),
                "app",
                key.app(),
                "category",
                key.category(),
                "requests_per_minute",
                boxed(key.limits().requestsPerMinute()),
                "tokens_per_minute",
                boxed(key.limits().tokensPerMinute()),
                "concurrent",
                key.limits().concurrent().isPresent()
                        ? (Integer) key.limits().concurrent().getAsInt()
                        : null,
                "declared",
                key.declared()));
        return map;
    }

    private static @Nullable String reset(Period period) {
        return switch (period) {
            case HOUR -> "hourly";
            case DAY -> "daily";
            case WEEK -> "weekly";
            case MONTH -> "monthly";
            case TOTAL -> null;
        };
    }

    void budgets(ServerRequest request, ServerResponse response) {
        admin(request);
        List<Object> data = new ArrayList<>();
        Scoped.asked(ledgers.budgets()::states).forEach(state -> data.add(shown(state)));
        Http.json(response, map("data", data));
    }

    private static Map<String, @Nullable Object> shown(BudgetState state) {
        Budget budget = state.budget();
        return map(
                "id",
                budget.id(),
                "owner_kind",
                budget.kind().text(),
                "owner",
                budget.owner(),
                "period",
                budget.period().text(),
                "limit",
                Exact.dollars(budget.limitNanos()),
                "spent",
                Exact.dollars(state.spentNanos()),
                "reserved",
                Exact.dollars(state.reservedNanos()),
                "leased",
                Exact.dollars(state.leasedNanos()),
                "left",
                Exact.dollars(state.leftNanos()),
                "start",
                state.start().toString(),
                "end",
                state.end().equals(Instant.MAX) ? null : state.end().toString());
    }

    /** Makes a budget or changes one. */
    void putBudget(ServerRequest request, ServerResponse response) {
        admin(request);
        String id = request.path().pathParameters().get("id");
        Fields body = body(request, "owner_kind", "owner", "limit", "period");
        String kind = body.text("owner_kind", "account");
        if (!kind.equals("account") && !kind.equals("key")) {
            throw HttpError.field("owner_kind", "expected account or key, found '" + kind + "'");
        }
        String owner = body.text("owner", "");
        boolean known = Scoped.asked(() -> kind.equals("key")
                ? ledgers.keys().key(owner).isPresent()
                : ledgers.keys().account(owner).isPresent());
        if (!known) {
            throw HttpError.field("owner", "there is no " + kind + " '" + owner + "'");
        }
        Double dollars = body.number("limit", 0, MOST_DOLLARS);
        if (dollars == null) {
            throw HttpError.field("limit", "expected dollars");
        }
        Period period = Scoped.asked(() -> Period.of(body.text("period", "month")));
        Budget budget = Scoped.asked(() -> new Budget(
                id,
                kind.equals("key") ? Budget.Owner.KEY : Budget.Owner.ACCOUNT,
                owner,
                nanos("limit", dollars),
                period));
        Scoped.asked(() -> {
            ledgers.budgets().put(budget);
            return true;
        });
        Http.json(
                response,
                map(
                        "data",
                        Scoped.asked(ledgers.budgets()::states).stream()
                                .filter(state -> state.budget().id().equals(id))
                                .findFirst()
                                .map(KeyDesk::shown)
                                .orElse(null)));
    }

    void deleteBudget(ServerRequest request, ServerResponse response) {
        admin(request);
        String id = request.path().pathParameters().get("id");
        if (!Scoped.asked(() -> ledgers.budgets().delete(id))) {
            throw HttpError.of(HttpError.Kind.NOT_FOUND, "there is no budget '" + id + "' that can be deleted here");
        }
        Http.json(response, map("deleted", true));
    }

    void accounts(ServerRequest request, ServerResponse response) {
        admin(request);
        List<Object> data = new ArrayList<>();
        Scoped.asked(ledgers.keys()::accounts).forEach(account -> data.add(shown(account)));
        Http.json(response, map("data", data));
    }

    private static Map<String, @Nullable Object> shown(Account account) {
        return map(
                "id",
                account.id(),
                "name",
                account.name(),
                "parent",
                account.parent().orElse(null),
                "payer_country",
                account.payerCountry(),
                "created_at",
                account.created().toString());
    }

    /** Makes an account or changes one. */
    void putAccount(ServerRequest request, ServerResponse response) {
        admin(request);
        String id = request.path().pathParameters().get("id");
        Fields body = body(request, "name", "parent", "payer_country");
        String country = body.text("payer_country", "");
        if (!country.matches("([A-Z]{2})?")) {
            throw HttpError.field(
                    "payer_country", "expected two capital letters (ISO 3166-1), found '" + country + "'");
        }
        Account account = Scoped.asked(() -> new Account(
                id,
                Optional.ofNullable(body.text("parent")),
                body.text("name", id),
                country,
                ledgers.keys()
                        .account(id)
                        .map(Account::created)
                        .orElse(ledgers.clock().instant())));
        Scoped.asked(() -> {
            ledgers.keys().put(account);
            return true;
        });
        Http.json(response, map("data", shown(account)));
    }
}
