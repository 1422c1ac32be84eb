/** The models that a server offers, by name. */
@NullMarked
package dev.jerboa.server.model;

import org.jspecify.annotations.NullMarked;
