package dev.jerboa.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.config.CategoriesConfig;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever clients say, a request has one of the operator's categories, or other. */
class CategoriesTest {
    private static final Categories CATEGORIES = new Categories(new CategoriesConfig(
            List.of("coding", "support", "night work"),
            List.of(
                    new CategoriesConfig.Rule("ide-*", "", "", "", "chat", "coding"),
                    new CategoriesConfig.Rule("", "", "", "lab/small*", "", "night work"),
                    new CategoriesConfig.Rule("", "k*", "acc", "", "", "support"))));

    private static Caller caller(String header, String app, String key, String account) {
        Optional<Key> of = key.isEmpty()
                ? Optional.empty()
                : Optional.of(new Key(
                        key,
                        "acc",
                        "",
                        Set.of(Scope.INFERENCE),
                        List.of(),
                        "",
                        "",
                        Key.RateLimits.NONE,
                        Instant.EPOCH,
                        Optional.empty(),
                        false,
                        false,
                        account));
        return new Caller(of, app, header);
    }

    /** Header, then metadata of OpenAI's forms, then the key's, then rules. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // form | header | metadata | key | key's category | app | model | category
                "CHAT | coding | support | k1 | night work | ide-1 | m | coding",
                "CHAT | '  Coding ' | | | | | m | coding",
                "CHAT | | support | k1 | night work | ide-1 | m | support",
                "RESPONSES | | Night Work | | | | m | night work",
                "MESSAGES | | support | | | | m | other",
                "CHAT | | | k1 | night work | ide-1 | m | night work",
                "CHAT | | | k1 | | ide-1 | m | coding",
                "RESPONSES | | | k1 | | ide-1 | m | support",
                "CHAT | | | k1 | | ide-1 | lab/small-2 | coding",
                "MESSAGES | | | | | | lab/small-2 | night work",
                "CHAT | | | | | else | m | other",
                // what is said and not known is none of them, whatever else there is
                "CHAT | gossip | support | k1 | coding | ide-1 | m | other",
                "CHAT | | gossip | k1 | coding | ide-1 | m | other",
                "CHAT | | | k1 | gone | ide-1 | m | other"
            })
    void oneOfTheList(
            ClientForm form,
            String header,
            String metadata,
            String key,
            String ofKey,
            String app,
            String model,
            String category) {
        String body = "{\"model\": \"" + model + "\""
                + (metadata == null ? "" : ", \"metadata\": {\"category\": \"" + metadata + "\"}") + "}";
        Caller caller = caller(or(header), or(app), or(key), or(ofKey));
        assertThat(CATEGORIES.of(caller, Scene.request(form, body))).isEqualTo(category);
    }

    private static String or(String text) {
        return text == null ? "" : text;
    }

    @Test
    void withoutAListThereAreNone() {
        assertThat(Categories.NONE.of(
                        caller("coding", "", "", ""), Scene.request(ClientForm.CHAT, "{\"model\": \"m\"}")))
                .isEmpty();
    }
}
