package dev.jerboa.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The market is there with a gateway, behind its keys, but for what is published. */
@Timeout(120)
class GatewayMarketTest {
    private static final String[] KEY = {"Authorization", "Bearer " + RunningGateway.KEY};

    @TempDir
    private Path folder;

    @Test
    void whatIsPublishedIsOpenAndTheRestNeedsAKey() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.keyed())) {
            assertThat(gateway.get("/v1/models/lab/openai/endpoints").statusCode())
                    .isEqualTo(200);
            assertThat(gateway.get("/v1/analytics/workload").body()).contains("p-openai:lab/openai");
            HttpResponse<String> refused = gateway.get("/api/v1/key");
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body()).contains("authentication_error");
            assertThat(gateway.get("/v1/key", KEY).body()).contains("tester");
            assertThat(gateway.get("/v1/analytics/charts/open-closed").statusCode())
                    .isEqualTo(401);
            assertThat(gateway.get("/v1/datasets/rankings-daily", KEY).statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void withoutKeysWhoeverIsThereIsTheOwner() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            assertThat(gateway.get("/v1/analytics/charts").body()).contains("operations");
            assertThat(gateway.get("/v1/analytics/charts/open-closed").statusCode())
                    .isEqualTo(200);
            assertThat(gateway.get("/v1/keys").body()).contains("tester");
        }
    }
}
