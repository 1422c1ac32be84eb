package dev.jerboa.gateway.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class KeysTest {
    private static final Instant NOW = Instant.parse("2026-11-29T10:00:00Z");
    private static final Optional<byte[]> PEPPER = Optional.of("pepper".getBytes(StandardCharsets.UTF_8));

    private static Keys keys(Database database) {
        return new Keys(database, PEPPER, List.of(), () -> NOW);
    }

    private static KeyCheck.Reason refused(KeyCheck check) {
        return ((KeyCheck.Refused) check).reason();
    }

    private static void account(Keys keys) {
        keys.put(new Account("a", Optional.empty(), "A", "DE", NOW));
    }

    @ParameterizedTest
    @EnumSource
    void aKeyIsShownOnceAndGoodUntilItIsChanged(Database.Kind kind) {
        AtomicReference<Instant> time = new AtomicReference<>(NOW);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Keys keys = new Keys(database, PEPPER, List.of(), time::get);
            account(keys);
            KeyDraft draft = new KeyDraft(
                    "a",
                    "mine",
                    Set.of(Scope.INFERENCE, Scope.ADMIN),
                    List.of("deepseek/*", "qwen"),
                    "app",
                    new Key.RateLimits(OptionalLong.of(60), OptionalLong.empty(), OptionalInt.of(3)),
                    Optional.of(NOW.plusSeconds(100)),
                    "coding");
            NewKey made = keys.create(draft);
            assertThat(made.secret()).matches("jb-[0-9A-Za-z]{12}-[0-9A-Za-z]{43}-[0-9A-Za-z]{6}");
            assertThat(made.toString()).doesNotContain(made.secret().substring(16, 59));
            Key key = ((KeyCheck.Valid) keys.check(made.secret())).key();
            assertThat(key).isEqualTo(made.key());
            assertThat(key.payerCountry()).isEqualTo("DE");
            assertThat(key.category()).isEqualTo("coding");
            assertThat(key.may(Scope.USAGE)).isFalse();
            assertThat(keys.keys()).containsExactly(key);
            assertThat(keys(database).check(made.secret())).isInstanceOf(KeyCheck.Valid.class);

            NewKey rotated = keys.rotate(key.id());
            assertThat(refused(keys.check(made.secret()))).isEqualTo(KeyCheck.Reason.UNKNOWN);
            assertThat(keys.check(rotated.secret())).isInstanceOf(KeyCheck.Valid.class);
            keys.update(key.id(), draft, true);
            assertThat(refused(keys.check(rotated.secret()))).isEqualTo(KeyCheck.Reason.DISABLED);
            keys.update(key.id(), draft, false);
            time.set(NOW.plusSeconds(100));
            assertThat(refused(keys.check(rotated.secret()))).isEqualTo(KeyCheck.Reason.EXPIRED);
            assertThat(keys.delete(key.id())).isTrue();
            assertThat(keys.delete(key.id())).isFalse();
            assertThat(refused(keys.check(rotated.secret()))).isEqualTo(KeyCheck.Reason.UNKNOWN);
            assertThatThrownBy(() -> keys.rotate(key.id())).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theStoreHasNoSecret(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Keys keys = keys(database);
            account(keys);
            NewKey made = keys.create(KeyDraft.inference("a", "mine"));
            String row = database.read(connection -> {
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery("SELECT id || account || name || hash FROM api_key")) {
                    rows.next();
                    return rows.getString(1);
                }
            });
            assertThat(row)
                    .contains("hmac-sha256:")
                    .doesNotContain(made.secret().substring(16, 59));
            Keys without = new Keys(database, Optional.empty(), List.of(), () -> NOW);
            assertThat(refused(without.check(made.secret()))).isEqualTo(KeyCheck.Reason.UNKNOWN);
            NewKey plain = without.create(KeyDraft.inference("a", "plain"));
            assertThat(keys.check(plain.secret())).isInstanceOf(KeyCheck.Valid.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoKeyNeverReachesTheStore(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind)) {
            Database database = store.open();
            Keys keys = keys(database);
            account(keys);
            String secret = keys.create(KeyDraft.inference("a", "mine")).secret();
            database.close(); // from here on, whoever asks it fails
            for (String wrong : List.of(
                    "",
                    "x",
                    "' OR 1=1 --",
                    secret.substring(1),
                    secret + "x",
                    secret.substring(0, secret.length() - 1) + (secret.endsWith("A") ? "B" : "A"),
                    secret.replace("jb-", "jb_"),
                    "jb-" + "'".repeat(12) + secret.substring(15),
                    "a".repeat(100_000))) {
                assertThat(refused(keys.check(wrong))).as(wrong).isEqualTo(KeyCheck.Reason.MALFORMED);
            }
            String unknown = KeyText.newText(KeyText.newId());
            assertThatThrownBy(() -> keys.check(unknown)).isInstanceOf(GatewayException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKnownKeyIsGoodWhileTheStoreIsAway(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind)) {
            Database database = store.open();
            Keys keys = keys(database);
            account(keys);
            String secret = keys.create(KeyDraft.inference("a", "mine")).secret();
            assertThat(keys.check(secret)).isInstanceOf(KeyCheck.Valid.class);
            database.close();
            assertThat(keys.check(secret)).isInstanceOf(KeyCheck.Valid.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void keysOfTheFileHaveAnyForm(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            DeclaredKey plain = new DeclaredKey(
                    BudgetNode.key("file", "a"),
                    KeyHash.parse(KeyHash.of("sk-old-one", Optional.empty()).text()));
            DeclaredKey peppered = new DeclaredKey(BudgetNode.key("file2", "a"), KeyHash.of("other", PEPPER));
            Keys keys = new Keys(database, PEPPER, List.of(plain, peppered), () -> NOW);
            assertThat(keys.check("sk-old-one")).isEqualTo(new KeyCheck.Valid(plain.key()));
            assertThat(keys.check("other")).isEqualTo(new KeyCheck.Valid(peppered.key()));
            assertThat(refused(keys.check("sk-old-two"))).isEqualTo(KeyCheck.Reason.MALFORMED);
            assertThat(keys.key("file")).contains(plain.key());
            assertThatThrownBy(() -> keys.rotate("file"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("file");
            assertThatThrownBy(() -> new Keys(database, PEPPER, List.of(plain, plain), () -> NOW))
                    .isInstanceOf(GatewayException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void accountsAreATree(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Keys keys = keys(database);
            account(keys);
            keys.put(new Account("b", Optional.of("a"), "B", "US", NOW));
            assertThat(keys.chain("b")).containsExactly("b", "a");
            assertThatThrownBy(() -> keys.put(new Account("a", Optional.of("b"), "A", "", NOW)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("part of itself");
            assertThatThrownBy(() -> keys.put(new Account("c", Optional.of("none"), "C", "", NOW)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> keys.put(new Account("c\td", Optional.empty(), "C", "", NOW)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> keys.create(KeyDraft.inference("none", "x")))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(keys.accounts()).extracting(Account::id).containsExactly("a", "b");
            Key key = keys.create(KeyDraft.inference("b", "x")).key();
            assertThat(database.<List<String>>read(connection -> keys.keysBelow(connection, "a")))
                    .containsExactly(key.id());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "deepseek/*, deepseek/v4, true",
        "deepseek/*, qwen/v4, false",
        "*, anything, true",
        "*:free, a/b:free, true",
        "a*b*c, aXXbYYc, true",
        "a*b*c, aXXbYY, false",
        "qwen, qwen, true",
        "qwen, qwen2, false",
        "**, '', true"
    })
    void patternsOfModels(String pattern, String model, boolean like) {
        assertThat(Key.matches(pattern, model)).isEqualTo(like);
    }

    @Test
    void manyStarsTakeNoTime() {
        assertThat(Key.matches("*a".repeat(100) + "b", "a".repeat(100_000))).isFalse();
    }

    @Test
    void hashesThatAreNoneAreRefused() {
        for (String text : List.of("", "sha256:", "sha256:00", "md5:" + "0".repeat(64), "sha256:" + "g".repeat(64))) {
            assertThatThrownBy(() -> KeyHash.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(KeyHash.of("x", PEPPER).toString())
                .doesNotContain(KeyHash.of("x", PEPPER).text().substring(20));
    }

    @Test
    void draftsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> KeyDraft.inference("a", "x\ny")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new KeyDraft("a", "", Set.of(), List.of(), "", Key.RateLimits.NONE, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
        for (Instant end :
                List.of(Instant.MAX, Instant.parse("+10000-01-01T00:00:00Z"), Instant.EPOCH.minusSeconds(1))) {
            assertThatThrownBy(() -> new KeyDraft(
                            "a", "x", Set.of(Scope.USAGE), List.of(), "", Key.RateLimits.NONE, Optional.of(end)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1970");
        }
        assertThatThrownBy(() -> new Key.RateLimits(OptionalLong.of(0), OptionalLong.empty(), OptionalInt.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource
    void whatAKeyUsedStaysItsAccounts(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Keys keys = keys(database);
            account(keys);
            keys.put(new Account("b", Optional.empty(), "B", "US", NOW));
            Key key = keys.create(KeyDraft.inference("a", "x")).key();
            assertThatThrownBy(() -> keys.update(key.id(), KeyDraft.inference("b", "x"), false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("belongs to the account 'a'");
            assertThat(keys.delete(key.id())).isTrue();
            assertThat(keys.key(key.id())).isEmpty();
            assertThat(keys.keys()).isEmpty();
            assertThatThrownBy(() -> keys.update(key.id(), KeyDraft.inference("a", "x"), false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("there is no key");
            assertThat(keys.ever("a")).containsExactly(key.id());
            assertThat(keys.ever("b")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void keysThatSayNoLimitsHaveTheUsualOnes(Database.Kind kind) {
        Key.RateLimits usual = new Key.RateLimits(OptionalLong.of(600), OptionalLong.of(9000), OptionalInt.empty());
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Keys keys = new Keys(database, PEPPER, usual, List.of(), () -> NOW);
            account(keys);
            Key.RateLimits own = new Key.RateLimits(OptionalLong.of(5), OptionalLong.empty(), OptionalInt.of(2));
            NewKey none = keys.create(KeyDraft.inference("a", "none"));
            NewKey some = keys.create(
                    new KeyDraft("a", "some", Set.of(Scope.INFERENCE), List.of(), "", own, Optional.empty()));
            assertThat(((KeyCheck.Valid) keys.check(none.secret())).key().limits())
                    .isEqualTo(usual);
            assertThat(((KeyCheck.Valid) keys.check(some.secret())).key().limits())
                    .isEqualTo(new Key.RateLimits(OptionalLong.of(5), OptionalLong.of(9000), OptionalInt.of(2)));
            assertThat(keys.key(none.key().id()).orElseThrow().limits()) // what it says itself
                    .isEqualTo(Key.RateLimits.NONE);
        }
    }
}
