/** Names of models: what a user writes, the aliases of well-known models, and which files of a repository a name means. */
@NullMarked
package dev.jerboa.hub.name;

import org.jspecify.annotations.NullMarked;
