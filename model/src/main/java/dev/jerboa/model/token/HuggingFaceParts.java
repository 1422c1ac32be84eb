package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.token.split.SplitPattern;
import dev.jerboa.model.token.split.Splitter;
import dev.jerboa.model.token.split.Splitter.Behavior;
import dev.jerboa.model.token.split.Splitter.ByPattern;
import dev.jerboa.model.token.split.Splitter.Metaspace;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** The parts of a {@code tokenizer.json}: normalizers, pre-tokenizers, decoders. What is not known is refused by its name. */
final class HuggingFaceParts {
    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String PUNCTUATION = "[\\p{P}!-/:-@\\[-`{-~]";
    private static final int MAX_DEPTH = 16;

    private final String source;
    private boolean byteLevel;

    HuggingFaceParts(String source) {
        this.source = source;
    }

    /** Whether a pre-tokenizer read so far writes bytes in GPT-2's characters. */
    boolean byteLevel() {
        return byteLevel;
    }

    /** BERT's words: white space goes, punctuation stands alone. */
    static List<Splitter> bertSplitters(String source) {
        return List.of(
                new ByPattern(SplitPattern.regex("\\s+", source), Behavior.REMOVED, false),
                new ByPattern(SplitPattern.regex(PUNCTUATION, source), Behavior.ISOLATED, false));
    }

    /** Cuts texts before each run of {@code ▁}, where no token of the vocabulary would be lost by it: short words are known. */
    static List<Splitter> cutAtSpaces(Vocabulary vocabulary, String source) {
        return vocabulary.cutsAtSpaces() ? List.of(Splitter.isolating("\u2581*[^\u2581]+|\u2581+", source)) : List.of();
    }

    /** The normalizer at {@code node}, or null for none. */
    @Nullable
    Normalizer normalizer(@Nullable Object node) {
        if (node == null) {
            return null;
        }
        List<Normalizer> normalizers = new ArrayList<>();
        normalizers(node, normalizers, 0);
        if (normalizers.isEmpty()) {
            return null;
        }
        return normalizers.size() == 1 ? normalizers.getFirst() : new Normalizer.Sequence(List.copyOf(normalizers));
    }

    private void normalizers(@Nullable Object node, List<Normalizer> out, int depth) {
        Map<String, @Nullable Object> part = part(node, "normalizer", depth);
        String type = type(part, "normalizer");
        switch (type) {
            case "Sequence" -> {
                for (Object inner : list(part, "normalizers")) {
                    normalizers(inner, out, depth + 1);
                }
            }
            case "NFC", "NFD", "NFKC", "NFKD" -> out.add(new Normalizer.Form(java.text.Normalizer.Form.valueOf(type)));
            case "Lowercase" -> out.add(new Normalizer.Lowercase());
            case "StripAccents" -> out.add(new Normalizer.StripMarks(true));
            case "BertNormalizer" -> {
                boolean lower = flag(part, "lowercase", true);
                out.add(new Normalizer.BertClean(
                        flag(part, "clean_text", true), flag(part, "handle_chinese_chars", true)));
                if (flag(part, "strip_accents", lower)) {
                    out.add(new Normalizer.Form(java.text.Normalizer.Form.NFD));
                    out.add(new Normalizer.StripMarks(false));
                }
                if (lower) {
                    out.add(new Normalizer.Lowercase());
                }
            }
            case "Prepend" -> out.add(new Normalizer.Prepend(string(part, "prepend")));
            case "Strip" ->
                out.add(new Normalizer.Strip(flag(part, "strip_left", true), flag(part, "strip_right", true)));
            case "Replace" -> out.add(replace(part));
            case "Precompiled" ->
                out.add(new Normalizer.CharsMap(base64(string(part, "precompiled_charsmap")), source));
            default -> throw unsupported("normalizer", type);
        }
    }

