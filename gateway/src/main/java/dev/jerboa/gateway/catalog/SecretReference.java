package dev.jerboa.gateway.catalog;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.settings.Section;
import java.util.List;
import java.util.regex.Pattern;

/** Where a secret is: {@code env:NAME} or {@code file:PATH}. The secret itself is an error, and is not shown. */
public final class SecretReference {
    private static final Pattern FORM = Pattern.compile("env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:\\S(?:.{0,1022}\\S)?");

    private SecretReference() {}

    /** The references under a key, one or a list; none where it is not there. */
    public static List<String> read(Section section, String key) {
        List<String> references = section.texts(key, List.of());
        references.forEach(reference -> require(reference, section, key));
        return List.copyOf(references);
    }

    /** The reference under a key that must be there. */
    public static String one(Section section, String key) {
        String reference = section.text(key);
        require(reference, section, key);
        return reference;
    }

    private static void require(String reference, Section section, String key) {
        if (!FORM.matcher(reference).matches()) {
            throw new GatewayException(section.where(key) + ": " + section.path() + "." + key
                    + " is not the name of a secret (it is not shown here, as it may be one), expected env:NAME or file:PATH: secrets"
                    + " are kept out of this file; put it into an environment variable or into a file of its own, and change it"
                    + " if others may have read this file");
        }
    }
}
