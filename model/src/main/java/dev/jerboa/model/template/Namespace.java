package dev.jerboa.model.template;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one value whose attributes a template may set; equal only to itself. */
final class Namespace {
    final Map<@Nullable Object, @Nullable Object> attributes;

    Namespace(Map<@Nullable Object, @Nullable Object> attributes) {
        this.attributes = attributes;
    }
}
