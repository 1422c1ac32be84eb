package dev.jerboa.engine.constrain.regex;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The sets that escapes of regular expressions stand for. */
final class CharacterClasses {
    static final CodePoints DIGIT = CodePoints.range('0', '9');
    static final CodePoints WORD = new CodePoints.Builder()
            .add('a', 'z')
            .add('A', 'Z')
            .add('0', '9')
            .add('_', '_')
            .build();
    /** ECMA-262's white space and line terminators. */
    static final CodePoints SPACE = new CodePoints.Builder()
            .add(9, 13)
            .add(' ', ' ')
            .add(0xa0, 0xa0)
            .add(0x1680, 0x1680)
            .add(0x2000, 0x200a)
            .add(0x2028, 0x2029)
            .add(0x202f, 0x202f)
            .add(0x205f, 0x205f)
            .add(0x3000, 0x3000)
            .add(0xfeff, 0xfeff)
            .build();
    /** What {@code .} stands for. */
    static final CodePoints NOT_A_LINE_END =
            CodePoints.anyOf("\n\r\u2028\u2029").complement();

    private static final Map<String, String> LONG_NAMES = Map.ofEntries(
            Map.entry("Letter", "L"),
            Map.entry("Uppercase_Letter", "Lu"),
            Map.entry("Lowercase_Letter", "Ll"),
            Map.entry("Titlecase_Letter", "Lt"),
            Map.entry("Modifier_Letter", "Lm"),
            Map.entry("Other_Letter", "Lo"),
            Map.entry("Mark", "M"),
            Map.entry("Number", "N"),
            Map.entry("Decimal_Number", "Nd"),
            Map.entry("digit", "Nd"),
            Map.entry("Punctuation", "P"),
            Map.entry("punct", "P"),
            Map.entry("Symbol", "S"),
            Map.entry("Separator", "Z"),
            Map.entry("Space_Separator", "Zs"),
            Map.entry("Other", "C"),
            Map.entry("Control", "Cc"));

    /** Two-letter general categories by the number that {@link Character#getType} gives. */
    private static final String[] CATEGORIES = {
        "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "", "Co",
        "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf"
    };

    private static final Map<String, CodePoints> PROPERTIES = new ConcurrentHashMap<>();

    private CharacterClasses() {}

    /** The characters with a property, as {@code \p{…}} names it, or null. */
    static @Nullable CodePoints property(String name) {
        CodePoints known = PROPERTIES.get(name);
        if (known != null) {
            return known;
        }
        IntPredicate test = test(name);
        if (test == null) {
            return null;
        }
        CodePoints found = all(test);
        PROPERTIES.put(name, found);
        return found;
    }

    private static @Nullable IntPredicate test(String name) {
        int equals = name.indexOf('=');
        String value = name.substring(equals + 1);
        String key = equals < 0 ? "" : name.substring(0, equals);
        if (key.equals("Script") || key.equals("sc") || key.equals("Script_Extensions") || key.equals("scx")) {
            return script(value);
        }
        if (!key.isEmpty() && !key.equals("General_Category") && !key.equals("gc")) {
            return null;
        }
        String category = LONG_NAMES.getOrDefault(value, value);
        for (String one : CATEGORIES) {
            if (!category.isEmpty() && one.startsWith(category)) {
                return c -> CATEGORIES[Character.getType(c)].startsWith(category);
            }
        }
        return switch (value) {
            case "Any" -> c -> true;
            case "ASCII" -> c -> c < 0x80;
            case "Alphabetic", "Alpha" -> Character::isAlphabetic;
            case "Uppercase", "Upper" -> Character::isUpperCase;
            case "Lowercase", "Lower" -> Character::isLowerCase;
            case "White_Space", "space" -> c -> SPACE.contains(c) ? c != 0xfeff : c == 0x85;
            case "Ideographic" -> Character::isIdeographic;
            case "Emoji_Presentation" -> Character::isEmojiPresentation;
            default -> null;
        };
    }

    private static @Nullable IntPredicate script(String name) {
        try {
            Character.UnicodeScript script = Character.UnicodeScript.forName(name);
            return c -> Character.UnicodeScript.of(c) == script;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static CodePoints all(IntPredicate test) {
        CodePoints.Builder builder = new CodePoints.Builder();
        int first = -1;
        for (int c = 0; c <= CodePoints.MAX; c++) {
            boolean in = test.test(c);
            if (in && first < 0) {
                first = c;
            } else if (!in && first >= 0) {
                builder.add(first, c - 1);
                first = -1;
            }
        }
        if (first >= 0) {
            builder.add(first, CodePoints.MAX);
        }
        return builder.build();
    }
}
