package dev.jerboa.train.task.wording;

import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Split;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wordings of one language, read once from the resource files beside this class. A file has, line by line:
 *
 * <pre>
 * # a comment
 * :: add english           the list "add" begins; its lines are patterns, in the notation of {@link PatternReader}
 * add {a} and {b}.
 * ! what is {a} + {b}?     never held out: what everybody says
 * !4 {x}                   the same, and as likely as four
 * = Hello!                 a reply, of lists that are known by heart
 * :: english               rules begin
 * &lt;find&gt; = find|compute   a rule
 * &lt;food&gt; ~ bread|rice …    a rule of words, one in eight of which belongs to new wordings only
 *   |figs|dates            the rule above goes on
 * </pre>
 *
 * <p>Of each list one pattern in eight is held out, at least one: those with the smallest hashes of their text.
 */
final class Grammar {
    private static final List<String> FILES =
            List.of("shared", "arithmetic", "countdown", "measures", "stories", "product", "talk", "general");
    private static final int ONE_IN = 8;
    private static final int FEWEST = 4;

    private static final Grammar ENGLISH = new Grammar(Language.ENGLISH);
    private static final Grammar ARABIC = new Grammar(Language.ARABIC);

    private final Language language;
    private final Map<String, Lines> lists = new LinkedHashMap<>();
    private final Rules rules = new Rules();

    /** The patterns of a list, as often as they are likely, and the replies where it has some. */
    record Lines(Piece.Sides<Piece> patterns, List<String> replies) {}

    private Grammar(Language language) {
        this.language = language;
        for (String file : FILES) {
            read(file + ".txt");
        }
    }

    static Grammar of(Language language) {
        return language == Language.ARABIC ? ARABIC : ENGLISH;
    }

    /** The names of the lists whose name begins so, in the order of the files. */
    List<String> names(String prefix) {
        return lists.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
    }

    Lines lines(String name) {
        @Nullable Lines lines = lists.get(name);
        if (lines == null) {
            throw new IllegalArgumentException("no list of wordings is named " + name + " in " + language);
        }
        return lines;
    }

    /** Adds what a file has in this language. */
    private void read(String file) {
        List<String> lines = linesOf(file);
        for (int at = 0; at < lines.size(); ) {
            String[] header = lines.get(at).split(" ");
            int end = at + 1;
            while (end < lines.size() && !lines.get(end).startsWith("::")) {
                end++;
            }
            if (!header[0].equals("::") || header.length > 3) {
                throw new IllegalArgumentException(file + ": expected :: and a language, found " + lines.get(at));
            }
            List<String> body = lines.subList(at + 1, end);
            if (Language.valueOf(header[header.length - 1].toUpperCase(Locale.ROOT)) == language) {
                if (header.length == 2) {
                    addRules(body);
                } else if (lists.putIfAbsent(header[1], list(body)) != null) {
                    throw new IllegalArgumentException(file + " has a second list " + header[1] + " in " + language);
                }
            }
            at = end;
        }
    }

    private void addRules(List<String> body) {
        for (int at = 0; at < body.size(); ) {
            StringBuilder text = new StringBuilder(body.get(at++));
            while (at < body.size() && body.get(at).startsWith("|")) {
                text.append(body.get(at++));
            }
            int name = text.indexOf("> ");
            if (text.charAt(0) != '<' || name < 0) {
                throw new IllegalArgumentException("expected a rule such as <name> = a|b, found " + text);
            }
            List<String> kind = List.of(text.substring(name + 2, name + 3), text.substring(name + 4));
            Piece rule = kind.getFirst().equals("~")
                    ? new Piece.Divided(divided(List.of(kind.getLast().split("\\|")), List.of())
                            .map(this::piece))
                    : new Piece.Choice(PatternReader.alternatives(kind.getLast(), rules));
            rules.add(text.substring(1, name), rule);
        }
    }

    private Lines list(List<String> body) {
        List<String> replies = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        Map<String, Integer> always = new HashMap<>();
        for (String line : body) {
            if (line.startsWith("= ")) {
                replies.add(line.substring(2));
            } else if (line.startsWith("!")) {
                int space = line.indexOf(' ');
                String text = line.substring(space).strip();
                texts.add(text);
                always.put(text, space == 1 ? 1 : Integer.parseInt(line.substring(1, space)));
            } else {
                texts.add(line);
            }
        }
        Piece.Sides<String> sides = divided(texts, List.copyOf(always.keySet()));
        List<Piece> trained = new ArrayList<>();
        for (String text : sides.trained()) {
            Piece pattern = piece(text);
            for (int i = always.getOrDefault(text, 1); i > 0; i--) {
                trained.add(pattern);
            }
        }
        return new Lines(
                new Piece.Sides<>(
                        List.copyOf(trained),
                        sides.fresh().stream().map(this::piece).toList()),
                List.copyOf(replies));
    }

    private Piece piece(String text) {
        return PatternReader.read(text, rules);
    }

    /** The two sides of a list: one text in eight, at least one, is fresh; none of {@code always} is. */
    static Piece.Sides<String> divided(List<String> texts, List<String> always) {
        int most = texts.size() - always.size();
        if (texts.size() < FEWEST || most < 1 || texts.stream().distinct().count() < texts.size()) {
            throw new IllegalArgumentException("expected at least " + FEWEST
                    + " different wordings, one of which may be held out, found " + texts);
        }
        List<String> fresh = texts.stream()
                .filter(text -> !always.contains(text))
                .sorted(Comparator.comparing(Split::hash, Long::compareUnsigned))
                .limit(Math.min(most, Math.max(1, Math.round((float) texts.size() / ONE_IN))))
                .toList();
        return new Piece.Sides<>(
                texts.stream().filter(text -> !fresh.contains(text)).toList(), fresh);
    }

    /** The lines of a resource beside this class, without comments, empty ones, and space around them. */
    static List<String> linesOf(String file) {
        try (InputStream in = Grammar.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + file + " is missing beside " + Grammar.class);
            }
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
