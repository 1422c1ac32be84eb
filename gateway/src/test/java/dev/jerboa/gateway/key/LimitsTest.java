package dev.jerboa.gateway.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class LimitsTest {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong time = new AtomicLong(12345);
    private final Limits limits = new Limits(time::get);

    private static Key key(OptionalLong requests, OptionalLong tokens, OptionalInt concurrent) {
        return new Key(
                "k",
                "",
                "",
                Set.of(Scope.INFERENCE),
                List.of(),
                "",
                "",
                new Key.RateLimits(requests, tokens, concurrent),
                Instant.EPOCH,
                Optional.empty(),
                false,
                false);
    }

    private static Limits.Entry.Limited limited(Limits.Entry entry) {
        return (Limits.Entry.Limited) entry;
    }

    @Test
    void requestsOfAMinuteAtOnceThenOneByOne() {
        Key key = key(OptionalLong.of(60), OptionalLong.empty(), OptionalInt.empty());
        for (int i = 0; i < 60; i++) {
            assertThat(limits.enter(key, 0)).isInstanceOf(Limits.Entry.Admitted.class);
        }
        assertThat(limited(limits.enter(key, 0))).isEqualTo(new Limits.Entry.Limited(Limits.Kind.REQUESTS, 1000));
        time.addAndGet(SECOND - 1);
        assertThat(limited(limits.enter(key, 0)).retryAfterMillis()).isEqualTo(1);
        time.addAndGet(1);
        assertThat(limits.enter(key, 0)).isInstanceOf(Limits.Entry.Admitted.class);
        assertThat(limits.enter(key, 0)).isInstanceOf(Limits.Entry.Limited.class);
        time.addAndGet(3600 * SECOND); // an hour saves no more than a minute's worth
        for (int i = 0; i < 60; i++) {
            assertThat(limits.enter(key, 0)).isInstanceOf(Limits.Entry.Admitted.class);
        }
        assertThat(limits.enter(key, 0)).isInstanceOf(Limits.Entry.Limited.class);
    }

    @Test
    void howFarTheyAreUsedIsTold() {
        Key key = key(OptionalLong.of(60), OptionalLong.of(600), OptionalInt.of(9));
        assertThat(limits.levels(key)).isEmpty(); // nobody has asked yet
        Limits.Entry.Admitted entered = (Limits.Entry.Admitted) limits.enter(key, 100);
        limits.enter(key, 50);
        assertThat(limits.levels(key))
                .containsExactly(
                        new Limits.Level(Limits.Kind.REQUESTS, 60, 58, 2_000),
                        new Limits.Level(Limits.Kind.TOKENS, 600, 450, 15_000));
        time.addAndGet(SECOND / 2);
        entered.leave(700); // owes some: nothing is left, and it takes longer than a minute
        assertThat(limits.levels(key))
                .containsExactly(
                        new Limits.Level(Limits.Kind.REQUESTS, 60, 58, 1_500),
                        new Limits.Level(Limits.Kind.TOKENS, 600, 0, 74_500));
        Key without = key(OptionalLong.empty(), OptionalLong.empty(), OptionalInt.of(1));
        assertThat(limits.levels(without)).isEmpty();
    }

    @Test
    void tokensAreCorrectedWhenTheyAreKnown() {
        Key key = key(OptionalLong.empty(), OptionalLong.of(600), OptionalInt.empty());
        Limits.Entry.Admitted first = (Limits.Entry.Admitted) limits.enter(key, 500);
        assertThat(limited(limits.enter(key, 200)).kind()).isEqualTo(Limits.Kind.TOKENS);
        first.leave(100);
        first.leave(0); // counts once
        Limits.Entry.Admitted second = (Limits.Entry.Admitted) limits.enter(key, 500);
        second.leave(2900); // owes 2,400: four minutes, then one more token's time
        assertThat(limited(limits.enter(key, 1)).retryAfterMillis()).isEqualTo(240_100);
        time.addAndGet(240 * SECOND + SECOND / 10);
        assertThat(limits.enter(key, 1)).isInstanceOf(Limits.Entry.Admitted.class);
    }

    @Test
    void moreThanAMinutesWorthNeedsAFullBucket() {
        Key key = key(OptionalLong.empty(), OptionalLong.of(600), OptionalInt.empty());
        assertThat(limits.enter(key, 5000)).isInstanceOf(Limits.Entry.Admitted.class);
        assertThat(limits.enter(key, 5000)).isInstanceOf(Limits.Entry.Limited.class);
    }

    @Test
    void oneRefusedByOneLimitTakesNothingFromTheOthers() {
        Key key = key(OptionalLong.of(2), OptionalLong.of(10), OptionalInt.empty());
        assertThat(limits.enter(key, 10)).isInstanceOf(Limits.Entry.Admitted.class);
        assertThat(limited(limits.enter(key, 10)).kind()).isEqualTo(Limits.Kind.TOKENS);
        assertThat(limited(limits.enter(key, 10)).kind()).isEqualTo(Limits.Kind.TOKENS);
        assertThat(limits.enter(key, 0)).isInstanceOf(Limits.Entry.Admitted.class);
    }

    @Property(tries = 20)
    void manyAtOnceAreExactlyAsManyAsMay(@ForAll @IntRange(min = 1, max = 50) int most) throws InterruptedException {
        Key key = key(OptionalLong.of(1000), OptionalLong.empty(), OptionalInt.of(most));
        Limits fresh = new Limits(time::get);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger highest = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.startVirtualThread(() -> {
                for (int j = 0; j < 100; j++) {
                    if (fresh.enter(key, 0) instanceof Limits.Entry.Admitted in) {
                        highest.accumulateAndGet(running.incrementAndGet(), Math::max);
                        Thread.yield();
                        running.decrementAndGet();
                        in.leave(0);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(highest.get()).isBetween(1, most);
        for (int i = 0; i < most; i++) {
            if (fresh.enter(key, 0) instanceof Limits.Entry.Limited no) {
                assertThat(no.kind()).isEqualTo(Limits.Kind.REQUESTS); // the minute's worth may be used up
                return;
            }
        }
        assertThat(fresh.enter(key, 0)).isInstanceOf(Limits.Entry.Limited.class);
    }

    @Property
    void nothingIsLostToRounding(@ForAll @LongRange(min = 1, max = 1L << 40) long perMinute) {
        TokenBucket bucket = new TokenBucket();
        long now = 0;
        assertThat(bucket.waitMillis(perMinute, 1, now)).isZero();
        long most = Math.min(perMinute, 38_000_000);
        bucket.take(most);
        for (int i = 0; i < 1000; i++) { // a minute in uneven steps
            now += i % 2 == 0 ? 59_999_999 : 60_000_001;
            bucket.waitMillis(perMinute, 1, now);
        }
        assertThat(bucket.waitMillis(perMinute, most, now)).isZero();
    }
}
