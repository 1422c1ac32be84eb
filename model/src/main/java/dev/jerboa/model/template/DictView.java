package dev.jerboa.model.template;

import java.util.Map;

/** {@code keys()}, {@code values()} or {@code items()} of a mapping. */
record DictView(Map<?, ?> map, Part part) {
    enum Part {
        KEYS,
        VALUES,
        ITEMS
    }
}
