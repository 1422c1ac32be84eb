package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.Subject;
import dev.jerboa.gateway.share.fact.World;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Pulls of models by the country of the lab that published them: since the first, by year (of pulls made in it, and of models released
 * in it), by lab and by quantization; and imported figures of others beside them, never added to them.
 */
public final class Pulls {
    /** Names of imported series about downloads begin so. */
    public static final String SERIES = "downloads";

    private static final long HOURS_OF_DAY = 24;
    private static final int YEAR_CHARACTERS = 4;

    private final FactReader reader;
    private final ShareQuery query;
    private final World world;
    private final Map<String, String> labOf = new HashMap<>();
    /** The first day that is not counted. */
    private final long end;

    private Pulls(FactReader reader) {
        this.reader = reader;
        this.query = reader.query();
        this.world = reader.world();
        this.world.models().forEach(model -> labOf.put(model.id(), model.lab()));
        this.end = -Math.floorDiv(-query.to(), HOURS_OF_DAY);
    }

    private record Day(long day, String lab, long pulls, long bytes) {}

    private record Of(String what, long pulls, long bytes) {}

    /** Pulls of a model, by the lab that they were of. */
    private record Published(String model, String lab, long pulls, long bytes) {}

    public static Drawn draw(FactReader reader) {
        return new Pulls(reader).draw();
    }

    private Drawn draw() {
        String modelOfNoLab = "CASE WHEN lab = '' THEN model ELSE '' END";
        List<Day> days = reader.sql()
                .rows(
                        "SELECT day, lab, " + modelOfNoLab + ", SUM(pulls), SUM(bytes) FROM pull WHERE day < ?"
                                + " GROUP BY day, lab, " + modelOfNoLab + " ORDER BY 1, 2, 3",
                        List.of(end),
                        row -> new Day(row.number(1), lab(row.text(2), row.text(3)), row.number(4), row.number(5)));
        List<Published> models = reader.sql()
                .rows(
                        "SELECT model, lab, SUM(pulls), SUM(bytes) FROM pull WHERE day < ? GROUP BY model, lab ORDER BY 1, 2",
                        List.of(end),
                        row -> new Published(row.text(1), lab(row.text(2), row.text(1)), row.number(3), row.number(4)));
        List<Note> notes = new ArrayList<>(
                List.of(
                        Note.of(
                                "pulls",
                                "A pull is a download of a model's file from a hub that ended and whose hash was right. Hubs count requests for a file instead, so the two do not compare one to one."),
                        Note.of(
                                "pulls-country",
                                "Countries are those of the labs that published, not of who pulled. Amounts are from the first pull to the end of this time."),
                        Note.of(
                                "pulls-year",
                                "A year's share is given twice: of the pulls made in it, and of all pulls of the models released in it.")));
        Table imported = imported();
        if (!imported.rows().isEmpty()) {
            notes.add(Note.of(
                    "imported",
                    "Imported figures are others', with their definitions; they are not part of these sums."));
        }
        return new Drawn(
                "pulls",
                "Pulls by lab country",
                List.of(
                        cumulative(days),
                        countries(days),
                        years(days),
                        released(models),
                        labs(models),
                        quantizations(),
                        imported),
                notes);
    }

    private List<Of> of(String column) {
        return reader.sql()
                .rows(
                        "SELECT " + column + ", SUM(pulls), SUM(bytes) FROM pull WHERE day < ? GROUP BY " + column
                                + " ORDER BY 1",
                        List.of(end),
                        row -> new Of(row.text(1), row.number(2), row.number(3)));
    }

    /** The lab that a pull was of, else its model's: so that sums of labs are those of their countries. */
    private String lab(String told, String model) {
        return told.isEmpty() ? labOf.getOrDefault(model, Subject.UNKNOWN) : told;
    }

    private String country(Day day) {
        return query.asNow() ? world.countryOfLab(day.lab()) : world.countryOfLab(day.lab(), day.day() * HOURS_OF_DAY);
    }

    private Table cumulative(List<Day> days) {
        Table.Draft table = Table.of("cumulative", "Pulls since the first")
                .column("period", "Beginning", Unit.TIME)
                .column("group", "Country", Unit.TEXT)
                .column("amount", "Pulls", Unit.PULLS)
                .column("cumulative", "Since the first", Unit.PULLS)
                .column("cumulative_bytes", "Bytes since the first", Unit.BYTES)
                .column("share", "Share of all since the first", Unit.SHARE);
        Amounts pulls = new Amounts();
        Amounts bytes = new Amounts();
        for (Day day : days) {
            // What is before this time is part of the sums, in a period of its own.
            long hour = day.day() * HOURS_OF_DAY;
            long period = hour < query.from() ? Long.MIN_VALUE : query.bucket().start(hour);
            pulls.add(period, country(day), day.pulls());
            bytes.add(period, country(day), day.bytes());
        }
        Map<String, Long> pulled = new HashMap<>();
        Map<String, Long> weighed = new HashMap<>();
        long all = 0;
        for (long period : pulls.periods()) {
            all = Math.addExact(all, pulls.ofPeriod(period));
            for (String country : pulls.groups()) {
                long amount = pulls.of(period, country);
                long sum = pulled.merge(country, amount, Math::addExact);
                long weight = weighed.merge(country, bytes.of(period, country), Math::addExact);
                if (period != Long.MIN_VALUE) {
                    table.row(query.bucket().shown(period), country, amount, sum, weight, Exact.share(sum, all));
                }
            }
        }
        return table.table();
    }

