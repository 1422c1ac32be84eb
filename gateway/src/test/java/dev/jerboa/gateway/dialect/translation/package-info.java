@NullMarked
package dev.jerboa.gateway.dialect.translation;

import org.jspecify.annotations.NullMarked;
