package dev.jerboa.gateway.dialect;

import dev.jerboa.gateway.catalog.WireDialect;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What dialects call service tiers, so that a request and its reply mean the same in each:
 *
 * <pre>
 *                       OpenAI's chats and responses          Anthropic's messages
 * what there is         auto                                  auto
 * the usual one         default (standard, on_demand)         standard_only; replies: standard
 * others                flex, priority, scale                 none to be asked for; replies: priority, batch
 * </pre>
 *
 * Anthropic's priority is capacity that was bought before, which {@code auto} uses: nothing asks for it alone. Ollama's dialect has none.
 */
public final class ServiceTiers {
    private static final System.Logger LOG = System.getLogger(ServiceTiers.class.getName());

    private ServiceTiers() {}

    /** What a client asks for, in OpenAI's word. */
    public static String read(WireDialect from, String word) {
        return from == WireDialect.ANTHROPIC && word.equals("standard_only") ? "default" : word;
    }

    /** How an endpoint is asked for it; empty where its dialect has no such tier. */
    public static Optional<String> written(WireDialect to, String word) {
        Optional<String> told = switch (to) {
            case OPENAI, RESPONSES -> Optional.of(word);
            case ANTHROPIC ->
                switch (word) {
                    case "auto" -> Optional.of("auto");
                    case "default", "standard", "on_demand" -> Optional.of("standard_only");
                    default -> Optional.empty();
                };
            case OLLAMA, LOCAL -> Optional.empty();
        };
        if (told.isEmpty()) {
            LOG.log(System.Logger.Level.DEBUG, "the service tier ''{0}'' is not told: there is none in {1}", word, to);
        }
        return told;
    }

    /** The word that an endpoint is told for a client's; empty where there is none. */
    public static Optional<String> asked(WireDialect from, WireDialect to, String word) {
        return from == to ? Optional.of(word) : written(to, read(from, word));
    }

    /** How a client's dialect calls the tier at which a reply says that it was processed; null where it does not say, or has no word for it. */
    public static @Nullable String served(WireDialect to, String tier) {
        boolean usual = tier.equals("default") || tier.equals("standard") || tier.equals("on_demand");
        return switch (to) {
            case OPENAI, RESPONSES -> tier.isEmpty() ? null : usual ? "default" : tier;
            case ANTHROPIC -> usual ? "standard" : tier.equals("priority") || tier.equals("batch") ? tier : null;
            case OLLAMA, LOCAL -> null;
        };
    }
}
