package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class LatencyBucketsTest {
    @Property
    void aTimeIsInItsBucket(@ForAll @LongRange(min = 1, max = 1L << 52) long micros) {
        int bucket = LatencyBuckets.bucket(micros);
        assertThat((double) micros)
                .isBetween(LatencyBuckets.least(bucket) * (1 - 1e-12), LatencyBuckets.least(bucket + 1));
        assertThat(LatencyBuckets.bucket(micros + 1)).isBetween(bucket, bucket + 4);
    }

    @Test
    void theLeastIsZero() {
        assertThat(LatencyBuckets.bucket(0)).isZero();
        assertThat(LatencyBuckets.bucket(-5)).isZero();
        assertThat(LatencyBuckets.bucket(1)).isEqualTo(1);
        assertThat(LatencyBuckets.quantile(new java.util.TreeMap<>(), 0.5)).isNaN();
    }
}
