/** What a workload would cost at each endpoint, by the prices of the catalogue. */
@NullMarked
package dev.jerboa.gateway.share.workload;

import org.jspecify.annotations.NullMarked;
