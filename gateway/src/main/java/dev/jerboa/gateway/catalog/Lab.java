package dev.jerboa.gateway.catalog;

import java.util.List;

/**
 * Who trains and publishes models.
 *
 * @param id the first half of its models' names, such as {@code deepseek}
 * @param name for people
 * @param country where it is, ISO 3166-1 alpha-2, such as {@code CN}
 * @param organisations its accounts in hubs
 */
public record Lab(String id, String name, String country, List<String> organisations) {
    public Lab {
        organisations = List.copyOf(organisations);
    }
}
