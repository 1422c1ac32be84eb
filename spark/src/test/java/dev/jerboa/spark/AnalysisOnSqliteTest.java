package dev.jerboa.spark;

import dev.jerboa.gateway.store.Database;

class AnalysisOnSqliteTest extends AnalysisTest {
    AnalysisOnSqliteTest() {
        super(Database.Kind.SQLITE);
    }
}
