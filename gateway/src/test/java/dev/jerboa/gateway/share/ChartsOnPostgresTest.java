package dev.jerboa.gateway.share;

import dev.jerboa.gateway.store.Database;

class ChartsOnPostgresTest extends ChartAcceptanceTest {
    ChartsOnPostgresTest() {
        super(Database.Kind.POSTGRESQL);
    }
}
