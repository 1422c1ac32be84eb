package dev.jerboa.server.market;

import dev.jerboa.gateway.share.table.Csv;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.DrawnJson;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.server.http.HttpError;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends what was drawn, as JSON or, with {@code format=csv}, a table of it as CSV; nothing where the client has it already. */
final class Export {
    private static final int TAG_BYTES = 16;

    private Export() {}

    static void send(ServerRequest request, ServerResponse response, Drawn drawn, Map<String, @Nullable Object> query) {
        String format = request.query().first("format").orElse("json");
        switch (format) {
            case "json" -> json(request, response, DrawnJson.answer(query, drawn));
            case "csv" -> csv(request, response, drawn, table(request, drawn));
            default -> throw HttpError.field("format", "expected json or csv, found '" + format + "'");
        }
    }

    private static Table table(ServerRequest request, Drawn drawn) {
        return request.query()
                .first("table")
                .map(id -> drawn.table(id)
                        .orElseThrow(() -> HttpError.field(
                                "table",
                                "expected one of "
                                        + drawn.tables().stream().map(Table::id).toList() + ", found '" + id + "'")))
                .orElse(drawn.tables().getFirst());
    }

    private static void csv(ServerRequest request, ServerResponse response, Drawn drawn, Table table) {
        response.header("Content-Disposition", "attachment; filename=\"" + drawn.id() + "-" + table.id() + ".csv\"");
        tagged(request, response, "text/csv; charset=utf-8", Csv.text(table));
    }

    static void json(ServerRequest request, ServerResponse response, @Nullable Object value) {
        tagged(request, response, "application/json; charset=utf-8", JsonOut.line(value));
    }

    private static void tagged(ServerRequest request, ServerResponse response, String type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String tag = tag(bytes);
        response.header(HeaderNames.ETAG, tag);
        response.header(HeaderNames.CACHE_CONTROL, "private, no-cache");
        response.header("Vary", "Authorization");
        if (request.headers().first(HeaderNames.IF_NONE_MATCH).orElse("").equals(tag)) {
            response.status(Status.NOT_MODIFIED_304);
            response.send();
            return;
        }
        response.header(HeaderNames.CONTENT_TYPE, type);
        response.send(bytes);
    }

    private static String tag(byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return '"' + HexFormat.of().formatHex(hash, 0, TAG_BYTES) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
