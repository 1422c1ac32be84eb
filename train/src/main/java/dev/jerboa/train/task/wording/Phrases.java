package dev.jerboa.train.task.wording;

import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Wordings;
import java.util.ArrayList;
import java.util.List;

/** The wordings of one question in two languages, from one list of the grammar or several. */
public final class Phrases {
    private final Spoken english;
    private final Spoken arabic;

    private record Spoken(Piece.Sides<Piece> patterns, List<String> replies) {
        static Spoken of(Language language, String... lists) {
            List<Piece> trained = new ArrayList<>();
            List<Piece> fresh = new ArrayList<>();
            List<String> replies = new ArrayList<>();
            for (String list : lists) {
                Grammar.Lines lines = Grammar.of(language).lines(list);
                trained.addAll(lines.patterns().trained());
                fresh.addAll(lines.patterns().fresh());
                replies.addAll(lines.replies());
            }
            return new Spoken(new Piece.Sides<>(List.copyOf(trained), List.copyOf(fresh)), List.copyOf(replies));
        }
    }

    private Phrases(String... lists) {
        this.english = Spoken.of(Language.ENGLISH, lists);
        this.arabic = Spoken.of(Language.ARABIC, lists);
    }

    /** The wordings of these lists, each pattern as likely as any other. */
    public static Phrases of(String... lists) {
        return new Phrases(lists);
    }

    /** The lists whose names begin so, each by itself, in the order of the files. */
    public static List<Phrases> each(String prefix) {
        return Grammar.of(Language.ENGLISH).names(prefix).stream()
                .map(Phrases::of)
                .toList();
    }

    /** The replies that are right, of what is known by heart. */
    public List<String> replies(Language language) {
        return in(language).replies;
    }

    /** The patterns on one side of the line, as often as they are likely. */
    List<Piece> patterns(Language language, Wordings wordings) {
        return in(language).patterns.of(wordings);
    }

    private Spoken in(Language language) {
        return language == Language.ARABIC ? arabic : english;
    }
}
