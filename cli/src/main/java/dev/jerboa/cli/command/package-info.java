/**
 * One class a command. A command parses its own options, does its work through the engine, prints results to stdout and
 * everything else to stderr, and returns an exit code of {@link dev.jerboa.cli.command.ExitCode}.
 */
@NullMarked
package dev.jerboa.cli.command;

import org.jspecify.annotations.NullMarked;
