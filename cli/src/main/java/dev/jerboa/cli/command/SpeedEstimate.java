package dev.jerboa.cli.command;

import dev.jerboa.model.decoder.ExpertSizes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How fast a text would be written, reckoned from bytes alone: a token reads the weights that it meets from memory, and the experts
 * that are not there from the disk, one after the other. Computing, attention and reading ahead are left out.
 *
 * @param sizes the weights
 * @param kept the share of the experts that memory has room for, 0 to 1
 * @param memory gigabytes a second of memory
 * @param disk gigabytes a second of the disk
 */
record SpeedEstimate(ExpertSizes sizes, double kept, double memory, double disk) {
    /** The share of a token's experts that is in memory where all are used alike. */
    double uniformHits() {
        return kept;
    }

    /**
     * The same where the most used expert of a layer is used twice as often as the second, three times as often as the third, and so on
     * (Zipf), and the most used ones are kept.
     */
    double skewedHits() {
        return kept >= 1 ? 1 : harmonic(kept * sizes.perLayer()) / harmonic(sizes.perLayer());
    }

    /** 1 + 1/2 + … + 1/n, also between whole numbers. */
    private static double harmonic(double n) {
        int whole = (int) n;
        double sum = 0;
        for (int i = 1; i <= whole; i++) {
            sum += 1.0 / i;
        }
        return sum + (n - whole) / (whole + 1);
    }

    /** Tokens a second where a share {@code hits} of a token's experts is in memory. */
    double tokensPerSecond(double hits) {
        double seconds = (sizes.activeBytes() + sizes.otherActiveBytes()) / (memory * 1e9);
        if (hits < 1) {
            seconds += (1 - hits) * sizes.activeBytes() / (disk * 1e9);
        }
        return 1 / seconds;
    }

    Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("memory_gigabytes_per_second", memory);
        facts.put("tokens_per_second_all_in_memory", tokensPerSecond(1));
        if (kept < 1) {
            facts.put("disk_gigabytes_per_second", disk);
            facts.put("hit_rate_uniform_use", uniformHits());
            facts.put("tokens_per_second_uniform_use", tokensPerSecond(uniformHits()));
            facts.put("hit_rate_skewed_use", skewedHits());
            facts.put("tokens_per_second_skewed_use", tokensPerSecond(skewedHits()));
        }
        return facts;
    }
}
