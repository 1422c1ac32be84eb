package dev.jerboa.gateway.catalog;

import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A model, whoever offers it.
 *
 * @param id {@code author/slug}, which never changes
 * @param lab the id of its {@link Lab}
 * @param name for people
 * @param family models that are counted together, such as {@code qwen}
 * @param licence an SPDX identifier, or a name of its own; empty where it is not known
 * @param parameters all of them
 * @param activeParameters those that a token uses
 * @param inputs kinds of input: text, image, audio, video, file
 * @param outputs kinds of output
 * @param context tokens of prompt and reply together
 * @param tokenizer the name of its tokenizer; counts of tokens compare within one only
 * @param reasoning whether it thinks before it answers
 * @param tools whether it calls tools
 * @param released when it was published
 * @param hubRepository where its weights are in a hub, {@code organisation/name}
 */
public record ModelEntry(
        String id,
        String lab,
        String name,
        String family,
        Openness openness,
        String licence,
        OptionalLong parameters,
        OptionalLong activeParameters,
        Set<String> inputs,
        Set<String> outputs,
        long context,
        String tokenizer,
        boolean reasoning,
        boolean tools,
        Optional<LocalDate> released,
        Optional<String> hubRepository) {
    public ModelEntry {
        inputs = Set.copyOf(inputs);
        outputs = Set.copyOf(outputs);
    }
}
