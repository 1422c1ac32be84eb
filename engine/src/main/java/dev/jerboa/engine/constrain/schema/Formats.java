package dev.jerboa.engine.constrain.schema;

import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.regex.RegexParser;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The formats of strings that are kept to, each a part of what its specification allows that every reader takes. */
final class Formats {
    private static final String DATE = "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
            + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))"
            + "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
    private static final String TIME =
            "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:0\\d|1[0-7]):[0-5]\\d)";
    private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final String IPV4 = BYTE + "(?:\\." + BYTE + "){3}";
    private static final String GROUP = "[0-9a-fA-F]{1,4}";
    private static final String LAST_GROUPS = "(?:" + GROUP + ":" + GROUP + "|" + IPV4 + ")";
    private static final String IPV6 = "(?:(?:" + GROUP + ":){6}" + LAST_GROUPS
            + "|::(?:" + GROUP + ":){5}" + LAST_GROUPS
            + "|(?:" + GROUP + ")?::(?:" + GROUP + ":){4}" + LAST_GROUPS
            + "|(?:(?:" + GROUP + ":){0,1}" + GROUP + ")?::(?:" + GROUP + ":){3}" + LAST_GROUPS
            + "|(?:(?:" + GROUP + ":){0,2}" + GROUP + ")?::(?:" + GROUP + ":){2}" + LAST_GROUPS
            + "|(?:(?:" + GROUP + ":){0,3}" + GROUP + ")?::" + GROUP + ":" + LAST_GROUPS
            + "|(?:(?:" + GROUP + ":){0,4}" + GROUP + ")?::" + LAST_GROUPS
            + "|(?:(?:" + GROUP + ":){0,5}" + GROUP + ")?::" + GROUP
            + "|(?:(?:" + GROUP + ":){0,6}" + GROUP + ")?::)";
    private static final String LABEL = "[A-Za-z0-9]{1,15}(?:-[A-Za-z0-9]{1,15}){0,2}";
    private static final String HOST = LABEL + "(?:\\." + LABEL + "){0,3}";
    private static final String DOMAIN = LABEL + "(?:\\." + LABEL + "){0,2}\\.[A-Za-z]{2,12}";
    private static final String ATOM = "[A-Za-z0-9_%+-]{1,16}";
    private static final String PATH_CHARACTER = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
    private static final String PATH_END =
            "(?:\\?(?:" + PATH_CHARACTER + "|[/?])*)?(?:#(?:" + PATH_CHARACTER + "|[/?])*)?";
    private static final String URI = "(?:[A-Za-z][A-Za-z0-9+.-]{0,15}://" + HOST + "(?::[1-9]\\d{0,3})?(?:/"
            + PATH_CHARACTER + "*)*" + PATH_END + "|(?:mailto|urn|tel|data):" + PATH_CHARACTER + "+)";

    private static final Map<String, String> PATTERNS = Map.ofEntries(
            Map.entry("date", DATE),
            Map.entry("time", TIME),
            Map.entry("date-time", DATE + "T" + TIME),
            Map.entry(
                    "duration",
                    "P(?:\\d{1,4}W|\\d{1,4}D(?:T\\d{1,4}H(?:\\d{1,4}M)?)?|\\d{1,4}Y(?:\\d{1,4}M(?:\\d{1,4}D)?)?"
                            + "|\\d{1,4}M(?:\\d{1,4}D)?|T(?:\\d{1,4}H(?:\\d{1,4}M(?:\\d{1,4}S)?)?|\\d{1,4}M(?:\\d{1,4}S)?|\\d{1,4}S))"),
            Map.entry("uuid", "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
            Map.entry("email", ATOM + "(?:\\." + ATOM + "){0,2}@" + DOMAIN),
            Map.entry("ipv4", IPV4),
            Map.entry("ipv6", IPV6),
            Map.entry("hostname", HOST),
            Map.entry("uri", URI));

    private static final Map<String, Expression> READ = new ConcurrentHashMap<>();

    private Formats() {}

    /** The texts of a format over characters, or null for a format that is only an annotation here. */
    static @Nullable Expression of(String format) {
        String pattern = PATTERNS.get(format);
        return pattern == null ? null : READ.computeIfAbsent(format, f -> RegexParser.whole(pattern, "format " + f));
    }
}
