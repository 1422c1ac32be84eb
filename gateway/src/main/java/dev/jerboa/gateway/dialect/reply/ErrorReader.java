package dev.jerboa.gateway.dialect.reply;

import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what endpoints say when something is wrong, in all the shapes in which they do. */
public final class ErrorReader {
    private static final int MOST_BODY = 64 << 10;
    private static final int MOST_MESSAGE = 500;
    /** So much is looked through for keys: more than is told, and little enough for patterns that look back and forth. */
    private static final int MOST_LOOKED = 2048;

    /** What keys look like, and what comes behind words that announce one. */
    private static final List<Pattern> SECRETS = List.of(
            Pattern.compile("(?i)\\bbearer\\s+\\S+"),
            Pattern.compile("\\b(?:sk|pk|rk|ak|gsk|xai|hf|r8|nvapi|ghp|fw|tgp|csk|key)[-_][\\w*.\\-]{4,}"),
            Pattern.compile("\\bAIza[\\w\\-]{8,}"),
            Pattern.compile("\\beyJ[\\w\\-]{8,}(?:\\.[\\w\\-]+)*"),
            Pattern.compile(
                    "(?i)(?:api[-_ ]?key|token|secret|password|authorization)[\"']?(?: provided)?\\s*[:=]\\s*[\"']?[^\\s\"',}]{6,}"),
            Pattern.compile("\\b(?=[\\w\\-]*[A-Za-z])(?=(?:[\\w\\-]*\\d){6})[\\w\\-]{32,}"));

    private static final int MOST_REASONS = 16;

    private record Said(
            String message, String code, String type, int status, List<String> reasons, String flaggedInput) {
        Said(String message, String code, String type, int status) {
            this(message, code, type, status, List.of(), "");
        }
    }

    private ErrorReader() {}

    /** The body of an answer that is not a reply. */
    public static EndpointError read(int status, byte[] body) {
        String text = new String(body, 0, Math.min(body.length, MOST_BODY), StandardCharsets.UTF_8).strip();
        Said said = new Said("", "", "", 0);
        if (text.startsWith("{") || text.startsWith("[")) {
            try {
                said = said(Json.parse(text, "an error"), 0);
            } catch (ModelException e) {
                said = new Said(text, "", "", 0);
            }
        } else if (!text.startsWith("<")) {
            said = new Said(text, "", "", 0);
        }
        ErrorKind kind = kind(status, said);
        String message = clean(said.message);
        return new EndpointError(
                kind,
                message.isEmpty() ? "the endpoint answered with the status " + status : message,
                clean(said.code.isEmpty() ? said.type : said.code),
                said.reasons.stream()
                        .limit(MOST_REASONS)
                        .map(ErrorReader::clean)
                        .toList(),
                clean(said.flaggedInput));
    }

    /** An error within a reply that has begun. */
    public static ReplyPiece.Failed failed(Map<String, ? extends @Nullable Object> error) {
        Said said = said(error, 0);
        String message = clean(said.message);
        return new ReplyPiece.Failed(
                kind(said.status == 0 ? 500 : said.status, said),
                message.isEmpty() ? "the endpoint failed within its reply" : message);
    }

    private static Said said(@Nullable Object value, int depth) {
        if (value instanceof List<?> list) {
            return list.isEmpty() || depth > 3 ? new Said("", "", "", 0) : said(list.getFirst(), depth + 1);
        }
        if (!(value instanceof Map<?, ?>)) {
            return new Said(value instanceof String text ? text : "", "", "", 0);
        }
        Map<String, ? extends @Nullable Object> map = Tree.object(value);
        for (String inner : List.of("error", "errors", "detail", "base_resp")) {
            if (map.get(inner) != null && depth <= 3) {
                Said said = said(map.get(inner), depth + 1);
                return said.message.isEmpty()
                        ? new Said(
                                Tree.text(map, "message"),
                                said.code,
                                said.type,
                                said.status,
                                said.reasons,
                                said.flaggedInput)
                        : said;
            }
        }
        String message = first(map, "message", "msg", "status_msg");
        Map<String, ? extends @Nullable Object> metadata = Tree.object(map, "metadata");
        String raw = Tree.text(metadata, "raw"); // what a router was told
        Object code = map.get("code") == null ? map.get("status_code") : map.get("code");
        return new Said(
                raw.isEmpty() ? message : message + ": " + raw,
                code instanceof String text ? text : "",
                first(map, "type", "status"),
                code instanceof Long number && number >= 400 && number < 600 ? number.intValue() : 0,
                reasons(map, metadata),
                Tree.text(metadata, "flagged_input"));
    }

