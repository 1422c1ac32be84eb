package dev.jerboa.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class MachineCostTest {
    @Test
    void anHourCostsTheMachineAndItsEnergy() {
        // $0.36 an hour and 250 W at $0.30 a kWh: $0.435 an hour
        MachineCost cost = new MachineCost(360_000_000, 250_000, 300_000_000);
        assertThat(cost.nanos(3_600_000_000L)).isEqualTo(435_000_000);
        assertThat(cost.nanos(0)).isZero();
        assertThat(MachineCost.NONE.nanos(Long.MAX_VALUE)).isZero();
        assertThatThrownBy(() -> cost.nanos(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MachineCost(-1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MachineCost.NONE.busyMicros(1)).isInstanceOf(ArithmeticException.class);
    }

    @Property
    void isExactButForOneRounding(
            @ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long hour,
            @ForAll @LongRange(min = 0, max = 100_000_000) long milliwatts,
            @ForAll @LongRange(min = 0, max = 100_000_000_000L) long kilowattHour,
            @ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long busy) {
        BigDecimal energy = new BigDecimal(milliwatts).movePointLeft(6).multiply(new BigDecimal(kilowattHour));
        BigDecimal exact = energy.add(new BigDecimal(hour))
                .multiply(new BigDecimal(busy))
                .divide(new BigDecimal(3_600_000_000L), 40, RoundingMode.HALF_EVEN);
        long nanos = exact.setScale(0, RoundingMode.HALF_EVEN).longValueExact();
        assertThat(new MachineCost(hour, milliwatts, kilowattHour).nanos(busy)).isEqualTo(nanos);
    }

    /** What a request cost tells how long it had the machine, well enough to come to the same cost again. */
    @Property
    void costTellsTheTime(
            @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long hour,
            @ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long busy) {
        MachineCost cost = new MachineCost(hour, 250_000, 300_000_000);
        long nanos = cost.nanos(busy);
        assertThat(cost.nanos(cost.busyMicros(nanos))).isEqualTo(nanos);
    }

    @Test
    void requestsShareTheMachine() {
        long[] now = {1_000};
        MachineClock clock = new MachineClock(() -> now[0]);
        MachineClock.Share first = clock.begin();
        now[0] += 1_000_000; // alone
        MachineClock.Share second = clock.begin();
        now[0] += 4_000_000; // two
        assertThat(first.end()).isEqualTo(1_000 + 2_000);
        now[0] += 3_000_000; // alone
        assertThat(second.end()).isEqualTo(2_000 + 3_000);
        assertThat(second.end()).isZero();
        now[0] += 9_000_000; // nobody
        MachineClock.Share third = clock.begin();
        now[0] += 1_000_000;
        assertThat(third.end()).isEqualTo(1_000);
    }

    /** However requests come and go: shares sum to the time in which there was one, but for what is below a microsecond. */
    @Property(tries = 300)
    void sharesSumToTheTime(@ForAll long seed) {
        Random random = new Random(seed);
        long[] now = {random.nextLong(1L << 40)};
        MachineClock clock = new MachineClock(() -> now[0]);
        Deque<MachineClock.Share> running = new ArrayDeque<>();
        List<Long> shares = new ArrayList<>();
        long busyNanos = 0;
        for (int i = 0; i < 200; i++) {
            long passed = random.nextLong(50_000_000);
            now[0] += passed;
            busyNanos += running.isEmpty() ? 0 : passed;
            if (running.isEmpty() || (running.size() < 9 && random.nextBoolean())) {
                running.add(clock.begin());
            } else {
                shares.add(running.remove().end());
            }
        }
        while (!running.isEmpty()) {
            shares.add(running.remove().end());
        }
        long sum = shares.stream().mapToLong(Long::longValue).sum();
        assertThat(sum).isBetween(busyNanos / 1000 - 2L * shares.size(), busyNanos / 1000);
    }
}
