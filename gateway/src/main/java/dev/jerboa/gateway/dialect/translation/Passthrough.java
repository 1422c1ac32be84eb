package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.EndpointRequest;
import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.model.json.JsonOut;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A request to an endpoint of the client's own dialect: the client's bytes, in which only what must change is changed, in place. Members
 * are found by a scan; their values are not read. Where nothing must change, the bytes are the same array.
 *
 * <p>A request says one thing to every reader. A field that is there twice is the last to one reader and the first to another, so that a
 * client could be let in for a short reply and be given a long one: such a request is written anew from what was read of it here.
 */
final class Passthrough {
    /** Fields that are for the gateway. */
    private static final Set<String> GATEWAY = Set.of("provider", "models", "route", "transforms", "usage");

    /** Fields that an endpoint which does not name them can do without. */
    private static final Set<String> DROPPABLE = Set.of(
            "temperature",
            "top_p",
            "top_k",
            "min_p",
            "top_a",
            "seed",
            "frequency_penalty",
            "presence_penalty",
            "repetition_penalty",
            "logit_bias",
            "reasoning_effort",
            "reasoning",
            "include_reasoning",
            "verbosity",
            "parallel_tool_calls",
            "prediction",
            "prompt_cache_key");

    /** Fields by which providers take other prices than those of the catalogue. */
    private static final Set<String> PRICED = Set.of("service_tier", "speed", "inference_geo");

    /** Fields by which a request is let in, in small letters: some readers take them however they are written. */
    private static final Set<String> COUNTED = Set.of(
            "model",
            "models",
            "provider",
            "stream",
            "stream_options",
            "messages",
            "system",
            "prompt",
            "suffix",
            "input",
            "instructions",
            "tools",
            "functions",
            "plugins",
            "max_tool_calls",
            "service_tier",
            "speed",
            "inference_geo",
            "max_tokens",
            "max_completion_tokens",
            "max_output_tokens",
            "n",
            "best_of",
            "options");

    private static final String MAX_TOKENS = "max_tokens";
    private static final String MAX_COMPLETION_TOKENS = "max_completion_tokens";

    private record Member(String name, int from, int valueFrom, int to) {}

    private record Span(byte[] bytes, int from, int to) {
        static Span of(byte[] bytes) {
            return new Span(bytes, 0, bytes.length);
        }
    }

    private final ClientRequest request;
    private final RequestOptions options;
    private final byte[] raw;
    private final List<Member> members;
    private final List<String> warnings = new ArrayList<>();
    /** What comes in place of each member; the member itself where nothing does. */
    private final List<Span> parts = new ArrayList<>();

    private boolean changed;

    private Passthrough(ClientRequest request, RequestOptions options, List<Member> members) {
        this.request = request;
        this.options = options;
        this.raw = request.raw();
        this.members = members;
    }

    static EndpointRequest request(ClientRequest request, RequestOptions options) {
        try {
            List<Member> members = members(request.raw());
            if (members.size() == request.body().size()) {
                return new Passthrough(request, options, members).request();
            }
        } catch (JsonCursor.NotJsonException e) {
            // as deep as only the reader goes
        }
        byte[] anew = Out.utf8(JsonOut.line(request.body()));
        try {
            return new Passthrough(new ClientRequest(request.form(), anew, request.body()), options, members(anew))
                    .request();
        } catch (JsonCursor.NotJsonException e) {
            throw new MalformedRequestException("the request body", String.valueOf(e.getMessage()));
        }
    }

    private EndpointRequest request() {
        if (Boolean.TRUE.equals(request.body().get("background")) && !request.stream()) {
            throw new MalformedRequestException(
                    "background", "expected false: a reply cannot be fetched later here, nor its tokens be counted");
        }
        boolean usage = false;
        for (Member member : members) {
            boolean mine = member.name.equals("stream_options") && wantsUsage();
            usage |= mine;
            if (isDropped(member.name)) {
                changed = true;
                continue;
            }
            parts.add(
                    member.name.equals("model")
                            ? valued(member, JsonOut.line(options.upstreamName()))
                            : mine ? valued(member, streamOptions(member)) : named(member, limit(member)));
        }
        if (!has("model")) {
            changed = true;
            parts.add(Span.of(Out.utf8("\"model\": " + JsonOut.line(options.upstreamName()))));
        }
        if (wantsUsage() && !usage) {
            changed = true;
            parts.add(Span.of(Out.utf8("\"stream_options\": {\"include_usage\": true}")));
        }
        byte[] body = changed ? joined() : raw;
        return new EndpointRequest(request.form().path(), body, warnings);
    }

