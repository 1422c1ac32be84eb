package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.settings.Section;
import java.util.regex.Pattern;

/** Names that operators give: of routes, local models, accounts, keys. */
final class Names {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,127}");

    private Names() {}

    static void require(Section section, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new GatewayException(section.where() + ": '" + name
                    + "' is not a name here, expected letters, digits, '.', '_', '/' and '-' (a ':' begins a variant)");
        }
    }
}
