package dev.jerboa.spark;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.audit.Rerating;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Csv;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.DrawnJson;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import dev.jerboa.model.json.JsonOut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder of the machine that the job was started on: for each chart the JSON that the gateway answers with, and a CSV file a table. */
final class Results {
    private final Path folder;

    /** @param folder is made where it is not there; files in it are written over */
    Results(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    /** Writes {@code ID.json}, and {@code ID-TABLE.csv} for each table. */
    void write(Drawn drawn, ShareQuery query) {
        write(drawn.id() + ".json", JsonOut.line(DrawnJson.answer(query.shown(), drawn)));
        for (Table table : drawn.tables()) {
            write(drawn.id() + "-" + table.id() + ".csv", Csv.text(table));
        }
    }

    void write(Rerating.Report report, ShareQuery query) {
        Table.Draft lines = Table.of("lines", "Requests at other prices")
                .column("day", "Day", Unit.TIME)
                .column("endpoint", "Endpoint", Unit.TEXT)
                .column("model", "Model", Unit.TEXT)
                .column("requests", "Requests", Unit.REQUESTS)
                .column("tokens", "Tokens", Unit.TOKENS)
                .column("paid", "Paid", Unit.DOLLARS)
                .column("other", "At other prices", Unit.DOLLARS)
                .column("difference", "Difference", Unit.DOLLARS);
        for (Rerating.Line line : report.lines()) {
            lines.row(
                    line.day().toString(),
                    line.endpoint(),
                    line.model(),
                    line.requests(),
                    line.tokens(),
                    Exact.dollars(line.paidNanos()),
                    Exact.dollars(line.otherNanos()),
                    Exact.dollars(line.deltaNanos()));
        }
        Note unrated = Note.of(
                "unrated",
                report.unrated() + " requests, which cost $"
                        + Exact.dollars(report.unratedNanos()).toPlainString()
                        + ", have no price there and are in no line.");
        write(new Drawn("rerate", "Requests at other prices", List.of(lines.table()), List.of(unrated)), query);
    }

    private void write(String name, String text) {
        Path file = folder.resolve(name);
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static GatewayException failed(Path path, IOException e) {
        return new GatewayException(path + " cannot be written: " + e, e);
    }
}
