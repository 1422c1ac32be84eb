package dev.jerboa.gateway.catalog;

import dev.jerboa.settings.Section;
import java.util.Locale;
import java.util.Set;

/** Countries as ISO 3166-1 names them with two letters. */
public final class Countries {
    /** What the standard leaves to users, and the field writes for a country that is not known. */
    public static final String UNKNOWN = "ZZ";

    private static final Set<String> KNOWN = Set.of(Locale.getISOCountries());

    private Countries() {}

    /** The country under a key that must be there. */
    public static String read(Section section, String key) {
        String country = section.text(key);
        if (!KNOWN.contains(country) && !country.equals(UNKNOWN)) {
            throw section.wrong(
                    key, "a country of ISO 3166-1 in two capital letters, such as FR, or ZZ where it is not known");
        }
        return country;
    }
}
