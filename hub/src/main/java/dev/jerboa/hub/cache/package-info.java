/** The cache of models on this machine: {@code models--ORG--NAME/{blobs,refs,snapshots}}, as Hugging Face's clients have it. */
@NullMarked
package dev.jerboa.hub.cache;

import org.jspecify.annotations.NullMarked;
