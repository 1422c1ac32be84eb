package dev.jerboa.spark;

import org.apache.spark.sql.SparkSession;

/** Spark in this process, on two threads; one for all tests, begun again where a command has stopped it. */
final class LocalSpark {
    private LocalSpark() {}

    static SparkSession session() {
        return SparkSession.builder()
                .appName("jerboa-spark tests")
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .getOrCreate();
    }
}
