/**
 * What whoever runs the server may do while it runs, at an address and with keys of its own: {@link dev.jerboa.server.admin.Admin} loads
 * and unloads models that were declared at the start, by name. Requests name no files and no addresses; fetching models is no part of
 * it.
 */
@NullMarked
package dev.jerboa.server.admin;

import org.jspecify.annotations.NullMarked;
