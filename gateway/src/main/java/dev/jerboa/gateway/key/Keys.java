package dev.jerboa.gateway.key;

import dev.jerboa.gateway.store.Database;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** All keys and accounts: those of the store and those of the gateway's file. Thread-safe. */
public final class Keys {
    /** @param pepper a secret of the gateway's that is mixed into hashes of new keys */
    public Keys(Database database, Optional<byte[]> pepper, List<DeclaredKey> declared, InstantSource clock) {
        throw new UnsupportedOperationException();
    }

    /** What a text that a client sent is; asks the store only for texts of a key's form, and remembers its answer. */
    public KeyCheck check(String presented) {
        throw new UnsupportedOperationException();
    }

    /** Makes a key. @throws IllegalArgumentException where its account is not there */
    public NewKey create(KeyDraft draft) {
        throw new UnsupportedOperationException();
    }

    /** Gives a key another secret; the one before ends at once. */
    public NewKey rotate(String id) {
        throw new UnsupportedOperationException();
    }

    /** Makes a key what a draft says. */
    public Key update(String id, KeyDraft draft, boolean disabled) {
        throw new UnsupportedOperationException();
    }

    /** Deletes a key; its events stay. */
    public boolean delete(String id) {
        throw new UnsupportedOperationException();
    }

    public Optional<Key> key(String id) {
        throw new UnsupportedOperationException();
    }

    /** Those of the file first, then those of the store by time. */
    public List<Key> keys() {
        throw new UnsupportedOperationException();
    }

    public List<Account> accounts() {
        throw new UnsupportedOperationException();
    }

    public Optional<Account> account(String id) {
        throw new UnsupportedOperationException();
    }

    /** Makes an account or changes one. @throws IllegalArgumentException where it would be part of itself */
    public void put(Account account) {
        throw new UnsupportedOperationException();
    }
}
