package dev.jerboa.gateway.money;

import dev.jerboa.gateway.Copies;
import java.util.Locale;
import java.util.Set;

/**
 * What a provider did for a reply beside reading and writing tokens, as the reply says it: what was asked for does not count.
 *
 * @param tier the service tier that it was processed at, in the provider's word, in small letters ({@code default}, {@code flex}, {@code
 *     priority}, {@code scale}, {@code standard}, {@code batch}, {@code fast}); empty where the reply does not say
 * @param tools uses of its own tools
 * @param others names of what else it did that it charges for and that is not counted here, such as {@code image_generation}: events keep
 *     these among what has no price
 */
public record Service(String tier, ToolUses tools, Set<String> others) {
    public static final Service NONE = new Service("", ToolUses.NONE);

    public Service {
        others = Copies.of(others);
    }

    /** What is counted. */
    public Service(String tier, ToolUses tools) {
        this(tier, tools, Set.of());
    }

    /** The same without what is not counted. */
    public Service counted() {
        return others.isEmpty() ? this : new Service(tier, tools);
    }

    /** Words of providers for the tier that usual prices are for. */
    private static final Set<String> USUAL = Set.of("", "default", "standard", "on_demand", "auto");

    private static final int MOST_CHARS = 32;

    /** A reply's word for its tier as it is kept: empty for what is no word, as it comes from outside. */
    public static String tier(String word) {
        String tier = word.toLowerCase(Locale.ROOT);
        return isTier(tier) ? tier : "";
    }

    /** Whether a text can be a tier's name: at most 32 small letters, digits, '.', '_' and '-'. */
    public static boolean isTier(String name) {
        if (name.isEmpty() || name.length() > MOST_CHARS) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.') {
                return false;
            }
        }
        return true;
    }

    /** Whether usual prices are what a tier costs. */
    public static boolean isUsual(String tier) {
        return USUAL.contains(tier);
    }
}
