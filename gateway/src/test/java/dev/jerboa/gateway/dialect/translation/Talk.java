package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.EndpointRequest;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyReader;
import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.model.json.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Requests and replies of tests, written with single quotation marks. */
final class Talk {
    static final RequestOptions OPTIONS = new RequestOptions("up/model", 4096, Set.of());

    private Talk() {}

    static String json(String text) {
        return text.replace('\'', '"');
    }

    static Map<String, @Nullable Object> object(String text) {
        return Json.asObject(Json.parse(json(text), "a test"), "a test");
    }

    static Map<String, @Nullable Object> object(byte[] bytes) {
        return Json.asObject(Json.parse(text(bytes), "a test"), "a test");
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static ClientRequest request(ClientForm form, String text) {
        return new ClientRequest(form, bytes(json(text)), object(text));
    }

    static ClientRequest request(ClientForm form, Map<String, @Nullable Object> body) {
        return new ClientRequest(form, dev.jerboa.gateway.dialect.wire.Out.json(body), body);
    }

    static Translation translation(ClientForm from, WireDialect to) {
        return Translation.of(from, to).orElseThrow();
    }

    /** What an endpoint is sent, as JSON. */
    static Map<String, @Nullable Object> sent(ClientForm from, WireDialect to, String text) {
        return object(send(from, to, text).body());
    }

    static EndpointRequest send(ClientForm from, WireDialect to, String text) {
        return translation(from, to).request(request(from, text), OPTIONS);
    }

    /** A request of a form that asks for a stream, or does not. */
    static ClientRequest asking(ClientForm form, boolean stream, Surface surface) {
        ClientRequest asked = asking(form, stream);
        return new ClientRequest(form, asked.raw(), asked.body(), asked.headers(), true, surface);
    }

    static ClientRequest asking(ClientForm form, boolean stream) {
        String asked = stream ? ", 'stream': true, 'stream_options': {'include_usage': true}" : ", 'stream': false";
        return request(form, "{'model': 'm'" + asked + "}");
    }

    /** The pieces of a reply of a dialect, whose bytes come in parts of some length. */
    static List<ReplyPiece> read(WireDialect dialect, boolean stream, byte[] bytes, int part) {
        return read(reader(dialect, stream), bytes, part);
    }

    static ReplyReader reader(WireDialect dialect, boolean stream) {
        ClientForm other = dialect == WireDialect.OPENAI ? ClientForm.MESSAGES : ClientForm.CHAT;
        return translation(other, dialect).reader(asking(other, stream));
    }

    static List<ReplyPiece> read(ReplyReader reader, byte[] bytes, int part) {
        List<ReplyPiece> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += part) {
            reader.take(bytes, at, Math.min(part, bytes.length - at), pieces::add);
        }
        reader.end(pieces::add);
        return pieces;
    }

    /** The same pieces with neighbours of one kind made one: how a text is cut does not matter. */
    static List<ReplyPiece> joined(List<ReplyPiece> pieces) {
        List<ReplyPiece> joined = new ArrayList<>();
        for (ReplyPiece piece : pieces) {
            ReplyPiece last = joined.isEmpty() ? new ReplyPiece.Begun("", "") : joined.getLast();
            ReplyPiece both = join(last, piece);
            if (both != null) {
                joined.removeLast();
            }
            joined.add(both == null ? piece : both);
        }
        return joined;
    }

    private static @Nullable ReplyPiece join(ReplyPiece last, ReplyPiece next) {
        if (last instanceof ReplyPiece.Text a && next instanceof ReplyPiece.Text b && a.choice() == b.choice()) {
            return new ReplyPiece.Text(a.choice(), a.text() + b.text());
        }
        if (last instanceof ReplyPiece.Reasoning a
                && next instanceof ReplyPiece.Reasoning b
                && a.choice() == b.choice()) {
            return new ReplyPiece.Reasoning(a.choice(), a.text() + b.text());
        }
        if (last instanceof ReplyPiece.CallArguments a
                && next instanceof ReplyPiece.CallArguments b
                && a.choice() == b.choice()
                && a.index() == b.index()) {
            return new ReplyPiece.CallArguments(a.choice(), a.index(), a.json() + b.json());
        }
        return null;
    }

    /** The bytes of a reply of a client's form. */
    static byte[] write(ClientRequest request, List<ReplyPiece> pieces, Usage usage) {
        ReplyWriter writer = translation(request.form(), request.form().dialect())
                .writer(request, new Answerer("GEN1", "lab/model", "Provider"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        pieces.forEach(piece -> writer.piece(piece, out::write));
        out.writeBytes(writer.end(new Ending(Optional.of(usage), OptionalLong.of(1_230), 2_000, 500)));
        return out.toByteArray();
    }

    /** What passes through, and the tail. */
    record Passed(String body, String tail, ReplyTally tally, boolean over) {}

    static Passed pass(ClientRequest request, byte[] bytes, int part, OptionalLong cost) {
        Passage passage = translation(request.form(), request.form().dialect()).passage(request);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteSink sink = out::write;
        for (int at = 0; at < bytes.length; at += part) {
            passage.take(bytes, at, Math.min(part, bytes.length - at), sink);
        }
        passage.end(sink);
        return new Passed(text(out.toByteArray()), text(passage.tail(cost)), passage.tally(), passage.isOver());
    }

    /** Events of data of a stream. */
    static byte[] events(String... data) {
        StringBuilder text = new StringBuilder();
        for (String one : data) {
            text.append("data: ").append(json(one)).append("\n\n");
        }
        return bytes(text.toString());
    }

    /** Events with the type that they say as their name. */
    static byte[] named(String... data) {
        StringBuilder text = new StringBuilder();
        for (String one : data) {
            text.append("event: ")
                    .append(object(one).get("type"))
                    .append("\ndata: ")
                    .append(json(one))
                    .append("\n\n");
        }
        return bytes(text.toString());
    }

    static byte[] lines(String... data) {
        return bytes(json(String.join("\n", data)) + "\n");
    }
}
