/** The market over a real socket, before a ledger whose true figures are known. */
@NullMarked
package dev.jerboa.server.market;

import org.jspecify.annotations.NullMarked;
