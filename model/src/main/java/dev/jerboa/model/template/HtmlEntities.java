package dev.jerboa.model.template;

import java.util.Map;

/** Resolves numeric character references and the common named ones of HTML; others stay as they are. */
final class HtmlEntities {
    private static final Map<String, String> NAMED = Map.ofEntries(
            Map.entry("amp", "&"),
            Map.entry("lt", "<"),
            Map.entry("gt", ">"),
            Map.entry("quot", "\""),
            Map.entry("apos", "'"),
            Map.entry("nbsp", "\u00a0"),
            Map.entry("copy", "©"),
            Map.entry("reg", "®"),
            Map.entry("hellip", "…"),
            Map.entry("ndash", "–"),
            Map.entry("mdash", "—"),
            Map.entry("lsquo", "‘"),
            Map.entry("rsquo", "’"),
            Map.entry("ldquo", "“"),
            Map.entry("rdquo", "”"),
            Map.entry("euro", "€"));

    private HtmlEntities() {}

    static String resolve(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            int end = c == '&' ? text.indexOf(';', at, Math.min(text.length(), at + 12)) : -1;
            String resolved = end > at ? resolveName(text.substring(at + 1, end)) : "";
            if (resolved.isEmpty()) {
                out.append(c);
                at++;
            } else {
                out.append(resolved);
                at = end + 1;
            }
        }
        return out.toString();
    }

    private static String resolveName(String name) {
        if (!name.startsWith("#")) {
            return NAMED.getOrDefault(name, "");
        }
        boolean hex = name.startsWith("#x") || name.startsWith("#X");
        try {
            int point = Integer.parseInt(name.substring(hex ? 2 : 1), hex ? 16 : 10);
            return Character.isValidCodePoint(point) && point > 0 ? Character.toString(point) : "";
        } catch (NumberFormatException e) {
            return "";
        }
    }
}
