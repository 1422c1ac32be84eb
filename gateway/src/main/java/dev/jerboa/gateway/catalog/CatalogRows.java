package dev.jerboa.gateway.catalog;

import java.util.List;
import java.util.Optional;
import java.time.LocalDate;
import java.util.OptionalLong;

/** Entries as a store keeps them: what charts group by, and the prices that events name. The tables of the schema, without their dates. */
public record CatalogRows(
        List<LabRow> labs,
        List<ModelRow> models,
        List<ProviderRow> providers,
        List<EndpointRow> endpoints,
        List<PriceRow> prices) {
    public static final CatalogRows NONE =
            new CatalogRows(List.of(), List.of(), List.of(), List.of(), List.of());

    public CatalogRows {
        labs = List.copyOf(labs);
        models = List.copyOf(models);
        providers = List.copyOf(providers);
        endpoints = List.copyOf(endpoints);
        prices = List.copyOf(prices);
    }

    public boolean isEmpty() {
        return equals(NONE);
    }

    /** A row of {@code lab}. */
    public record LabRow(String id, String name, String country) {
        static LabRow of(Lab lab) {
            return new LabRow(lab.id(), lab.name(), lab.country());
        }
    }

    /** A row of {@code model}. */
    public record ModelRow(
            String id,
            String lab,
            String name,
            String family,
            Openness openness,
            String licence,
            OptionalLong parameters,
            OptionalLong activeParameters,
            long context,
            String tokenizer,
            boolean reasoning,
            boolean tools,
            Optional<LocalDate> released) {
        static ModelRow of(ModelEntry model) {
            return new ModelRow(
                    model.id(),
                    model.lab(),
                    model.name(),
                    model.family(),
                    model.openness(),
                    model.licence(),
                    model.parameters(),
                    model.activeParameters(),
                    model.context(),
                    model.tokenizer(),
                    model.reasoning(),
                    model.tools(),
                    model.released());
        }
    }

    /** A row of {@code provider}. */
    public record ProviderRow(
            String id, String name, String country, WireDialect dialect, boolean trains, boolean retains) {
        static ProviderRow of(Provider provider) {
            return new ProviderRow(
                    provider.id(),
                    provider.name(),
                    provider.country(),
                    provider.dialect(),
                    provider.policy().trains(),
                    provider.policy().retains());
        }
    }

    /** A row of {@code endpoint}. */
    public record EndpointRow(
            String id,
            String model,
            String provider,
            String variant,
            String quantization,
            long context,
            long maxOutput,
            String priceVersion) {
        static EndpointRow of(Endpoint endpoint) {
            return new EndpointRow(
                    endpoint.id(),
                    endpoint.model(),
                    endpoint.provider(),
                    endpoint.variant(),
                    endpoint.quantization(),
                    endpoint.context(),
                    endpoint.maxOutput(),
                    endpoint.prices().version());
        }
    }

    /** A row of {@code price}: it has no date, as a version says one thing for ever. */
    public record PriceRow(String version, String schedule) {
        static PriceRow of(Endpoint endpoint) {
            return new PriceRow(endpoint.prices().version(), endpoint.prices().text());
        }
    }
}
