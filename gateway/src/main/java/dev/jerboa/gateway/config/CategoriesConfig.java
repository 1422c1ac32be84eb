package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.settings.Section;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * What requests may be about.
 *
 * @param names in the order of the file; none where requests have no categories
 * @param rules for requests that do not say; the first that holds decides
 */
public record CategoriesConfig(List<String> names, List<Rule> rules) {
    public static final CategoriesConfig NONE = new CategoriesConfig(List.of(), List.of());

    /** What is none of them, or is not said. */
    public static final String OTHER = "other";

    /** So many are told apart: a chart has no more colours, and a table no more rows than can be read. */
    private static final int MOST = 50;

    private static final int MOST_RULES = 200;
    private static final List<String> FIELDS = List.of("app", "key", "account", "model", "form");

    /**
     * Which requests are about something: those for which all that it says holds. Patterns have {@code *} for any characters; an empty one
     * is for everything.
     *
     * @param app of what the client calls itself
     * @param key of the key's id
     * @param account of the account's id
     * @param model of the name that is asked for
     * @param form of what the client speaks
     */
    public record Rule(String app, String key, String account, String model, String form, String category) {}

    public CategoriesConfig {
        names = List.copyOf(names);
        rules = List.copyOf(rules);
    }

    static CategoriesConfig read(Section section) {
        List<String> names = section.texts("categories", List.of());
        if (names.size() > MOST || new HashSet<>(names).size() < names.size()) {
            throw section.wrong("categories", "at most " + MOST + " names, each once");
        }
        for (String name : names) {
            if (!name.matches("[a-z0-9][a-z0-9 _-]{0,31}") || name.equals(OTHER)) {
                throw section.wrong(
                        "categories",
                        "names of at most 32 small letters, digits, ' ', '_' and '-', but not '" + OTHER
                                + "', which all others are; found '" + name + "'");
            }
        }
        List<Rule> rules = new ArrayList<>();
        for (Section rule : section.sections("category_rules")) {
            rules.add(rule(rule, names));
        }
        if (rules.size() > MOST_RULES) {
            throw section.wrong("category_rules", "at most " + MOST_RULES + " rules");
        }
        return new CategoriesConfig(names, rules);
    }

    private static Rule rule(Section section, List<String> names) {
        if (FIELDS.stream().noneMatch(section::has)) {
            throw new GatewayException(section.where() + ": " + section.path()
                    + " is for every request, expected some of " + String.join(", ", FIELDS));
        }
        String category = section.text("category");
        if (!names.contains(category)) {
            throw section.wrong("category", "one of analytics.categories: " + names);
        }
        return new Rule(
                section.text("app", ""),
                section.text("key", ""),
                section.text("account", ""),
                section.text("model", ""),
                section.text("form", ""),
                category);
    }
}
