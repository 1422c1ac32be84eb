package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.ClientRequest;
import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * In which script the user of a request writes: that of most letters of what has the user's role, by Unicode's property of each letter
 * (UAX #24). Instructions and tools are the app's and do not count. Nothing of the text is kept.
 */
public final class PromptScript {
    /** What has no letters, such as a picture or a sum. */
    public static final String NONE = "none";

    /** More of a text says nothing new. */
    private static final int MOST_CHARACTERS = 50_000;
    /** Of so many letters of a text with Han, one in kana makes it Japanese. */
    private static final int KANA_SHARE = 10;

    private static final List<String> PROMPTS = List.of("messages", "prompt", "input", "suffix");

    private final EnumMap<UnicodeScript, Integer> letters = new EnumMap<>(UnicodeScript.class);
    private int latin; // of ASCII, which needs no table
    private int seen;

    private PromptScript() {}

    /**
     * The script of a request: {@code latin}, {@code han}, {@code kana} (Japanese, whose Han letters count with it), {@code cyrillic} and so
     * on by Unicode's names; {@link #NONE} without letters.
     */
    public static String of(ClientRequest request) {
        PromptScript script = new PromptScript();
        for (String name : PROMPTS) {
            script.add(request.body().get(name));
        }
        return script.most();
    }

    private void add(@Nullable Object value) {
        switch (value) {
            case String text when !text.startsWith("data:") -> count(text);
            case List<?> list -> list.forEach(this::add);
            case Map<?, ?> message when message.get("role") instanceof String role && !role.equals("user") -> {}
            case Map<?, ?> message -> {
                add(message.get("content"));
                add(message.get("text"));
            }
            case null, default -> {}
        }
    }

    private void count(String text) {
        for (int i = 0; i < text.length() && seen < MOST_CHARACTERS; seen++) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c < 0x80) {
                if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
                    latin++;
                }
            } else if (Character.isLetter(c)) {
                letters.merge(UnicodeScript.of(c), 1, Integer::sum);
            }
        }
    }

    private String most() {
        letters.merge(UnicodeScript.LATIN, latin, Integer::sum);
        int kana = letters.getOrDefault(UnicodeScript.HIRAGANA, 0) + letters.getOrDefault(UnicodeScript.KATAKANA, 0);
        int han = letters.getOrDefault(UnicodeScript.HAN, 0);
        boolean japanese = kana > 0 && (kana + han) <= KANA_SHARE * kana;
        String most = NONE;
        int count = 0;
        for (Map.Entry<UnicodeScript, Integer> entry : letters.entrySet()) {
            int here = switch (entry.getKey()) {
                case HIRAGANA, KATAKANA -> kana + (japanese ? han : 0);
                case HAN -> japanese ? 0 : han;
                case COMMON, INHERITED, UNKNOWN -> 0; // letters of several scripts
                default -> entry.getValue();
            };
            if (here > count) {
                count = here;
                most = name(entry.getKey());
            }
        }
        return most;
    }

    private static String name(UnicodeScript script) {
        return script == UnicodeScript.HIRAGANA || script == UnicodeScript.KATAKANA
                ? "kana"
                : script.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