    /** Why a moderation flagged the request: OpenRouter's list, or the categories of Azure's filter. */
    private static List<String> reasons(
            Map<String, ? extends @Nullable Object> error, Map<String, ? extends @Nullable Object> metadata) {
        List<String> reasons = new ArrayList<>();
        for (Object reason : Tree.list(metadata, "reasons")) {
            if (reason instanceof String text) {
                reasons.add(text);
            }
        }
        Tree.object(Tree.object(error, "innererror"), "content_filter_result").forEach((category, found) -> {
            if (Boolean.TRUE.equals(Tree.object(found).get("filtered"))) {
                reasons.add(category);
            }
        });
        return reasons;
    }

    private static String first(Map<String, ? extends @Nullable Object> map, String... names) {
        for (String name : names) {
            if (!Tree.text(map, name).isEmpty()) {
                return Tree.text(map, name);
            }
        }
        return "";
    }

    private static ErrorKind kind(int status, Said said) {
        String code = said.code.toLowerCase(Locale.ROOT);
        String words = said.message.toLowerCase(Locale.ROOT);
        if (isAny(code, "context_length", "context_window") || isLong(words)) {
            return ErrorKind.CONTEXT_LENGTH;
        }
        if (isAny(code, "content_filter", "content_policy", "data_inspection", "moderation", "safety")
                || isAny(
                        words,
                        "content policy",
                        "content management policy",
                        "flagged",
                        "moderation",
                        "inappropriate content",
                        "sensitive content",
                        "content exists risk")) {
            return ErrorKind.CONTENT_POLICY;
        }
        if (isAny(code, "insufficient_quota", "insufficient_balance", "billing")
                || isAny(said.type, "insufficient_quota", "billing_error")
                || isAny(words, "insufficient balance", "insufficient credits", "credit balance is too low")) {
            return ErrorKind.QUOTA;
        }
        if (status == 400 && isAny(words, "api key not valid", "invalid api key", "incorrect api key")) {
            return ErrorKind.AUTHENTICATION; // Google's
        }
        ErrorKind byType = byType(code.isEmpty() ? said.type : code);
        if (byType != null && (status == 0 || status >= 500 || status == 200)) {
            return byType;
        }
        return ErrorKind.of(status);
    }

    private static boolean isLong(String words) {
        return isAny(
                words,
                "maximum context length",
                "prompt is too long",
                "context window",
                "context length",
                "input is too long",
                "exceeds the maximum number of tokens",
                "exceed context limit");
    }

    private static boolean isAny(String text, String... parts) {
        for (String part : parts) {
            if (text.contains(part)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable ErrorKind byType(String type) {
        return switch (type) {
            case "overloaded_error", "server_overloaded", "engine_overloaded_error" -> ErrorKind.OVERLOADED;
            case "rate_limit_error", "rate_limit_exceeded", "rate_limit_reached_error" -> ErrorKind.RATE_LIMIT;
            case "authentication_error", "invalid_api_key" -> ErrorKind.AUTHENTICATION;
            case "permission_error" -> ErrorKind.PERMISSION;
            case "not_found_error", "model_not_found" -> ErrorKind.NOT_FOUND;
            case "invalid_request_error" -> ErrorKind.INVALID;
            case "request_too_large" -> ErrorKind.TOO_LARGE;
            case "timeout_error" -> ErrorKind.TIMEOUT;
            default -> null;
        };
    }

    /** On one line, shortened, without keys. */
    private static String clean(String text) {
        String clean = text.length() > MOST_LOOKED ? text.substring(0, MOST_LOOKED) : text;
        clean = clean.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        for (Pattern secret : SECRETS) {
            clean = secret.matcher(clean).replaceAll("…");
        }
        return clean.length() > MOST_MESSAGE ? clean.substring(0, MOST_MESSAGE) + "…" : clean;
    }
}
