package dev.jerboa.gateway.share.table;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A sentence below a chart: a definition, or how far the figures can be trusted.
 *
 * @param id names the sentence, for pages that have it in other languages
 * @param text in English, complete
 * @param values what the sentence has that other languages need
 */
public record Note(String id, String text, Map<String, Object> values) {
    public Note {
        values = Collections.unmodifiableMap(new TreeMap<>(values)); // one order on all nodes
    }

    public static Note of(String id, String text) {
        return new Note(id, text, Map.of());
    }
}
