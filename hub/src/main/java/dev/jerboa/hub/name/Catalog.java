package dev.jerboa.hub.name;

import dev.jerboa.hub.HubException;
import dev.jerboa.model.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Short names of well-known models, such as {@code qwen3:0.6b}, and the repositories that they mean. Immutable. */
public final class Catalog {
    private static final String RESOURCE = "catalog.json";

    /** Differences in letters within which a name is suggested. */
    private static final int NEAR = 2;

    /** By name, then by size; the first size is the one without a size. */
    private final Map<String, Map<String, String>> models;

    private Catalog(Map<String, Map<String, String>> models) {
        this.models = models;
    }

    /** The catalogue that comes with Jerboa. */
    public static Catalog own() {
        try (InputStream in = Catalog.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is not on the class path");
            }
            return of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads {@code {"models": {NAME: {SIZE: "org/name[:choice]", …}, …}}}. */
    static Catalog of(String json) {
        Map<String, Map<String, String>> models = new LinkedHashMap<>();
        Map<String, @Nullable Object> all = Json.asObject(
                Json.asObject(Json.parse(json, RESOURCE), RESOURCE).get("models"), RESOURCE + ": models");
        all.forEach((name, sizes) -> {
            Map<String, String> bySize = new LinkedHashMap<>();
            Json.asObject(sizes, RESOURCE + ": " + name).forEach((size, repository) -> {
                bySize.put(size, String.valueOf(repository));
            });
            models.put(name, Collections.unmodifiableMap(bySize));
        });
        return new Catalog(Collections.unmodifiableMap(models));
    }

    /**
     * What a user's text means: a repository, or an alias {@code name[:size]}.
     *
     * @throws HubException for an alias that there is not, with those that are near
     */
    public ModelName resolve(String text) {
        if (text.indexOf('/') >= 0) {
            return ModelName.of(text);
        }
        int colon = text.indexOf(':');
        String name = (colon < 0 ? text : text.substring(0, colon)).toLowerCase(Locale.ROOT);
        Map<String, String> sizes = models.get(name);
        if (sizes == null) {
            throw new HubException(
                    "'" + text + "' is neither a file or folder here nor a model of the catalogue" + near(name)
                            + "; a hub's repository is written org/name (jerboa list --catalog shows the short names)");
        }
        if (colon < 0) {
            return ModelName.of(sizes.values().iterator().next());
        }
        String size = text.substring(colon + 1).toLowerCase(Locale.ROOT);
        String repository = sizes.get(size);
        if (repository == null) {
            throw new HubException("'" + text + "': the catalogue has " + name + " in the sizes " + sizes.keySet());
        }
        return ModelName.of(repository);
    }

    private String near(String name) {
        List<String> near = new ArrayList<>();
        for (String known : models.keySet()) {
            if (known.startsWith(name) || name.startsWith(known) || distance(known, name) <= NEAR) {
                near.add(known);
            }
        }
        return near.isEmpty() ? "" : " (near it: " + String.join(", ", near) + ")";
    }

    /** Levenshtein's. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = Math.min(
                        Math.min(row[j - 1], above) + 1, diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    /** All names with their sizes and what they mean. */
    public Map<String, Map<String, String>> models() {
        return models;
    }
}
