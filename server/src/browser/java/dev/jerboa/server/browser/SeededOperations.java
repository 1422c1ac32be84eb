package dev.jerboa.server.browser;

import dev.jerboa.gateway.ledger.LatencyBuckets;
import dev.jerboa.gateway.ledger.LatencyRow;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.RefusalReason;
import dev.jerboa.gateway.ledger.RefusalRow;
import dev.jerboa.gateway.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What the seeded ledger has no sums of: how long things took, how attempts ended, and what was spent of budgets, in its last weeks. */
final class SeededOperations {
    /** Endpoints of the seed, with the microseconds until their first token, and one whose name is long. */
    private static final Object[][] ENDPOINTS = {
        {"deepseek:deepseek/deepseek-v3.1", 640_000L},
        {"anthropic:anthropic/claude-sonnet-4", 910_000L},
        {"openai:openai/gpt-5", 1_480_000L},
        {"together:qwen/qwen3-coder-480b-a35b", 720_000L},
        {"local:qwen/qwen3-30b-a3b", 210_000L}
    };

    private static final String[] OUTCOMES = {
        "ok", "rate_limited", "server_error", "first_token_timeout", "idle", "client_gone", "connect", "cut"
    };
    /** Of a thousand attempts of the first endpoint, how many end in each way; others have other numbers. */
    private static final long[] OF_A_THOUSAND = {948, 21, 11, 7, 5, 4, 3, 1};

    private static final int WEEKS = 12;
    private static final long WEEK_HOURS = 168;

    private SeededOperations() {}

    /**
     * @param until the hour since 1970 behind the last
     * @param key whose requests are refused
     */
    static void write(Database database, long until, String key) {
        LedgerStore store = new LedgerStore(database);
        List<LatencyRow> times = new ArrayList<>();
        for (int week = 0; week < WEEKS; week++) {
            long hour = until - (WEEKS - week) * WEEK_HOURS + 9;
            for (int i = 0; i < ENDPOINTS.length; i++) {
                String endpoint = (String) ENDPOINTS[i][0];
                long first = (long) ENDPOINTS[i][1];
                spread(times, hour, endpoint, LatencyBuckets.Kind.FIRST_TOKEN, first + 20_000L * week);
                spread(times, hour, endpoint, LatencyBuckets.Kind.DURATION, first * 6);
                spread(times, hour, endpoint, LatencyBuckets.Kind.PER_TOKEN, first / 40);
                spread(times, hour, endpoint, LatencyBuckets.Kind.OVERHEAD, 180L + 15 * week + 10 * i);
            }
        }
        store.addLatencies(times);
        store.addRefusals(refusals(until, key));
        database.run(connection -> {
            outcomes(connection, until);
        });
    }

    private static List<RefusalRow> refusals(long until, String key) {
        List<RefusalRow> rows = new ArrayList<>();
        for (int week = 0; week < WEEKS; week++) {
            long hour = until - (WEEKS - week) * WEEK_HOURS + 9;
            rows.add(new RefusalRow(hour, key, RefusalReason.BUDGET.text(), 4_000_000 + 900_000L * (week % 5)));
            rows.add(new RefusalRow(hour, key, RefusalReason.REQUESTS_A_MINUTE.text(), 1_200_000 + 70_000L * week));
            rows.add(new RefusalRow(hour, "nightly", RefusalReason.MODEL_NOT_ALLOWED.text(), 90_000L + week));
            rows.add(new RefusalRow(hour, "", RefusalReason.UNKNOWN_KEY.text(), week == 8 ? 13_000_000 : 200_000));
        }
        return rows;
    }

    /** A long tail: half at the time, a hundredth at eight times that. */
    private static void spread(
            List<LatencyRow> rows, long hour, String endpoint, LatencyBuckets.Kind kind, long micros) {
        long[] counts = {500, 300, 150, 40, 10};
        for (int i = 0; i < counts.length; i++) {
            rows.add(new LatencyRow(
                    hour, endpoint, kind, LatencyBuckets.bucket(micros << i >> (i > 1 ? 1 : 0)), counts[i]));
        }
    }

    private static void outcomes(Connection connection, long until) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO attempt_outcome (hour, endpoint, outcome, count) VALUES (?, ?, ?, ?)")) {
            for (int week = 0; week < WEEKS; week++) {
                for (int i = 0; i < ENDPOINTS.length; i++) {
                    for (int j = 0; j < OUTCOMES.length; j++) {
                        long count = j == 0 ? OF_A_THOUSAND[0] : OF_A_THOUSAND[j] * (1 + (i + j + week) % 4) / 2;
                        if (count > 0) {
                            insert.setLong(1, until - (WEEKS - week) * WEEK_HOURS + 9);
                            insert.setString(2, (String) ENDPOINTS[i][0]);
                            insert.setString(3, OUTCOMES[j]);
                            insert.setLong(4, count);
                            insert.addBatch();
                        }
                    }
                }
            }
            insert.executeBatch();
        }
    }

    /** What was spent of a budget in a period that begins then. */
    static void spent(Database database, String budget, Instant from, long nanos) {
        database.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO budget_period (budget, period_start, spent_nanos, leased_nanos) VALUES (?, ?, ?, 0)"
                            + " ON CONFLICT (budget, period_start) DO UPDATE SET spent_nanos = excluded.spent_nanos")) {
                insert.setString(1, budget);
                insert.setLong(2, from.getEpochSecond() * 1_000_000L);
                insert.setLong(3, nanos);
                insert.executeUpdate();
            }
        });
    }
}
