package dev.jerboa.gateway.key;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All keys and accounts: those of the gateway's file and those of the store. What the store says is remembered for some seconds, and longer
 * where it does not answer; changes made here are known here at once, and to other nodes within those seconds. Thread-safe.
 *
 * <p>Keys of the file are found by the hash of what is sent, so that they may have any form; keys of the store by the id in it.
 */
public final class Keys {
    private static final int MOST_CHARACTERS = 512;
    /** How deep accounts may be part of each other. */
    public static final int DEPTH = 16;

    private final KeyRows rows;
    private final Optional<byte[]> pepper;
    private final Key.RateLimits usual;
    private final InstantSource clock;
    private final Map<KeyHash, DeclaredKey> declaredByHash = new LinkedHashMap<>();
    private final Map<String, DeclaredKey> declaredById = new LinkedHashMap<>();
    private final Remembered<String, Optional<KeyRows.Stored>> keys;
    private final Remembered<String, List<String>> chains;

    /** Keys of which those that say no limits have none. */
    public Keys(Database database, Optional<byte[]> pepper, List<DeclaredKey> declared, InstantSource clock) {
        this(database, pepper, Key.RateLimits.NONE, declared, clock);
    }

    /**
     * @param pepper a secret of the gateway's, mixed into the hashes of new keys; keys made without it stay good
     * @param usual limits of keys of the store where they say none themselves
     * @param declared keys of the gateway's file
     * @throws GatewayException where two declared keys have one id or one secret
     */
    public Keys(
            Database database,
            Optional<byte[]> pepper,
            Key.RateLimits usual,
            List<DeclaredKey> declared,
            InstantSource clock) {
        this.usual = usual;
        this.rows = new KeyRows(database);
        this.keys = new Remembered<>(rows::key);
        this.chains = new Remembered<>(this::readChain);
        this.pepper = pepper;
        this.clock = clock;
        for (DeclaredKey key : declared) {
            if (declaredByHash.put(key.hash(), key) != null
                    || declaredById.put(key.key().id(), key) != null) {
                throw new GatewayException(
                        "the key '" + key.key().id() + "' is declared twice, or with another's secret");
            }
        }
    }

    /** What a text that a client sent is. The store is asked only for texts of a key's form. */
    public KeyCheck check(String presented) {
        if (presented.isEmpty() || presented.length() > MOST_CHARACTERS) {
            return new KeyCheck.Refused(KeyCheck.Reason.MALFORMED);
        }
        DeclaredKey declared = declaredByHash.isEmpty() ? null : declared(presented);
        if (declared != null) {
            return valid(declared.key());
        }
        Optional<String> id = KeyText.id(presented);
        if (id.isEmpty()) {
            return new KeyCheck.Refused(KeyCheck.Reason.MALFORMED);
        }
        Optional<KeyRows.Stored> stored = keys.get(id.get());
        if (stored.isEmpty() || !stored.get().hash().matches(presented, pepper)) {
            return new KeyCheck.Refused(KeyCheck.Reason.UNKNOWN);
        }
        return valid(stored.get().key().limitedBy(usual));
    }

    private @Nullable DeclaredKey declared(String presented) {
        DeclaredKey plain = declaredByHash.get(KeyHash.of(presented, Optional.empty()));
        return plain != null || pepper.isEmpty() ? plain : declaredByHash.get(KeyHash.of(presented, pepper));
    }

    private KeyCheck valid(Key key) {
        if (key.disabled()) {
            return new KeyCheck.Refused(KeyCheck.Reason.DISABLED, key.id());
        }
        Optional<Instant> expires = key.expires();
        if (expires.isPresent() && !clock.instant().isBefore(expires.get())) {
            return new KeyCheck.Refused(KeyCheck.Reason.EXPIRED, key.id());
        }
        return new KeyCheck.Valid(key);
    }

    private void forget() {
        keys.forget();
        chains.forget();
    }

    /**
     * Makes a key.
     *
     * @throws IllegalArgumentException where its account is not there
     */
    public NewKey create(KeyDraft draft) {
        Account account = requireAccount(draft.account());
        String id = KeyText.newId();
        String text = KeyText.newText(id);
        Key key = key(id, draft, account, clock.instant(), false);
        rows.insert(key, KeyHash.of(text, pepper));
        forget();
        return new NewKey(key, text);
    }

    private Account requireAccount(String id) {
        return account(id)
                .orElseThrow(() -> new IllegalArgumentException("there is no account '" + id + "': make it first"));
    }

    private static Key key(String id, KeyDraft draft, Account account, Instant created, boolean disabled) {
        return new Key(
                id,
                draft.account(),
                draft.name(),
                draft.scopes(),
                draft.models(),
                draft.app(),
                account.payerCountry(),
                draft.limits(),
                created,
                draft.expires(),
                disabled,
                false,
                draft.category());
    }

