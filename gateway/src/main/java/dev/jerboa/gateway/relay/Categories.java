package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.config.CategoriesConfig;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.key.Key;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What requests are about, by their own word: the header {@code X-Jerboa-Category}, or {@code metadata.category} in OpenAI's forms; else by
 * their key's; else by the first rule that holds. Whatever is said, it is one of the operator's names, or {@link CategoriesConfig#OTHER}.
 * Thread-safe.
 */
public final class Categories {
    public static final Categories NONE = new Categories(CategoriesConfig.NONE);

    private final CategoriesConfig config;
    private final Set<String> names;

    public Categories(CategoriesConfig config) {
        this.config = config;
        this.names = Set.copyOf(config.names());
    }

    /** The category of a request; empty where there are none. */
    String of(Caller caller, ClientRequest request) {
        if (names.isEmpty()) {
            return "";
        }
        String said = caller.category().isEmpty() ? metadata(request) : caller.category();
        if (said.isEmpty()) {
            said = caller.key().map(Key::category).orElse("");
        }
        if (said.isEmpty()) {
            said = byRule(caller, request);
        }
        String name = said.strip().toLowerCase(Locale.ROOT);
        return names.contains(name) ? name : CategoriesConfig.OTHER;
    }

    /** Anthropic's metadata have a user's id only, and its endpoints refuse others. */
    private static String metadata(ClientRequest request) {
        boolean openAi = request.form() == ClientForm.CHAT
                || request.form() == ClientForm.COMPLETIONS
                || request.form() == ClientForm.RESPONSES;
        return openAi
                        && request.body().get("metadata") instanceof Map<?, ?> metadata
                        && metadata.get("category") instanceof String category
                ? category
                : "";
    }

    private String byRule(Caller caller, ClientRequest request) {
        for (CategoriesConfig.Rule rule : config.rules()) {
            if (holds(rule.app(), caller.appName())
                    && holds(rule.key(), caller.keyId())
                    && holds(rule.account(), caller.account())
                    && holds(rule.model(), request.model())
                    && holds(rule.form(), request.form().text())) {
                return rule.category();
            }
        }
        return "";
    }

    private static boolean holds(String pattern, String text) {
        return pattern.isEmpty() || Key.matches(pattern, text);
    }
}
