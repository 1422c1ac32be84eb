package dev.jerboa.gateway.catalog;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeSet;

/** A hash of all that a catalogue says, in the order in which it says it; of secrets, where they are. */
final class CatalogVersion {
    private static final int BYTES = 8;

    private final StringBuilder text = new StringBuilder();

    private CatalogVersion() {}

    static String of(
            Collection<Lab> labs,
            Collection<ModelEntry> models,
            Collection<Provider> providers,
            Collection<Endpoint> endpoints) {
        CatalogVersion version = new CatalogVersion();
        labs.forEach(lab -> version.line("lab", lab.id(), lab.name(), lab.country(), lab.organisations()));
        models.forEach(version::model);
        providers.forEach(each -> version.line(
                "provider",
                each.id(),
                each.name(),
                each.country(),
                each.dialect(),
                each.base(),
                each.secrets(),
                each.policy()));
        endpoints.forEach(version::endpoint);
        return version.hash();
    }

    private void model(ModelEntry model) {
        line(
                "model",
                model.id(),
                model.lab(),
                model.name(),
                model.family(),
                model.openness(),
                model.licence(),
                model.parameters(),
                model.activeParameters(),
                new TreeSet<>(model.inputs()),
                new TreeSet<>(model.outputs()),
                model.context(),
                model.tokenizer(),
                model.reasoning(),
                model.tools(),
                model.released(),
                model.hubRepository());
    }

    private void endpoint(Endpoint endpoint) {
        line(
                "endpoint",
                endpoint.id(),
                endpoint.upstreamName(),
                endpoint.quantization(),
                endpoint.context(),
                endpoint.maxOutput(),
                new TreeSet<>(endpoint.parameters()),
                endpoint.prices().version(),
                endpoint.weight(),
                endpoint.priority());
    }

    private void line(Object... fields) {
        for (Object field : fields) {
            String value = field instanceof Optional<?> some
                    ? some.map(Object::toString).orElse("")
                    : field.toString();
            text.append(value.length()).append(':').append(value);
        }
        text.append('\n');
    }

    private String hash() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
