/**
 * What the gateway itself takes of a request: a stand-in for a provider and the clients are in this process, the gateway is in another one.
 *
 * <pre>
 * GatewayBenchmark → ./jerboa serve --config (a process: the real command, keys, budgets, the ledger)
 *   AskingClient at a given rate → gateway → MockUpstream, which notes when a request came and when its reply went
 *   what a client saw − what the stand-in saw = what the gateway took
 * </pre>
 */
@NullMarked
package dev.jerboa.bench.gateway;

import org.jspecify.annotations.NullMarked;