    private Table countries(List<Day> days) {
        Table.Draft table = Table.of("countries", "Pulls by lab country")
                .column("group", "Country", Unit.TEXT)
                .column("pulls", "Pulls", Unit.PULLS)
                .column("share", "Share", Unit.SHARE);
        Amounts amounts = new Amounts();
        days.forEach(day -> amounts.add(0, country(day), day.pulls()));
        amounts.groups()
                .forEach(country -> table.row(
                        country, amounts.total(country), Exact.share(amounts.total(country), amounts.total())));
        return table.table();
    }

    private Table years(List<Day> days) {
        Amounts amounts = new Amounts();
        days.forEach(day -> amounts.add(LocalDate.ofEpochDay(day.day()).getYear(), country(day), day.pulls()));
        return byYear("years", "Pulls made in each year", amounts);
    }

    private Table released(List<Published> models) {
        Map<String, World.Model> known = new HashMap<>();
        world.models().forEach(model -> known.put(model.id(), model));
        Amounts amounts = new Amounts();
        for (Published of : models) {
            World.Model model = known.get(of.model());
            if (model != null && model.released().length() >= YEAR_CHARACTERS) {
                amounts.add(
                        Long.parseLong(model.released().substring(0, YEAR_CHARACTERS)),
                        world.countryOfLab(model.lab()),
                        of.pulls());
            }
        }
        return byYear("released", "Pulls of models released in each year", amounts);
    }

    private static Table byYear(String id, String title, Amounts amounts) {
        Table.Draft table = Table.of(id, title)
                .column("year", "Year", Unit.TEXT)
                .column("group", "Country", Unit.TEXT)
                .column("pulls", "Pulls", Unit.PULLS)
                .column("share", "Share of the year", Unit.SHARE);
        for (long year : amounts.periods()) {
            for (String country : amounts.ranked(year)) {
                long pulls = amounts.of(year, country);
                table.row(Long.toString(year), country, pulls, Exact.share(pulls, amounts.ofPeriod(year)));
            }
        }
        return table.table();
    }

    /** Each lab with its open models, every variant counted, and the pulls of them all. */
    private Table labs(List<Published> models) {
        Table.Draft table = Table.of("labs", "Pulls by lab")
                .column("lab", "Lab", Unit.TEXT)
                .column("name", "Name", Unit.TEXT)
                .column("country", "Country", Unit.TEXT)
                .column("open_models", "Open models", Unit.COUNT)
                .column("pulls", "Pulls", Unit.PULLS)
                .column("bytes", "Bytes", Unit.BYTES);
        Map<String, Long> counts = new TreeMap<>();
        String last = LocalDate.ofEpochDay(end).toString();
        for (World.Model model : world.models()) {
            if (model.isOpen() && model.released().compareTo(last) < 0) {
                counts.merge(model.lab(), 1L, Long::sum);
            }
        }
        Amounts pulls = new Amounts();
        Map<String, Long> bytes = new HashMap<>();
        for (Published of : models) {
            pulls.add(0, of.lab(), of.pulls());
            bytes.merge(of.lab(), of.bytes(), Math::addExact);
        }
        for (String lab : pulls.groups()) {
            table.row(
                    lab,
                    world.nameOfLab(lab),
                    world.countryOfLab(lab),
                    counts.getOrDefault(lab, 0L),
                    pulls.total(lab),
                    bytes.getOrDefault(lab, 0L));
        }
        return table.table();
    }

    private Table quantizations() {
        Table.Draft table = Table.of("quantizations", "Pulls by quantization")
                .column("quantization", "Quantization", Unit.TEXT)
                .column("pulls", "Pulls", Unit.PULLS)
                .column("bytes", "Bytes", Unit.BYTES)
                .column("share", "Share", Unit.SHARE);
        List<Of> all = of("quantization");
        long whole = all.stream().mapToLong(Of::pulls).reduce(0, Math::addExact);
        all.forEach(of -> table.row(of.what(), of.pulls(), of.bytes(), Exact.share(of.pulls(), whole)));
        return table.table();
    }

    private Table imported() {
        return Imported.table(
                reader, "imported", "Imported figures", "name LIKE ? AND day < ?", List.of(SERIES + "%", end));
    }
}