    /**
     * Gives a key another secret; the one before ends at once here, and within seconds on other nodes.
     *
     * @throws IllegalArgumentException where there is no such key in the store
     */
    public NewKey rotate(String id) {
        Key key = requireStored(id);
        String text = KeyText.newText(id);
        rows.rehash(id, KeyHash.of(text, pepper));
        forget();
        return new NewKey(key, text);
    }

    /**
     * Makes a key what a draft says. It stays its account's: what it used is counted by key, and would become another's with it.
     *
     * @throws IllegalArgumentException where there is no such key in the store, or the draft has another account
     */
    public Key update(String id, KeyDraft draft, boolean disabled) {
        Key before = requireStored(id);
        if (!before.account().equals(draft.account())) {
            throw new IllegalArgumentException("the key '" + id + "' belongs to the account '" + before.account()
                    + "', and what it used with it: make another key for '" + draft.account()
                    + "', and delete this one");
        }
        Key key = key(id, draft, requireAccount(draft.account()), before.created(), disabled);
        rows.update(key);
        forget();
        return key;
    }

    private Key requireStored(String id) {
        if (declaredById.containsKey(id)) {
            throw new IllegalArgumentException("the key '" + id + "' is in the gateway's file: change it there");
        }
        return rows.key(id)
                .orElseThrow(() -> new IllegalArgumentException("there is no key '" + id + "'"))
                .key();
    }

    /** Deletes a key of the store; its events stay, and its account's. False where there was none. */
    public boolean delete(String id) {
        boolean deleted = rows.delete(id, clock.instant());
        forget();
        return deleted;
    }

    public Optional<Key> key(String id) {
        DeclaredKey declared = declaredById.get(id);
        return declared != null ? Optional.of(declared.key()) : keys.get(id).map(KeyRows.Stored::key);
    }

    /** Those of the file first, then those of the store by time. */
    public List<Key> keys() {
        List<Key> all = new ArrayList<>();
        declaredById.values().forEach(key -> all.add(key.key()));
        all.addAll(rows.keys());
        return all;
    }

    public List<Account> accounts() {
        return rows.accounts();
    }

    public Optional<Account> account(String id) {
        return rows.account(id);
    }

    /**
     * Makes an account or changes one.
     *
     * @throws IllegalArgumentException where its parent is not there, or it would be part of itself
     */
    public void put(Account account) {
        check("id", account.id());
        check("name", account.name());
        if (account.id().isEmpty()) {
            throw new IllegalArgumentException(
                    "an account without an id: expected 1 to " + MOST_CHARACTERS + " characters");
        }
        Optional<String> above = account.parent();
        for (int depth = 1; above.isPresent(); depth++) {
            String parent = above.get();
            if (parent.equals(account.id()) || depth >= DEPTH) {
                throw new IllegalArgumentException(
                        "the account '" + account.id() + "' would be part of itself, or more than " + DEPTH + " deep");
            }
            above = rows.account(parent)
                    .orElseThrow(() -> new IllegalArgumentException("there is no account '" + parent + "'"))
                    .parent();
        }
        rows.put(account);
        forget();
    }

    private static void check(String what, String text) {
        if (text.length() > MOST_CHARACTERS || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("an account's " + what + " of " + text.length()
                    + " characters: expected at most " + MOST_CHARACTERS + ", none of control");
        }
    }

    /** An account and those that it is part of, nearest first; only itself where it is not in the store, none for an empty id. */
    List<String> chain(String account) {
        if (account.isEmpty()) {
            return List.of();
        }
        return chains.get(account);
    }

    private List<String> readChain(String account) {
        List<String> chain = new ArrayList<>();
        Optional<String> next = Optional.of(account);
        while (next.isPresent() && chain.size() < DEPTH) {
            chain.add(next.get());
            next = rows.account(next.get()).flatMap(Account::parent);
        }
        return List.copyOf(chain);
    }

    /** The ids of all keys that an account has or had: those whose use is the account's. */
    public Set<String> ever(String account) {
        Set<String> ids = new HashSet<>(rows.ever(account));
        for (DeclaredKey declared : declaredById.values()) {
            if (declared.key().account().equals(account)) {
                ids.add(declared.key().id());
            }
        }
        return ids;
    }

    /** The ids of the keys of an account and of those below it, of deleted ones too; asked in the caller's transaction. */
    List<String> keysBelow(Connection connection, String account) throws SQLException {
        KeyRows.Below below = KeyRows.below(connection, account);
        List<String> ids = new ArrayList<>(below.keys());
        for (DeclaredKey declared : declaredById.values()) {
            if (below.accounts().contains(declared.key().account())) {
                ids.add(declared.key().id());
            }
        }
        return ids;
    }
}
