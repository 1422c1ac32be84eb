/** Running a task: items in flight, a log that can be gone on with, and the report. */
@NullMarked
package dev.jerboa.engine.eval.run;

import org.jspecify.annotations.NullMarked;
