@NullMarked
package dev.jerboa.engine;

import org.jspecify.annotations.NullMarked;
