package dev.jerboa.gateway.catalog;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.price.HolidayCalendar;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.PriceReader;
import dev.jerboa.settings.Section;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The entries of several catalogues: read one by one, with the place of each kept for messages about what it refers to. */
final class CatalogLayers {
    private static final int MOST_TOKENS = Integer.MAX_VALUE;
    private static final int MAX_PRIORITY = 1000;
    private static final double MAX_WEIGHT = 1e6;

    private final List<Section> layers;
    private final Map<String, HolidayCalendar> calendars = new LinkedHashMap<>();
    private final Map<String, Entry<Lab>> labs;
    private final Map<String, Entry<ModelEntry>> models;
    private final Map<String, Entry<Provider>> providers;
    private final Map<String, Entry<Endpoint>> endpoints;
    private final Set<String> examples = new TreeSet<>();

    private record Entry<T>(T value, String where) {}

    CatalogLayers(List<Section> layers) {
        this.layers = layers;
        readCalendars();
        labs = read("labs", CatalogLayers::lab);
        models = read("models", CatalogLayers::model);
        providers = read("providers", CatalogLayers::provider);
        PriceReader prices = new PriceReader(calendars);
        endpoints = read("endpoints", (id, section) -> endpoint(id, section, prices));
    }

    Catalog catalog() {
        models.values().forEach(model -> require(labs, "lab", model.value().lab(), model.where()));
        endpoints.values().forEach(endpoint -> {
            require(models, "model", endpoint.value().model(), endpoint.where());
            require(providers, "provider", endpoint.value().provider(), endpoint.where());
        });
        return Catalog.of(values(labs), values(models), values(providers), values(endpoints), examples);
    }

    private static <T> List<T> values(Map<String, Entry<T>> entries) {
        return entries.values().stream().map(Entry::value).toList();
    }

    private static void require(Map<String, ?> known, String kind, String id, String where) {
        if (!known.containsKey(id)) {
            throw new GatewayException(where + ": there is no " + kind + " '" + id
                    + "', expected one of the catalogue's " + kind + "s, or an entry for it under " + kind + "s");
        }
    }

    private <T> Map<String, Entry<T>> read(String kind, BiFunction<String, Section, T> reader) {
        Map<String, Entry<T>> all = new LinkedHashMap<>();
        for (Section layer : layers) {
            if (layer.has(kind)) {
                Section entries = layer.section(kind);
                for (String id : entries.keys()) {
                    String where = entries.where(id);
                    all.put(id, new Entry<>(reader.apply(id, entries.section(id)), where));
                }
            }
        }
        return all;
    }

    private void readCalendars() {
        for (Section layer : layers) {
            if (layer.has("calendars")) {
                Section section = layer.section("calendars");
                for (String name : section.keys()) {
                    Set<LocalDate> dates = new TreeSet<>();
                    for (String text : section.texts(name)) {
                        try {
                            dates.add(LocalDate.parse(text));
                        } catch (DateTimeException e) {
                            throw section.wrong(name, "a list of dates such as 2026-10-01; found '" + text + "'");
                        }
                    }
                    calendars.put(name, new HolidayCalendar(name, dates));
                }
            }
        }
    }

    private static Lab lab(String id, Section section) {
        Ids.require(Ids.NAME, id, section);
        List<String> organisations = section.texts("organisations", List.of());
        return new Lab(id, section.text("name"), Countries.read(section, "country"), organisations);
    }

    private static ModelEntry model(String id, Section section) {
        Ids.require(Ids.MODEL, id, section);
        String lab = id.substring(0, id.indexOf('/'));
        String family = section.text("family", lab);
        return new ModelEntry(
                id,
                lab,
                section.text("name"),
                family,
                required(section, "openness", Openness.class, Openness::text),
                section.text("licence", ""),
                Counts.read(section, "parameters"),
                Counts.read(section, "active"),
                kinds(section, "inputs"),
                kinds(section, "outputs"),
                section.integer("context", 0, 1, MOST_TOKENS),
                section.text("tokenizer", family),
                section.flag("reasoning", false),
                section.flag("tools", false),
                Counts.date(section, "released"),
                Ids.hubRepository(section, "hub"));
    }

    private static Set<String> kinds(Section section, String key) {
        Set<String> known = Set.of("text", "image", "audio", "video", "file", "embedding");
        List<String> kinds = section.texts(key, List.of("text"));
        for (String kind : kinds) {
            if (!known.contains(kind)) {
                throw section.wrong(key, "of text, image, audio, video, file, embedding; found '" + kind + "'");
            }
        }
        return Set.copyOf(kinds);
    }

    private static <E extends Enum<E>> E required(
            Section section, String key, Class<E> type, Function<E, String> text) {
        E[] all = type.getEnumConstants();
        if (!section.has(key)) {
            StringBuilder names = new StringBuilder();
            for (E constant : all) {
                names.append(names.isEmpty() ? "" : ", ").append(text.apply(constant));
            }
            throw new GatewayException(
                    section.where() + ": " + section.path() + "." + key + " is missing, expected one of " + names);
        }
        return section.choice(key, type, all[0]);
    }

    private static Provider provider(String id, Section section) {
        Ids.require(Ids.NAME, id, section);
        return new Provider(
                id,
                section.text("name"),
                Countries.read(section, "country"),
                required(section, "dialect", WireDialect.class, WireDialect::text),
                Addresses.base(section, "base"),
                SecretReference.read(section, "secrets"),
                new DataPolicy(section.flag("trains", true), section.flag("retains", true)));
    }

    private Endpoint endpoint(String id, Section section, PriceReader prices) {
        Ids.require(Ids.ENDPOINT, id, section);
        Ids.Parts parts = Ids.parts(id);
        Entry<ModelEntry> model = models.get(parts.model());
        long known = model == null ? 0 : model.value().context();
        long context = known == 0 || section.has("context") ? section.integer("context", 1, MOST_TOKENS) : known;
        if (section.flag("example", false)) {
            examples.add(id);
        } else {
            examples.remove(id);
        }
        Set<String> parameters = new TreeSet<>(section.texts("parameters", List.of()));
        return new Endpoint(
                id,
                parts.model(),
                parts.provider(),
                parts.variant(),
                section.text("upstream", parts.model().substring(parts.model().indexOf('/') + 1)),
                section.text("quantization", "unknown").toLowerCase(Locale.ROOT),
                context,
                section.integer("max_output", (int) context, 1, MOST_TOKENS),
                parameters,
                prices.read(section, "prices", MachineCost.NONE),
                section.number("weight", 1, 0, MAX_WEIGHT),
                section.integer("priority", 0, 0, MAX_PRIORITY));
    }
}
