/**
 * Tests of the page in a real browser, against the server that {@code mock/server.mjs} plays.
 *
 * <pre>
 * Mock (node) ← http ← Browser (the system's Chromium) ← Visit: one reader's window, whose faults fail the test
 * </pre>
 */
@NullMarked
package dev.jerboa.web;

import org.jspecify.annotations.NullMarked;
