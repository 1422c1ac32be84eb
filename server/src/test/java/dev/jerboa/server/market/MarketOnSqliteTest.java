package dev.jerboa.server.market;

import dev.jerboa.gateway.store.Database;

class MarketOnSqliteTest extends MarketTest {
    MarketOnSqliteTest() {
        super(Database.Kind.SQLITE);
    }
}
