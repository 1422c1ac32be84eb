/** What the tests of several modules share; never shipped. */
@NullMarked
package dev.jerboa.testkit;

import org.jspecify.annotations.NullMarked;
