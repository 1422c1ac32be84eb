package dev.jerboa.server.market;

import dev.jerboa.gateway.store.Database;

class MarketOnPostgresTest extends MarketTest {
    MarketOnPostgresTest() {
        super(Database.Kind.POSTGRESQL);
    }
}
