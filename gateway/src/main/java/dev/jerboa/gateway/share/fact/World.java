package dev.jerboa.gateway.share.fact;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** The labs, models, providers and endpoints that there have been, each with its entries by date. Immutable. */
public final class World {
    private static final long HOUR_MICROS = 3_600_000_000L;

    /** An hour after all entries: "as now". */
    static final long NOW = Long.MAX_VALUE;

    private record Lab(String id, String name, String country) {}

    /** A model's entry. */
    public record Model(
            String id,
            String lab,
            String name,
            String family,
            String openness,
            OptionalLong parameters,
            OptionalLong activeParameters,
            boolean reasoning,
            boolean tools,
            String released) {
        public boolean isOpen() {
            return !openness.equals("closed");
        }
    }

    private record Provider(String id, String name, String country, String dialect) {}

    private record Endpoint(String id, String model, String provider) {}

    private final Map<String, TreeMap<Long, Lab>> labs;
    private final Map<String, TreeMap<Long, Model>> models;
    private final Map<String, TreeMap<Long, Provider>> providers;
    private final Map<String, TreeMap<Long, Endpoint>> endpoints;
    private final TreeSet<Long> changes = new TreeSet<>();

    private World(LedgerSql sql) {
        labs = read(
                sql,
                "SELECT id, valid_from, name, country FROM lab",
                row -> new Lab(row.text(1), row.text(3), row.text(4)),
                Lab::id);
        models = read(
                sql,
                "SELECT id, valid_from, lab, name, family, openness, parameters, active_parameters, reasoning, tools, released"
                        + " FROM model",
                row -> new Model(
                        row.text(1),
                        row.text(3),
                        row.text(4),
                        row.text(5),
                        row.text(6),
                        number(row, 7),
                        number(row, 8),
                        row.number(9) != 0,
                        row.number(10) != 0,
                        row.text(11)),
                Model::id);
        providers = read(
                sql,
                "SELECT id, valid_from, name, country, dialect FROM provider",
                row -> new Provider(row.text(1), row.text(3), row.text(4), row.text(5)),
                Provider::id);
        endpoints = read(
                sql,
                "SELECT id, valid_from, model, provider FROM endpoint",
                row -> new Endpoint(row.text(1), row.text(3), row.text(4)),
                Endpoint::id);
        noteChanges(labs);
        noteChanges(models);
        noteChanges(providers);
        noteChanges(endpoints);
    }

    /** The world as a ledger has it now. */
    public static World read(LedgerSql sql) {
        return new World(sql);
    }

    private static OptionalLong number(LedgerSql.Row row, int column) {
        return row.isNull(column) ? OptionalLong.empty() : OptionalLong.of(row.number(column));
    }

    private record Dated<T>(long hour, T entry) {}

    private static <T> Map<String, TreeMap<Long, T>> read(
            LedgerSql sql, String query, Function<LedgerSql.Row, T> reader, Function<T, String> id) {
        Map<String, TreeMap<Long, T>> map = new HashMap<>();
        // The first hour that begins no earlier: an hour is what was so at its beginning.
        sql.rows(
                        query + " ORDER BY id, valid_from",
                        List.of(),
                        row -> new Dated<>(-Math.floorDiv(-row.number(2), HOUR_MICROS), reader.apply(row)))
                .forEach(dated -> map.computeIfAbsent(id.apply(dated.entry()), key -> new TreeMap<>())
                        .put(dated.hour(), dated.entry()));
        return map;
    }

    private <T> void noteChanges(Map<String, TreeMap<Long, T>> entries) {
        entries.values()
                .forEach(dated ->
                        changes.addAll(dated.tailMap(dated.firstKey(), false).keySet()));
    }

    /** The hours between two, exclusive, at which an entry changed. */
    List<Long> changes(long from, long to) {
        return from >= to ? List.of() : List.copyOf(changes.subSet(from, false, to, false));
    }

    /** The entry of an hour; the first one before there was any. */
    private static <T> T at(TreeMap<Long, T> dated, long hour) {
        Map.Entry<Long, T> entry = dated.floorEntry(hour);
        return entry == null ? dated.firstEntry().getValue() : entry.getValue();
    }

    private static <T> T at(Map<String, TreeMap<Long, T>> entries, String id, long hour, T otherwise) {
        TreeMap<Long, T> dated = entries.get(id);
        return dated == null ? otherwise : at(dated, hour);
    }

    /** Every model, as now. */
    public List<Model> models() {
        return models.values().stream()
                .map(dated -> at(dated, NOW))
                .sorted(java.util.Comparator.comparing(Model::id))
                .toList();
    }

    /** A lab's country, as now. */
    public String countryOfLab(String lab) {
        return at(labs, lab, NOW, new Lab(lab, lab, Subject.UNKNOWN)).country();
    }

    /** A lab's country, as it was in an hour. */
    public String countryOfLab(String lab, long hour) {
        return at(labs, lab, hour, new Lab(lab, lab, Subject.UNKNOWN)).country();
    }

    /** A lab's name, as now. */
    public String nameOfLab(String lab) {
        return at(labs, lab, NOW, new Lab(lab, lab, Subject.UNKNOWN)).name();
    }

    /** The model that an endpoint is, as now. */
    public String modelOf(String endpoint) {
        return subject(endpoint, NOW).model();
    }

    /** What an endpoint was at an hour. */
    Subject subject(String id, long hour) {
        Endpoint endpoint = at(endpoints, id, hour, new Endpoint(id, Subject.UNKNOWN, Subject.UNKNOWN));
        Model model = at(
                models,
                endpoint.model(),
                hour,
                new Model(
                        endpoint.model(),
                        Subject.UNKNOWN,
                        endpoint.model(),
                        Subject.UNKNOWN,
                        Subject.UNKNOWN,
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        false,
                        false,
                        ""));
        Lab lab = at(labs, model.lab(), hour, new Lab(model.lab(), model.lab(), Subject.UNKNOWN));
        Provider provider = at(
                providers,
                endpoint.provider(),
                hour,
                new Provider(endpoint.provider(), endpoint.provider(), Subject.UNKNOWN, ""));
        return new Subject(
                id,
                model.id(),
                model.name(),
                model.family(),
                lab.id(),
                lab.name(),
                lab.country(),
                provider.id(),
                provider.country(),
                model.openness(),
                model.parameters(),
                model.activeParameters(),
                model.reasoning(),
                model.tools(),
                model.released(),
                provider.dialect().equals("local"));
    }
}
