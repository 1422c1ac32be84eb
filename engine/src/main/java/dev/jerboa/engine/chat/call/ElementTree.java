package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.ParameterKind;

/**
 * An object or list written as elements, {@code <key>value</key>} with a mark before each tag, as JSON: elements that are all
 * named {@code item} are a list, others an object (MiniMax-M3). What is no such tree is a string.
 */
final class ElementTree {
    private static final int MAX_DEPTH = 64;

    private final String text;
    private final String tag;
    private final StringBuilder json = new StringBuilder();
    private int at;

    private ElementTree(String text, String tag) {
        this.text = text;
        this.tag = tag;
    }

    /** @param tag what begins an opening tag; a closing one has a slash after it */
    static void write(String text, String tag, RunningCall call) {
        ElementTree tree = new ElementTree(text, tag);
        if (tree.children("", 0) && tree.at == text.length()) {
            call.json(tree.json);
        } else {
            call.json('"');
            call.inString(text, 0, text.length());
            call.json('"');
        }
    }

    /** Reads elements up to {@code close}; false where there are none, or they are not well formed. */
    private boolean children(String close, int depth) {
        int start = json.length();
        boolean list = true;
        boolean object = true;
        int count = 0;
        json.append('{');
        while (text.startsWith(tag, at) && !text.startsWith(tag + "/", at)) {
            int end = text.indexOf('>', at + tag.length());
            if (end < 0 || depth == MAX_DEPTH) {
                return false;
            }
            String key = text.substring(at + tag.length(), end);
            list &= key.equals("item");
            object &= !key.equals("item");
            if (count++ > 0) {
                json.append(", ");
            }
            if (!list) {
                quote(key);
                json.append(": ");
            }
            at = end + 1;
            if (!value(tag + "/" + key + ">", depth)) {
                return false;
            }
            skipSpace();
        }
        if (count == 0 || (!list && !object) || !text.startsWith(close, at)) {
            return false;
        }
        at += close.length();
        json.setCharAt(start, list ? '[' : '{');
        json.append(list ? ']' : '}');
        return true;
    }

    private boolean value(String close, int depth) {
        int from = at;
        skipSpace();
        if (text.startsWith(tag, at) && !text.startsWith(close, at)) {
            return children(close, depth + 1);
        }
        int end = text.indexOf(close, from);
        if (end < 0) {
            return false;
        }
        String value = text.substring(from, end);
        at = end + close.length();
        if (PlainValue.isValue(value.strip(), ParameterKind.UNKNOWN)) {
            json.append(value.strip());
        } else {
            quote(value);
        }
        return true;
    }

    private void skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private void quote(String value) {
        json.append('"');
        for (int i = 0; i < value.length(); i++) {
            RunningCall.escape(value.charAt(i), json);
        }
        json.append('"');
    }
}
