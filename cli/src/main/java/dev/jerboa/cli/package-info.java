@NullMarked
package dev.jerboa.cli;

import org.jspecify.annotations.NullMarked;
