package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Countries;
import dev.jerboa.gateway.catalog.DataPolicy;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.PriceReader;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.settings.Section;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Models of this machine, as endpoints of a provider that is this machine. */
record LocalModels(String country, List<LocalModel> models) {
    private static final int MOST_TOKENS = Integer.MAX_VALUE;
    private static final double MAX_WEIGHT = 1e6;

    static LocalModels read(Section section, Catalog catalog, Path folder) {
        String country = section.has("country") ? Countries.read(section, "country") : Countries.UNKNOWN;
        MachineCost machine =
                section.has("machine") ? PriceReader.machine(section.section("machine")) : MachineCost.NONE;
        Section entries = section.sectionOrEmpty("models");
        List<LocalModel> models = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (String name : entries.keys()) {
            LocalModel model = model(name, entries.section(name), machine, catalog, folder);
            if (!ids.add(model.endpoint().id())) {
                throw new GatewayException(entries.where(name) + ": two local models are "
                        + model.endpoint().id() + ", expected a 'variant' of its own for each");
            }
            models.add(model);
        }
        return new LocalModels(country, List.copyOf(models));
    }

    private static LocalModel model(String name, Section section, MachineCost shared, Catalog catalog, Path folder) {
        Names.require(section, name);
        String id = section.text("model");
        ModelEntry entry = catalog.model(id)
                .orElseThrow(() -> section.wrong(
                        "model", "the id of a model of the catalogue, or an entry for it under catalogue.models"));
        String variant = section.text("variant", "");
        if (!variant.matches("([a-z0-9][a-z0-9-]{0,31})?") || variant.equals("nitro") || variant.equals("floor")) {
            throw section.wrong("variant", "small letters, digits and '-', but not nitro or floor");
        }
        int most = entry.context() == 0 ? MOST_TOKENS : (int) Math.min(entry.context(), MOST_TOKENS);
        int context = entry.context() == 0
                ? section.integer("context", 1, MOST_TOKENS)
                : section.integer("context", most, 1, MOST_TOKENS);
        MachineCost machine = section.has("machine") ? PriceReader.machine(section.section("machine")) : shared;
        Endpoint endpoint = new Endpoint(
                Provider.LOCAL + ":" + id + (variant.isEmpty() ? "" : ":" + variant),
                id,
                Provider.LOCAL,
                variant,
                name,
                section.text("quantization", "unknown").toLowerCase(Locale.ROOT),
                context,
                section.integer("max_output", context, 1, MOST_TOKENS),
                Set.of(),
                section.has("prices")
                        ? new PriceReader(Map.of()).read(section, "prices", machine)
                        : Schedule.machine(machine),
                section.number("weight", 1, 0, MAX_WEIGHT),
                section.integer("priority", 0, 0, 1000));
        return new LocalModel(name, source(section, folder), endpoint);
    }

    private static String source(Section section, Path folder) {
        String source = section.text("source");
        Path path = Paths.resolve(section, "source", source, folder);
        return Files.exists(path) ? path.toString() : source;
    }

    /** A catalogue with these. */
    Catalog addTo(Catalog catalog) {
        if (models.isEmpty()) {
            return catalog;
        }
        Provider machine = new Provider(
                Provider.LOCAL,
                "This machine",
                country,
                WireDialect.LOCAL,
                Optional.empty(),
                List.of(),
                DataPolicy.LOCAL);
        return catalog.and(
                List.of(machine), models.stream().map(LocalModel::endpoint).toList());
    }
}
