package dev.jerboa.cli.command;

import dev.jerboa.model.decoder.ExpertSizes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How fast a text would be written, reckoned from bytes alone: a token reads the weights that it meets from memory, and the experts
 * that are not there from the disk, one after the other. Computing, attention and reading ahead are left out.
 *
 * @param sizes the weights
 * @param kept the share of the experts that memory has room for, 0 to 1
 * @param memory gigabytes a second of memory
 * @param disk gigabytes a second of the disk; empty where it is not known
 */
record SpeedEstimate(ExpertSizes sizes, double kept, double memory, OptionalDouble disk) {
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

    /** Tokens a second where everything is in memory. */
    double tokensPerSecond() {
        return 1 / memorySeconds();
    }

    /** Tokens a second where a share {@code hits} of a token's experts is in memory, and the others come from a disk. */
    double tokensPerSecond(double hits, double diskGigabytesPerSecond) {
        return 1 / (memorySeconds() + (1 - hits) * sizes.activeBytes() / (diskGigabytesPerSecond * 1e9));
    }

    private double memorySeconds() {
        return (sizes.activeBytes() + sizes.otherActiveBytes()) / (memory * 1e9);
    }

    Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("memory_gigabytes_per_second", memory);
        facts.put("tokens_per_second_all_in_memory", tokensPerSecond());
        if (kept < 1) {
            facts.put("hit_rate_uniform_use", uniformHits());
            facts.put("hit_rate_skewed_use", skewedHits());
            disk.ifPresent(bandwidth -> {
                facts.put("disk_gigabytes_per_second", bandwidth);
                facts.put("tokens_per_second_uniform_use", tokensPerSecond(uniformHits(), bandwidth));
                facts.put("tokens_per_second_skewed_use", tokensPerSecond(skewedHits(), bandwidth));
            });
        }
        return facts;
    }
}