    private Normalizer replace(Map<String, @Nullable Object> part) {
        Map<String, @Nullable Object> pattern = Json.asObject(part.get("pattern"), source + ": the pattern of Replace");
        String content = string(part, "content");
        if (pattern.get("String") instanceof String text && !text.isEmpty()) {
            return new Normalizer.Replace(text, content);
        }
        if (pattern.get("Regex") instanceof String regex) {
            try {
                return new Normalizer.ReplacePattern(
                        Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE), content);
            } catch (PatternSyntaxException e) {
                throw new ModelException(
                        source + ": the normalizer's pattern " + regex + " is not supported: " + e.getDescription(), e);
            }
        }
        throw new ModelException(source + ": the pattern of Replace, expected a String that is not empty or a Regex");
    }

    private byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new ModelException(source + ": precompiled_charsmap is not base64", e);
        }
    }

    /** The pre-tokenizers at {@code node}, in order. */
    List<Splitter> splitters(@Nullable Object node) {
        List<Splitter> splitters = new ArrayList<>();
        if (node != null) {
            splitters(node, splitters, 0);
        }
        return splitters;
    }

    private void splitters(@Nullable Object node, List<Splitter> out, int depth) {
        Map<String, @Nullable Object> part = part(node, "pre_tokenizer", depth);
        String type = type(part, "pre_tokenizer");
        if (type.equals("Sequence")) {
            for (Object inner : list(part, "pretokenizers")) {
                splitters(inner, out, depth + 1);
            }
            return;
        }
        List<Splitter> here = new ArrayList<>();
        boolean afterBytes = byteLevel;
        switch (type) {
            case "ByteLevel" -> {
                if (byteLevel) {
                    throw new ModelException(source + ": two pre-tokenizers ByteLevel, expected one");
                }
                byteLevel = true;
                if (flag(part, "add_prefix_space", true)) {
                    here.add(new Splitter.SpaceBefore());
                }
                if (flag(part, "use_regex", true)) {
                    here.add(isolating(GPT2));
                }
            }
            case "Split" -> here.add(split(part));
            case "Digits" -> here.add(isolating(flag(part, "individual_digits", false) ? "\\p{N}" : "\\p{N}+"));
            case "Whitespace" ->
                here.add(new ByPattern(SplitPattern.regex("\\w+|[^\\w\\s]+", source), Behavior.REMOVED, true));
            case "WhitespaceSplit" ->
                here.add(new ByPattern(SplitPattern.regex("\\s+", source), Behavior.REMOVED, false));
            case "Punctuation" ->
                here.add(new ByPattern(
                        SplitPattern.regex(PUNCTUATION, source),
                        behavior(part.get("behavior") == null ? "Isolated" : string(part, "behavior")),
                        false));
            case "BertPreTokenizer" -> here.addAll(bertSplitters(source));
            case "CharDelimiterSplit" ->
                here.add(new ByPattern(
                        SplitPattern.literal(string(part, "delimiter"), source), Behavior.REMOVED, false));
            case "Metaspace" ->
                here.add(new Metaspace(string(part, "replacement"), prepend(part), flag(part, "split", true)));
            default -> throw unsupported("pre_tokenizer", type);
        }
        if (afterBytes) {
            out.add(new Splitter.OverByteLevel(here));
        } else {
            out.addAll(here);
        }
    }

    private Splitter isolating(String regex) {
        return Splitter.isolating(regex, source);
    }

    private Splitter split(Map<String, @Nullable Object> part) {
        Map<String, @Nullable Object> pattern = Json.asObject(part.get("pattern"), source + ": the pattern of Split");
        SplitPattern compiled;
        if (pattern.get("Regex") instanceof String regex) {
            compiled = SplitPattern.regex(regex, source);
        } else if (pattern.get("String") instanceof String text) {
            compiled = SplitPattern.literal(text, source);
        } else {
            throw new ModelException(source + ": the pattern of Split, expected a String or a Regex");
        }
        return new ByPattern(compiled, behavior(string(part, "behavior")), flag(part, "invert", false));
    }

    private Behavior behavior(String name) {
        return switch (name.toLowerCase(Locale.ROOT).replace("_", "")) {
            case "removed" -> Behavior.REMOVED;
            case "isolated" -> Behavior.ISOLATED;
            case "mergedwithprevious" -> Behavior.MERGED_WITH_PREVIOUS;
            case "mergedwithnext" -> Behavior.MERGED_WITH_NEXT;
            case "contiguous" -> Behavior.CONTIGUOUS;
            default -> throw unsupported("behavior of a pre_tokenizer", name);
        };
    }

    private Metaspace.Prepend prepend(Map<String, @Nullable Object> part) {
        if (part.get("prepend_scheme") != null) {
            String scheme = string(part, "prepend_scheme");
            return switch (scheme) {
                case "always" -> Metaspace.Prepend.ALWAYS;
                case "first" -> Metaspace.Prepend.FIRST;
                case "never" -> Metaspace.Prepend.NEVER;
                default -> throw unsupported("prepend_scheme", scheme);
            };
        }
        return flag(part, "add_prefix_space", true) ? Metaspace.Prepend.ALWAYS : Metaspace.Prepend.NEVER;
    }

    /** The decoder at {@code node}. */
    Pieces decoder(@Nullable Object node) {
        if (node == null) {
            return byteLevel ? Pieces.BYTES : new Pieces(Pieces.Kind.APART, "", 1, false);
        }
        List<Map<String, @Nullable Object>> parts = new ArrayList<>();
        flatten(node, parts, 0);
        String mark = "";
        int strip = 0;
        boolean bytes = false;
        for (Map<String, @Nullable Object> part : parts) {
            String type = type(part, "decoder");
            switch (type) {
                case "ByteLevel" -> bytes = true;
                case "ByteFallback", "Fuse" -> {}
                case "Metaspace" -> {
                    mark = string(part, "replacement");
                    strip = prepend(part) == Metaspace.Prepend.NEVER ? 0 : 1;
                }
                case "Replace" -> {
                    Normalizer replace = replace(part);
                    if (!(replace instanceof Normalizer.Replace simple)
                            || !simple.to().equals(" ")
                            || !mark.isEmpty()) {
                        throw unsupported("decoder", "Replace of other than one text by a space");
                    }
                    mark = simple.from();
                }
                case "Strip" -> {
                    if (!" ".equals(part.get("content")) || number(part, "stop", 0) != 0) {
                        throw unsupported("decoder", "Strip of other than spaces at the beginning");
                    }
                    strip = number(part, "start", 0);
                }
                case "WordPiece" -> {
                    if (parts.size() > 1) {
                        throw unsupported("decoder", "WordPiece in a Sequence");
                    }
                    return new Pieces(Pieces.Kind.INSIDE, string(part, "prefix"), 1, flag(part, "cleanup", true));
                }
                default -> throw unsupported("decoder", type);
            }
        }
        if (bytes != byteLevel) {
            throw new ModelException(
                    source + ": a decoder and a pre_tokenizer of which only one is ByteLevel, expected both");
        }
        return bytes
                ? new Pieces(Pieces.Kind.BYTES, "", strip, false)
                : new Pieces(Pieces.Kind.SPACES, mark, strip, false);
    }

    private void flatten(@Nullable Object node, List<Map<String, @Nullable Object>> out, int depth) {
        Map<String, @Nullable Object> part = part(node, "decoder", depth);
        if (type(part, "decoder").equals("Sequence")) {
            for (Object inner : list(part, "decoders")) {
                flatten(inner, out, depth + 1);
            }
        } else {
            out.add(part);
        }
    }

    private Map<String, @Nullable Object> part(@Nullable Object node, String what, int depth) {
        if (depth > MAX_DEPTH) {
            throw new ModelException(source + ": " + what + " is nested more than " + MAX_DEPTH + " deep");
        }
        return Json.asObject(node, source + ": " + what);
    }

    private String type(Map<String, @Nullable Object> part, String what) {
        if (part.get("type") instanceof String type) {
            return type;
        }
        throw new ModelException(source + ": a " + what + " without a type");
    }

    private List<@Nullable Object> list(Map<String, @Nullable Object> part, String key) {
        return Json.asList(part.get(key), source + ": " + key);
    }

    String string(Map<String, @Nullable Object> part, String key) {
        if (part.get(key) instanceof String text) {
            return text;
        }
        throw new ModelException(source + ": " + key + " of " + part.get("type") + " is " + Json.kind(part.get(key))
                + ", expected a string");
    }

    boolean flag(Map<String, @Nullable Object> part, String key, boolean otherwise) {
        Object value = part.get(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw new ModelException(
                source + ": " + key + " of " + part.get("type") + " is " + Json.kind(value) + ", expected a boolean");
    }

    int number(Map<String, @Nullable Object> part, String key, int otherwise) {
        Object value = part.get(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw new ModelException(source + ": " + key + " of " + part.get("type") + " is " + Json.kind(value)
                + ", expected an integer from 0");
    }

    ModelException unsupported(String what, String name) {
        return new ModelException(source + ": " + what + " " + name + " is not supported");
    }
}
