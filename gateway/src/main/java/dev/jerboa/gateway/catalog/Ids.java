package dev.jerboa.gateway.catalog;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.settings.Section;
import java.util.Optional;
import java.util.regex.Pattern;

/** How entries are called. */
final class Ids {
    private static final String WORD = "[a-z0-9][a-z0-9._-]{0,95}";
    private static final Pattern HUB =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}");

    /** Variants that are no entries, but ways to choose among them. */
    private static final Pattern SORTS = Pattern.compile(".*:(nitro|floor)");

    static final Form NAME = new Form(Pattern.compile(WORD), "a name in small letters, digits, '.', '_' and '-'");
    static final Form MODEL = new Form(
            Pattern.compile(WORD + "/" + WORD), "author/slug in small letters, such as deepseek/deepseek-v3.2");
    static final Form ENDPOINT = new Form(
            Pattern.compile(WORD + ":" + WORD + "/" + WORD + "(:[a-z0-9][a-z0-9-]{0,31})?"),
            "provider:author/slug, with :variant behind where there are several (but not :nitro or :floor)");

    private Ids() {}

    record Form(Pattern pattern, String words) {}

    /** What an endpoint's id says. */
    record Parts(String provider, String model, String variant) {}

    static void require(Form form, String id, Section section) {
        if (!form.pattern.matcher(id).matches() || SORTS.matcher(id).matches()) {
            throw new GatewayException(section.where() + ": '" + id + "' is not a name here, expected " + form.words);
        }
    }

    static Parts parts(String endpoint) {
        int first = endpoint.indexOf(':');
        int second = endpoint.indexOf(':', first + 1);
        return second < 0
                ? new Parts(endpoint.substring(0, first), endpoint.substring(first + 1), "")
                : new Parts(
                        endpoint.substring(0, first),
                        endpoint.substring(first + 1, second),
                        endpoint.substring(second + 1));
    }

    static Optional<String> hubRepository(Section section, String key) {
        if (!section.has(key)) {
            return Optional.empty();
        }
        String name = section.text(key);
        if (!HUB.matcher(name).matches()) {
            throw section.wrong(key, "organisation/name");
        }
        return Optional.of(name);
    }
}
