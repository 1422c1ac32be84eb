package dev.jerboa.model.template;

import java.util.List;

/**
 * A rendered conversation.
 *
 * @param generated the parts of the text inside {@code generation} blocks, in order: what an assistant wrote and a
 *     training loss counts; empty for templates without such blocks
 */
public record Rendering(String text, List<Span> generated) {
    public Rendering {
        generated = List.copyOf(generated);
    }

    /** A part of the text, in chars from {@code start} to before {@code end}. */
    public record Span(int start, int end) {}
}
