/** What a chart shows, as tables: columns with units, rows, notes; written as JSON and CSV. */
@NullMarked
package dev.jerboa.gateway.share.table;

import org.jspecify.annotations.NullMarked;
