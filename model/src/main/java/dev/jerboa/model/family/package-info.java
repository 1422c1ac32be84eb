/**
 * Model families: one short file each, from a checkpoint's configuration to a {@link dev.jerboa.model.decoder.DecoderSpec}
 * and the names of its tensors.
 *
 * <pre>
 * config.json (FolderConfig) | GGUF metadata (GgufConfig) → Families.of(type) → Family → Description(spec, names)
 * </pre>
 *
 * Adding a family is a file here, a line in {@link dev.jerboa.model.family.Families}, and its tests.
 */
@NullMarked
package dev.jerboa.model.family;

import org.jspecify.annotations.NullMarked;
