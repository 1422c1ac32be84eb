/**
 * What can be seen of a running server: health, metrics, status.
 *
 * <pre>
 * ReplyObserver → Traffic: by model → ModelTraffic: counts, histograms of times
 * GET /metrics → Metrics.collect: models that are loaded × names → Prometheus' text; the process and the virtual machine beside them
 * </pre>
 */
@NullMarked
package dev.jerboa.server.observe;

import org.jspecify.annotations.NullMarked;
