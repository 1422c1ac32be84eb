@NullMarked
package dev.jerboa.gateway.dialect.wire;

import org.jspecify.annotations.NullMarked;
