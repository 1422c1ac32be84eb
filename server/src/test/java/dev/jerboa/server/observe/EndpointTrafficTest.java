package dev.jerboa.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Usage;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointTrafficTest {
    private static UsageEvent event(boolean streamed) {
        return new UsageEvent(
                "1",
                Instant.EPOCH,
                "n1",
                new UsageEvent.Payer("k", "a", "", ""),
                new UsageEvent.Asked("chat", "m", 0, ""),
                new UsageEvent.Offer("p:lab/m", "lab/m", "p", "v1"),
                List.of(new Attempt("p:lab/m", 200, "ok", 5, true)),
                UsageEvent.Used.of(Usage.of(10, 101), Quality.PROVIDER),
                UsageEvent.Cost.of(7),
                new UsageEvent.Reply(streamed, 0, 0, 1_000_000, 3_000_000),
                UsageEvent.Outcome.STOP);
    }

    /** A reply that came as a whole says nothing of the time between its tokens, as in the ledger. */
    @Test
    void timesOfTokensAreThoseOfStreams() {
        EndpointTraffic traffic = new EndpointTraffic("p", "lab/m");
        traffic.ended(event(false));
        assertThat(traffic.perChunk().now().getSum()).isZero();
        traffic.ended(event(true));
        assertThat(traffic.perChunk().now().getSum()).isEqualTo(0.02);
        assertThat(traffic.firstChunk().now().getSum()).isEqualTo(2);
        assertThat(traffic.costNanos()).isEqualTo(14);
    }
}
