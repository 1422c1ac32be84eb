/**
 * Who made a model, who offers it, where and at what price: labs, models, providers, endpoints.
 *
 * <pre>
 * catalogue.yaml (shipped, then the operator's own) → CatalogReader → Catalog (immutable, with a version) → swapped as a whole
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.catalog;

import org.jspecify.annotations.NullMarked;
