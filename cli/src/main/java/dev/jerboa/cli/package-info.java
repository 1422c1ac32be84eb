/**
 * The command line: {@code jerboa COMMAND …}.
 *
 * <pre>
 * Main → picocli → one class of {@link dev.jerboa.cli.command} → engine → text on stdout; everything else on stderr
 * </pre>
 */
@NullMarked
package dev.jerboa.cli;

import org.jspecify.annotations.NullMarked;
