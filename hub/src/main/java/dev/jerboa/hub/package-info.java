/**
 * Models by name: from a name to verified files on this machine, in the layout that Hugging Face's clients share.
 *
 * <pre>
 * "qwen3:0.6b" | "org/name[@revision][:choice]"
 *   → name: Catalog (aliases) → ModelName: repository, revision, which of its files
 *   → on this machine? cache: refs/REVISION → snapshots/COMMIT → the folder, or the .gguf in it
 *   → otherwise remote: revision → commit and list of files (pinned from here on) → name.FileChoice: the files to fetch, by the memory at hand
 *       → for each file: HEAD → hash, size, where its bytes are (the token goes to the hub's own host only)
 *       → transfer: ranges in parallel → blobs/HASH.jerboa + a journal of what has come (Received), so that an interrupted pull goes on
 *       → whole → hash computed (BlobHash) and equal → blobs/HASH → snapshots/COMMIT/FILE (a link) → refs/REVISION, last
 * </pre>
 *
 * <p>A file is visible under {@code snapshots} only when its computed hash is the announced one. What a hub says is bounded and
 * checked: names cannot leave the cache, hashes are hexadecimal, sizes are what they were announced to be.
 *
 * <p>{@link dev.jerboa.hub.Hub} is the door. It knows files, not what is in them.
 */
@NullMarked
package dev.jerboa.hub;

import org.jspecify.annotations.NullMarked;