    private boolean wantsUsage() {
        return request.stream() && (request.form() == ClientForm.CHAT || request.form() == ClientForm.COMPLETIONS);
    }

    private boolean isDropped(String name) {
        if (GATEWAY.contains(name)) {
            boolean dropped = !options.names(name);
            if (dropped
                    && name.equals("transforms")
                    && request.body().get(name) instanceof List<?> list
                    && !list.isEmpty()) {
                warnings.add(name + ": was left out, as prompts are not shortened here");
            }
            return dropped;
        }
        if (DROPPABLE.contains(name) && !options.takes(name)) {
            warnings.add(name + ": was left out, as the endpoint does not honour it");
            return true;
        }
        if (PRICED.contains(name) && !options.prices(name, request.body().get(name))) {
            warnings.add(name + ": was left out, as the endpoint's prices are for requests without it");
            return true;
        }
        if (isDisguised(name)) {
            warnings.add(name + ": was left out, as the field is written in small letters");
            return true;
        }
        return false;
    }

    /** Whether a field that counts is written in other letters, which readers that do not mind would take for it. */
    private static boolean isDisguised(String name) {
        return !isPlain(name) && !COUNTED.contains(name) && COUNTED.stream().anyMatch(name::equalsIgnoreCase);
    }

    /** Whether a name is in small letters of English, as nearly all are. */
    private static boolean isPlain(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '_' && (c < 'a' || c > 'z')) {
                return false;
            }
        }
        return true;
    }

    /** How the endpoint calls a member: of the two names of a chat's limit, some know one only. */
    private String limit(Member member) {
        String other = member.name.equals(MAX_TOKENS)
                ? MAX_COMPLETION_TOKENS
                : member.name.equals(MAX_COMPLETION_TOKENS) ? MAX_TOKENS : "";
        return request.form() == ClientForm.CHAT
                        && !other.isEmpty()
                        && !options.takes(member.name)
                        && options.takes(other)
                        && !has(other)
                ? other
                : member.name;
    }

    private Span named(Member member, String name) {
        if (name.equals(member.name)) {
            return same(member);
        }
        changed = true;
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        part.writeBytes(Out.utf8("\"" + name + "\": "));
        part.write(raw, member.valueFrom, member.to - member.valueFrom);
        return Span.of(part.toByteArray());
    }

    private boolean has(String name) {
        for (Member member : members) {
            if (member.name.equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static List<Member> members(byte[] raw) {
        JsonCursor cursor = new JsonCursor().at(raw, 0, raw.length);
        List<Member> members = new ArrayList<>();
        if (!cursor.enterObject()) {
            throw new MalformedRequestException("the request body", "expected a JSON object");
        }
        while (cursor.nextMember()) {
            String name = cursor.key();
            int from = cursor.keyPosition();
            int valueFrom = cursor.position();
            cursor.skip();
            members.add(new Member(name, from, valueFrom, cursor.ended()));
        }
        return members;
    }

    private Span same(Member member) {
        return new Span(raw, member.from, member.to);
    }

    private Span valued(Member member, String value) {
        byte[] now = Out.utf8(value);
        if (Arrays.equals(raw, member.valueFrom, member.to, now, 0, now.length)) {
            return same(member);
        }
        changed = true;
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        part.write(raw, member.from, member.valueFrom - member.from);
        part.writeBytes(now);
        return Span.of(part.toByteArray());
    }

    /** The client's options with usage asked for. */
    private String streamOptions(Member member) {
        JsonCursor cursor = new JsonCursor().at(raw, member.valueFrom, member.to);
        StringBuilder value = new StringBuilder("{\"include_usage\": true");
        if (cursor.enterObject()) {
            while (cursor.nextMember()) {
                boolean mine = cursor.key().equals("include_usage");
                int from = cursor.keyPosition();
                if (mine && cursor.peek() == 't') {
                    return text(member.valueFrom, member.to);
                }
                cursor.skip();
                if (!mine) {
                    value.append(", ").append(text(from, cursor.ended()));
                }
            }
        }
        return value.append('}').toString();
    }

    private String text(int from, int to) {
        return new String(raw, from, to - from, StandardCharsets.UTF_8);
    }

    private byte[] joined() {
        int size = 2 + 2 * Math.max(0, parts.size() - 1);
        for (Span part : parts) {
            size += part.to - part.from;
        }
        byte[] body = new byte[size];
        int at = 0;
        body[at++] = '{';
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
                body[at++] = ',';
                body[at++] = ' ';
            }
            Span part = parts.get(i);
            System.arraycopy(part.bytes, part.from, body, at, part.to - part.from);
            at += part.to - part.from;
        }
        body[at] = '}';
        return body;
    }
}
