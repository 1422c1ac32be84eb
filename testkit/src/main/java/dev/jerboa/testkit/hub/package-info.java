/** A hub for tests, with good manners and bad ones. */
@NullMarked
package dev.jerboa.testkit.hub;

import org.jspecify.annotations.NullMarked;
