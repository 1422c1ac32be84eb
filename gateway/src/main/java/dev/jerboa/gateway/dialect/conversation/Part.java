package dev.jerboa.gateway.dialect.conversation;

import dev.jerboa.gateway.dialect.Proof;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a message. {@code cache} is Anthropic's {@code cache_control}, as it came; null where there is none. */
public sealed interface Part {
    record Text(String text, @Nullable Object cache) implements Part {
        public static Text of(String text) {
            return new Text(text, null);
        }
    }

    /**
     * A picture.
     *
     * @param detail how closely to look, in OpenAI's words; empty for as the endpoint likes
     */
    record Image(Content content, String detail, @Nullable Object cache) implements Part {}

    /**
     * A file to be read.
     *
     * @param name of the file; may be empty
     */
    record Document(Content content, String name, @Nullable Object cache) implements Part {}

    /**
     * Something to be heard.
     *
     * @param format such as {@code wav}
     */
    record Audio(String base64, String format) implements Part {}

    /** Reasoning, of which the text may be empty where only a proof is given. */
    record Thought(String text, @Nullable Proof proof) implements Part {}

    record Refusal(String text) implements Part {}

    /**
     * A tool is called.
     *
     * @param arguments JSON text
     */
    record Call(String id, String name, String arguments) implements Part {}

    /**
     * What a tool said.
     *
     * @param call the id of the {@link Call}
     * @param name of the tool; empty where it is not known
     */
    record Result(
            String call,
            String name,
            List<Part> parts,
            boolean isError,
            @Nullable Object cache) implements Part {
        public Result {
            parts = List.copyOf(parts);
        }

        /** The texts, one after the other. */
        public String text() {
            StringBuilder text = new StringBuilder();
            for (Part part : parts) {
                if (part instanceof Text(String more, Object _)) {
                    text.append(more);
                }
            }
            return text.toString();
        }
    }
}
