package dev.jerboa.gateway.share;

import dev.jerboa.gateway.store.Database;

class ChartsOnSqliteTest extends ChartAcceptanceTest {
    ChartsOnSqliteTest() {
        super(Database.Kind.SQLITE);
    }
}
