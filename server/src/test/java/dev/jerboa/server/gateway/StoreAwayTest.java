package dev.jerboa.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.StoppablePostgres;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two gateways whose PostgreSQL server is stopped under load and started again. */
@Timeout(120)
class StoreAwayTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsServedMeanwhileIsWrittenWhenItIsBack() throws InterruptedException {
        GatewayGroup.requireAll();
        try (StoppablePostgres postgres = new StoppablePostgres();
                GatewayGroup group = new GatewayGroup(folder, postgres.url(), "1m");
                Clients clients = new Clients(RunningGateway.KEY);
                Clients strangers = new Clients("sk-jerboa-of-nobody")) {
            group.start("budgets: [{key: tester, dollars: 1000, period: total}]\n", "a", "b");
            group.answers(GatewayGroup.REPLY.withTrickle(15));
            clients.begin(group.nodes, 12);
            Thread.sleep(1500);
            postgres.stop();
            int then = clients.whole.size();
            Thread.sleep(3000);
            for (GatewayNode node : group.nodes) {
                assertThat(strangers.ask(node, true)).isFalse();
                HttpResponse<String> ready = clients.send("GET", node.uri("/ready"), "");
                assertThat(ready.statusCode()).isEqualTo(200);
            }
            int meanwhile = clients.whole.size() - then;
            assertThat(meanwhile).as("served by what nodes had taken").isGreaterThan(100);
            postgres.start();
            Thread.sleep(1000);
            clients.end();
            assertThat(clients.broken).isEmpty();
            assertThat(clients.refused).isEmpty();
            assertThat(strangers.broken).isEmpty();
            GatewayGroup.await("the store is back here too", () -> {
                try {
                    return group.eventCount() > 0;
                } catch (RuntimeException e) {
                    return false;
                }
            });
            group.awaitEvents(clients);
            List<UsageEvent> events = group.events();
            assertThat(events).extracting(UsageEvent::id).containsExactlyInAnyOrderElementsOf(clients.whole);
            assertThat(events).extracting(event -> event.used().quality()).containsOnly(Quality.PROVIDER);
            assertThat(group.mock.served()).hasSize(events.size());
            for (GatewayNode node : group.nodes) {
                assertThat(node.said())
                        .contains("events wait in the journal")
                        .contains("is back: events are written again");
                node.tellToEnd();
                assertThat(node.join()).isEqualTo(128 + 15);
            }
            group.spentIsWhatEventsCost("%tester%", "tester");
            assertThat(group.number("SELECT SUM(leased_nanos) FROM budget_period"))
                    .isZero();
            assertThat(group.number("SELECT COUNT(*) FROM lease") + group.number("SELECT COUNT(*) FROM node"))
                    .isZero();
        }
    }
}
