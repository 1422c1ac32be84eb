/**
 * Tests of the page in a real browser, against the real server with real models; the profile {@code browser} runs them.
 *
 * <pre>
 * RealServer (in this process: the model inside, a model of stories, one that is not loaded)
 *   ← http ← Browser (the system's Chromium) ← Visit: one reader's window, whose faults fail the test
 * </pre>
 */
@NullMarked
package dev.jerboa.server.browser;

import org.jspecify.annotations.NullMarked;
