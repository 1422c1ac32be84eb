package dev.jerboa.testkit.upstream;

import java.util.Map;

/**
 * A request that the stand-in had, and what became of it.
 *
 * @param headers by lower-case name
 * @param script what it was to do
 * @param whole whether the last byte went out
 * @param arrivedNanos when its last byte had come, as {@link System#nanoTime} tells
 * @param firstNanos when the first content went out; 0 where none did
 * @param lastNanos when the last byte went out
 */
public record Served(
        String path,
        Map<String, String> headers,
        String body,
        Script script,
        boolean whole,
        long arrivedNanos,
        long firstNanos,
        long lastNanos) {}
