@NullMarked
package dev.jerboa.gateway.dialect;

import org.jspecify.annotations.NullMarked;
