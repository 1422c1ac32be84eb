/**
 * The database under the ledger and the keys: a SQLite file or PostgreSQL, with one SQL for both.
 *
 * <pre>
 * URL → Database.open → Migrations (each once, whoever starts first) → read | write, a transaction each
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.store;

import org.jspecify.annotations.NullMarked;
