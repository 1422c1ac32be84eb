/** Random JSON schemas, and independent judges of what is written by one. */
@NullMarked
package dev.jerboa.testkit.schema;

import org.jspecify.annotations.NullMarked;
