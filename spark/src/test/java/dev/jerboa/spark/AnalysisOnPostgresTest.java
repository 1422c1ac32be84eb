package dev.jerboa.spark;

import dev.jerboa.gateway.store.Database;

class AnalysisOnPostgresTest extends AnalysisTest {
    AnalysisOnPostgresTest() {
        super(Database.Kind.POSTGRESQL);
    }
}
